// The window: sessions, the video with its tokens, the chat.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ApplicationWindow {
    id: root
    required property SparsightApp app
    property bool comparing: false
    readonly property bool still: Theme.moves === 0
    readonly property AppSettings settings: app.settings
    // If three panes do not fit side by side, the sessions are shown only on request.
    readonly property bool wide: width >= Theme.size(1200)
    readonly property bool narrow: width < Theme.size(1000)
    property bool sessionsAsked: false
    readonly property bool sessionsShown: settings.sessionsShown && (wide || sessionsAsked)
    readonly property bool sessionsAlone: sessionsShown && narrow // in place of the video
    function toggleSessions() {
        const show = !sessionsShown;
        sessionsAsked = show;
        settings.sessionsShown = show;
    }

    minimumWidth: 1024
    minimumHeight: 640
    visible: true
    title: app.chat.title !== "" ? app.chat.title + " — Sparsight" : "Sparsight"
    color: Theme.window
    palette {
        window: Theme.window
        windowText: Theme.text
        base: Theme.panel
        text: Theme.text
        button: Theme.raised
        buttonText: Theme.text
        light: Theme.raised
        midlight: Theme.line
        mid: Theme.dim
        dark: Theme.dim
        highlight: Theme.accent // selections, and the focus in Qt's own dialogs
        highlightedText: Theme.accentText
        toolTipBase: Theme.raised
        toolTipText: Theme.text
    }
    Component.onCompleted: {
        const place = settings.window(1360, 860);
        x = place.x;
        y = place.y;
        width = place.width;
        height = place.height;
        if (settings.windowMaximized())
            showMaximized();
        if (!settings.tourSeen)
            Qt.callLater(startTour);
    }
    onActiveChanged: middle.video.bare = middle.video.bare && active
    onClosing: wholeScreen.keepWindow()
    // What the model looked at for a word of an answer.
    function showWord(row, offset) {
        app.chat.showTrace(row);
        const word = app.trace.answerWordAt(offset);
        if (word < 0)
            return;
        comparing = false;
        settings.tokensShown = true;
        middle.video.overlayShown = true;
        if (app.trace.answerWord !== word)
            app.trace.answerWord = word;
    }
    function startTour() {
        if (app.choices.length > 0)
            return;
        settings.tourSeen = true;
        if (app.chat.video === "" && app.checking === "")
            app.openDemo();
        tour.start();
    }

    Binding {
        target: Theme
        property: "choice"
        value: root.settings.theme
    }
    Binding {
        target: Theme
        property: "still"
        value: root.settings.motion === "none" || (root.settings.motion === "system" && root.app.motion.reduced)
    }
    Binding {
        target: Theme
        property: "zoom"
        // Never larger than what fits; the settings say if that is less than chosen.
        value: Math.min(root.settings.scale / 100, Math.max(1, Math.min(root.width / 800, root.height / 500)))
    }

    ColumnLayout {
        id: frame
        focus: true // so that its keys work before anything was clicked
        anchors.fill: parent
        visible: !wholeScreen.active
        spacing: 0
        // Whatever has the focus passes on the keys that it does not use.
        Keys.onPressed: event => {
            if (event.key !== Qt.Key_B || event.modifiers !== Qt.NoModifier)
                event.accepted = false;
            else
                middle.video.bare = true;
        }
        Keys.onReleased: event => {
            event.accepted = event.key === Qt.Key_B && middle.video.bare;
            if (event.accepted && !event.isAutoRepeat)
                middle.video.bare = false;
        }

        SplitView {
            id: parts
            Layout.fillWidth: true
            Layout.fillHeight: true
            handle: SplitLine {}
            onResizingChanged: if (!resizing && !root.sessionsAlone)
                keepWidths()
            // Only of what was dragged: another part may just have made room.
            function keepWidths() {
                if (sessionPane.visible && Math.abs(sessionPane.width - sessionPane.wanted) > 1)
                    root.settings.sessionsWidth = Math.round(sessionPane.width / Theme.zoom);
                if (chatPane.visible && Math.abs(chatPane.width - chatPane.wanted) > 1)
                    root.settings.chatWidth = Math.round(chatPane.width / Theme.zoom);
                sessionPane.SplitView.preferredWidth = Qt.binding(() => sessionPane.wanted); // dragging has replaced them
                chatPane.SplitView.preferredWidth = Qt.binding(() => chatPane.wanted);
            }
            SessionPane {
                id: sessionPane
                readonly property real wanted: Math.min(root.settings.sessionsWidth * Theme.zoom, root.width * 0.3)
                app: root.app
                visible: root.sessionsShown
                SplitView.fillWidth: root.sessionsAlone
                SplitView.preferredWidth: wanted
                SplitView.minimumWidth: Theme.size(180)
                onBatchWanted: batchPage.open()
            }
            VideoColumn {
                id: middle
                app: root.app
                visible: !root.comparing && !root.sessionsAlone
                SplitView.fillWidth: visible
                SplitView.minimumWidth: Theme.size(340)
                onModelsWanted: modelsPage.open()
            }
            ComparePane {
                id: comparePane
                app: root.app
                visible: root.comparing && !root.sessionsAlone
                SplitView.fillWidth: visible
                SplitView.minimumWidth: Theme.size(340)
                onClosed: root.comparing = false
                onCopied: toast.say(qsTr("Copied"))
                onVisibleChanged: if (visible) {
                    comparison.frame = root.app.trace.frameAt(root.app.player.position);
                    comparison.left.trace.depth = root.app.trace.depth;
                }
            }
            ChatPane {
                id: chatPane
                readonly property real wanted: Math.min(root.settings.chatWidth * Theme.zoom, root.width * 0.45, Math.max(Theme.size(280), root.width - (sessionPane.visible ? sessionPane.wanted : 0) - Theme.size(344)))
                app: root.app
                comparing: root.comparing
                onCompareToggled: root.comparing = !root.comparing && root.app.trace.hasMedia
                onWordClicked: (row, offset) => root.showWord(row, offset)
                onOpenWanted: middle.video.openDialog()
                // In a small window, two answers side by side need its room.
                visible: !root.comparing || root.sessionsAlone || !root.narrow && (root.wide || !root.sessionsShown)
                SplitView.preferredWidth: wanted
                SplitView.minimumWidth: Theme.size(280)
            }
        }

        StatusBar {
            id: statusBar
            app: root.app
            progressSaid: chatPane.visible && chatPane.progressSaid
            Layout.fillWidth: true
            onSessionsToggled: root.toggleSessions()
            onModelsWanted: modelsPage.open()
            onSettingsWanted: settingsPage.open()
            onKeysWanted: sheet.open()
        }
    }

    FileDrop {
        anchors.fill: parent
        onDropped: files => root.app.openFiles(files)
    }
    Notices {
        objectName: "notices"
        readonly property Item place: middle.visible ? middle : comparePane.visible ? comparePane : null
        readonly property real room: place ? place.width : parts.width
        app: root.app
        z: 1
        x: parts.x + (place ? place.x : 0) + (room - width) / 2
        y: comparePane.visible ? comparePane.controlsHeight : Theme.size(56) // below the controls
        width: Math.min(Theme.size(620), room - 4 * Theme.margin)
        onModelsWanted: modelsPage.open()
    }
    FullScreen {
        id: wholeScreen
        anchors.fill: parent
        app: root.app
        video: middle.video
        window: root
    }
    Toast {
        id: toast
        app: root.app
    }
    Shortcuts {
        id: shortcuts
        app: root.app
        home: frame
        focused: root.activeFocusItem
        fullScreen: wholeScreen.active
        onFullScreenWanted: wholeScreen.toggle()
        onOpenWanted: middle.video.openDialog()
        onAskWanted: {
            if (!chatPane.visible)
                root.comparing = false;
            chatPane.focusInput();
        }
        onSearchWanted: {
            if (!root.sessionsShown)
                root.toggleSessions();
            sessionPane.focusSearch();
        }
        onSettingsWanted: settingsPage.open()
        onModelsWanted: modelsPage.open()
        onBatchWanted: batchPage.open()
        onSheetWanted: sheet.open()
        onQuitWanted: root.close()
        onSessionsToggled: root.toggleSessions()
        comparing: root.comparing
        onCompareToggled: root.comparing = !root.comparing && root.app.trace.hasMedia
        onTokensToggled: root.settings.tokensShown = !root.settings.tokensShown
        onPictureCopied: middle.video.copyPicture()
    }
    Connections {
        target: root.app.chat
        function onSessionChanged() {
            root.sessionsAsked = root.sessionsAsked && !root.narrow; // in a narrow window, the list makes room for the chosen session
        }
    }
    Tips {
        within: statusBar
    }
    FocusKeeper {
        window: root
        within: statusBar
        chat: chatPane
        can: !wholeScreen.active
        held: middle.video.bare
        onWanted: chatPane.visible ? chatPane.focusInput() : frame.forceActiveFocus()
        onKeysWanted: frame.forceActiveFocus()
    }
    Reveal {
        focused: root.activeFocusItem
    }
    SettingsPage {
        id: settingsPage
        objectName: "settingsPage"
        app: root.app
    }
    ModelsPage {
        id: modelsPage
        objectName: "modelsPage"
        app: root.app
    }
    ShortcutSheet {
        id: sheet
        objectName: "shortcutSheet"
        shortcuts: shortcuts
        onTourWanted: root.startTour()
    }
    BatchPage {
        id: batchPage
        objectName: "batchPage"
        app: root.app
    }
    FileChoice {
        objectName: "fileChoice"
        app: root.app
        onClosed: if (!root.settings.tourSeen)
            Qt.callLater(root.startTour) // it waited
        onBatchWanted: files => batchPage.askAbout(files)
    }
    Tour {
        id: tour
        field: chatPane.input
        objectName: "tour"
        places: [null, middle.video, chatPane, middle.tokens, statusBar]
    }
}
