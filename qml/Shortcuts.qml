// Every key of the window, once: its name, what it does, and when it yields to the item with the focus.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Item {
    id: keys
    required property SparsightApp app
    property bool comparing: false
    property var focused: null // the item with the window's focus
    property Item home: keys // has the focus where nothing is typed
    property bool fullScreen: false
    signal openWanted
    signal fullScreenWanted
    signal askWanted
    signal searchWanted
    signal settingsWanted
    signal modelsWanted
    signal batchWanted
    signal sheetWanted
    signal quitWanted
    signal sessionsToggled
    signal tokensToggled
    signal compareToggled
    signal pictureCopied
    // Stops what is running, or releases the current token or word.
    function leave() {
        if (fullScreen)
            fullScreenWanted();
        else if (app.chat.busy)
            app.chat.stop();
        else if (typing)
            home.forceActiveFocus();
        else if (!comparing)
            app.trace.clearSelection();
        else if (app.comparison.busy)
            app.comparison.stop();
        else if (app.comparison.grid.busy)
            app.comparison.grid.stop();
        else
            app.comparison.left.trace.clearSelection();
    }

    // A text that can only be read, such as an answer, leaves the keys to the window.
    readonly property bool typing: (focused instanceof TextInput || focused instanceof TextEdit) && !focused.readOnly
    // A control that was reached with Tab keeps Space and the arrows for itself.
    readonly property bool steering: typing || focused !== null && focused.visualFocus === true
    // {name, sequences} of all keys of the group; those of the item with the focus come last.
    function inGroup(group) {
        const all = [];
        for (let i = 0; i < entries.length; ++i)
            all.push(entries[i]);
        return all.concat(local.entries).filter(entry => entry.group === group);
    }
    readonly property string video: qsTr("Video")
    readonly property string chat: qsTr("Chat")
    readonly property string window: qsTr("Window")
    readonly property var columns: [[video, chat], [local.sessions, local.tokens, window]] // the groups, as columns of a list
    LocalKeys {
        id: local
        chat: keys.chat
        window: keys.window
    }
    readonly property list<QtObject> entries: [
        Entry {
            group: keys.video
            name: qsTr("Play or pause")
            sequences: ["Space"]
            steers: true
            onRun: keys.app.player.toggle()
        },
        Entry {
            group: keys.video
            name: qsTr("Play or pause, as in video editors")
            sequences: ["K"]
            onRun: keys.app.player.toggle()
        },
        Entry {
            group: keys.video
            name: qsTr("Ten seconds back or forward")
            sequences: ["J", "L"]
            onRun: index => keys.app.player.skip(index === 0 ? -10 : 10)
        },
        Entry {
            group: keys.video
            name: qsTr("Five seconds back or forward")
            sequences: ["Left", "Right"]
            steers: true
            onRun: index => keys.app.player.skip(index === 0 ? -5 : 5)
        },
        Entry {
            group: keys.video
            name: qsTr("One second back or forward")
            sequences: ["Shift+Left", "Shift+Right"]
            steers: true
            onRun: index => keys.app.player.skip(index === 0 ? -1 : 1)
        },
        Entry {
            group: keys.video
            name: qsTr("One frame back or forward")
            sequences: [",", "."]
            onRun: index => keys.app.player.step(index === 0 ? -1 : 1)
        },
        Entry {
            group: keys.video
            name: qsTr("Over the picture: back or forward; in smaller steps; larger or smaller")
            shown: ["Wheel", "Shift+Wheel", "Ctrl+Wheel"]
        },
        Entry {
            group: keys.video
            name: qsTr("To the start or the end")
            sequences: ["Home", "End"]
            steers: true
            scrolls: true
            onRun: index => keys.app.player.seek(index === 0 ? 0 : keys.app.player.duration)
        },
        Entry {
            group: keys.video
            name: qsTr("To a tenth of the video")
            sequences: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
            shown: ["0", "…", "9"]
            onRun: index => keys.app.player.seek(keys.app.player.duration * index / 10)
        },
        Entry {
            group: keys.video
            name: qsTr("Slower or faster")
            sequences: ["[", "]"]
            onRun: index => keys.app.player.faster(index === 0 ? -1 : 1)
        },
        Entry {
            group: keys.video
            name: qsTr("Normal speed")
            sequences: ["Backspace"]
            steers: true
            onRun: keys.app.player.rate = 1
        },
        Entry {
            group: keys.video
            name: qsTr("Sound on or off")
            sequences: ["M"]
            onRun: keys.app.player.muted = !keys.app.player.muted
        },
        Entry {
            group: keys.video
            name: qsTr("Quieter or louder")
            sequences: ["Ctrl+Down", "Ctrl+Up"]
            steers: true
            onRun: index => keys.app.player.louder(index === 0 ? -0.05 : 0.05)
        },
        Entry {
            group: keys.video
            name: qsTr("Subtitles: the next ones, or none")
            sequences: ["V"]
            onRun: keys.app.player.subtitles.next()
        },
        Entry {
            group: keys.video
            name: qsTr("Next track of sound")
            sequences: ["#"]
            onRun: keys.app.player.nextSound()
        },
        Entry {
            group: keys.video
            name: qsTr("Full screen")
            sequences: ["F11", "F"]
            onRun: keys.fullScreenWanted()
        },
        Entry {
            group: keys.video
            name: qsTr("Open a video or an image")
            sequences: ["Ctrl+O"]
            onRun: keys.openWanted()
        },
        Entry {
            group: keys.video
            name: qsTr("Copy the picture with its tokens")
            sequences: ["Ctrl+Shift+C"]
            onRun: keys.pictureCopied()
        },
        Entry {
            group: keys.chat
            name: qsTr("Ask")
            sequences: ["Ctrl+L"]
            onRun: keys.askWanted()
        },
        Entry {
            group: keys.chat
            name: qsTr("Leave full screen; stop; clear the search; leave the text field; release the token")
            sequences: ["Esc"]
            onRun: keys.leave()
        },
        Entry {
            group: keys.chat
            name: qsTr("New session")
            sequences: ["Ctrl+N"]
            onRun: keys.app.chat.newSession()
        },
        Entry {
            group: keys.chat
            name: qsTr("Search sessions")
            sequences: ["Ctrl+F"]
            onRun: keys.searchWanted()
        },
        Entry {
            group: keys.window
            name: qsTr("Show or hide the sessions")
            sequences: ["Ctrl+B"]
            onRun: keys.sessionsToggled()
        },
        Entry {
            group: keys.window
            name: qsTr("Show or hide what happened to the tokens")
            sequences: ["Ctrl+T"]
            onRun: keys.tokensToggled()
        },
        Entry {
            group: keys.window
            name: qsTr("Two answers side by side")
            sequences: ["Ctrl+D"]
            onRun: keys.compareToggled()
        },
        Entry {
            group: keys.window
            name: qsTr("Larger or smaller")
            sequences: ["Ctrl++", "Ctrl+-", "Ctrl+="]
            onRun: index => keys.app.settings.zoom(index === 1 ? -1 : 1)
        },
        Entry {
            group: keys.window
            name: qsTr("Normal size")
            sequences: ["Ctrl+0"]
            onRun: keys.app.settings.zoom(0)
        },
        Entry {
            group: keys.window
            name: qsTr("Many questions, many videos")
            sequences: ["Ctrl+Shift+B"]
            onRun: keys.batchWanted()
        },
        Entry {
            group: keys.window
            name: qsTr("Models")
            sequences: ["Ctrl+M"]
            onRun: keys.modelsWanted()
        },
        Entry {
            group: keys.window
            name: qsTr("Settings")
            sequences: ["Ctrl+,"]
            onRun: keys.settingsWanted()
        },
        Entry {
            group: keys.window
            name: qsTr("This list")
            sequences: ["F1"]
            onRun: keys.sheetWanted()
        },
        Entry {
            group: keys.window
            name: qsTr("Quit")
            sequences: ["Ctrl+Q"]
            everywhere: true
            onRun: keys.quitWanted()
        }
    ]

    component Entry: QtObject {
        property string group
        property string name
        property var sequences: []
        property var shown: sequences // as the list of keys has them
        property bool steers: false // a key that controls use themselves, such as Space
        property bool scrolls: false // a key that lists use themselves
        property bool everywhere: false // also while a page is open
        signal run(int index)
    }
    component Keys: Instantiator {
        id: entry
        required property var modelData
        model: modelData.sequences
        delegate: Shortcut {
            required property string modelData
            required property int index
            sequence: modelData
            context: entry.modelData.everywhere ? Qt.ApplicationShortcut : Qt.WindowShortcut
            enabled: entry.modelData.steers ? !keys.steering && !(entry.modelData.scrolls && keys.focused instanceof Flickable) : modelData.length > 1 || !keys.typing
            onActivated: entry.modelData.run(index)
        }
    }
    Repeater {
        model: keys.entries
        Item {
            id: holder
            required property var modelData
            Keys {
                modelData: holder.modelData
            }
        }
    }
}
