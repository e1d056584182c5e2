// The window: sessions, the video with its tokens, the chat.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ApplicationWindow {
    id: root
    required property SparsightApp app
    property bool comparing: false
    readonly property AppSettings settings: app.settings
    // If three panes do not fit side by side, the sessions are shown only on request.
    readonly property bool wide: width >= Theme.size(1200)
    readonly property bool narrow: width < Theme.size(1000)
    property bool sessionsAsked: false
    readonly property bool sessionsShown: settings.sessionsShown && (wide || sessionsAsked)
    property string hintClosedFor: ""
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
    onClosing: wholeScreen.keepWindow()
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
        property: "zoom"
        // Never larger than what fits; the settings say if that is less than chosen.
        value: Math.min(root.settings.scale / 100, Math.max(1, Math.min(root.width / 800, root.height / 500)))
    }

    // Files can be dropped anywhere.
    DropArea {
        id: drop
        anchors.fill: parent
        onEntered: drag => drag.accepted = drag.hasUrls
        onDropped: event => root.app.openFiles(event.urls.map(url => url.toString()))
    }

    ColumnLayout {
        anchors.fill: parent
        visible: !wholeScreen.active
        spacing: 0

        Hint {
            objectName: "notice"
            Layout.fillWidth: true
            visible: text !== ""
            text: root.app.notice
            onDismissed: root.app.dismissNotice()
        }
        Losses {
            objectName: "losses"
            Layout.fillWidth: true
            app: root.app
        }
        Hint {
            id: beyond
            objectName: "beyondDemo"
            Layout.fillWidth: true
            visible: root.app.beyond !== "" && root.hintClosedFor !== root.app.chat.video
            readonly property string knows: (root.app.trace.still ? qsTr("The loaded model knows only %1 and can only guess about this picture. The page Models offers some that know real pictures.") : qsTr("The loaded model knows only %1 and can only guess about this video. The page Models offers some that know real videos.")).arg(root.app.beyond)
            text: root.app.understands !== "" ? knows + " " + language.text : knows
            action: qsTr("How to get it …")
            onActed: modelsPage.open()
            onDismissed: {
                root.hintClosedFor = root.app.chat.video;
                if (root.app.understands !== "")
                    language.dismissed();
            }
        }

        Hint {
            id: language
            objectName: "languageHint"
            Layout.fillWidth: true
            visible: root.app.understands !== "" && !beyond.visible
            text: qsTr("Ask in %1: the loaded model understands no other language.").arg(root.app.understands)
            onDismissed: root.settings.languageHintSeen = true
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: 0
            SessionPane {
                id: sessionPane
                app: root.app
                visible: root.sessionsShown
                Layout.fillWidth: root.sessionsAlone
                Layout.preferredWidth: Theme.size(240)
                Layout.fillHeight: true
            }
            Rectangle {
                visible: root.sessionsShown
                Layout.fillHeight: true
                implicitWidth: 1
                color: Theme.line
            }
            VideoColumn {
                id: middle
                app: root.app
                visible: !root.comparing && !root.sessionsAlone
                Layout.fillWidth: true
                Layout.fillHeight: true
                onCompareWanted: root.comparing = true
                onModelsWanted: modelsPage.open()
            }
            ComparePane {
                comparison: root.app.comparison
                visible: root.comparing && !root.sessionsAlone
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.margins: Theme.margin
                onClosed: root.comparing = false
                onVisibleChanged: if (visible) {
                    comparison.frame = root.app.trace.frameAt(root.app.player.position);
                    comparison.left.trace.depth = root.app.trace.depth;
                }
            }
            Rectangle {
                visible: chatPane.visible
                Layout.fillHeight: true
                implicitWidth: 1
                color: Theme.line
            }
            ChatPane {
                id: chatPane
                app: root.app
                // In a small window, two answers side by side need its room.
                visible: !root.comparing || root.sessionsAlone || !root.narrow && (root.wide || !root.sessionsShown)
                Layout.preferredWidth: Math.min(Math.max(Theme.size(360), root.width * 0.3), root.width * 0.45)
                Layout.fillHeight: true
            }
        }

        StatusBar {
            id: statusBar
            app: root.app
            Layout.fillWidth: true
            onSessionsToggled: root.toggleSessions()
            onModelsWanted: modelsPage.open()
            onSettingsWanted: settingsPage.open()
            onKeysWanted: sheet.open()
        }
    }

    Rectangle {
        anchors.fill: parent
        anchors.margins: Theme.gap
        visible: drop.containsDrag
        color: "transparent"
        radius: Theme.radius
        border.width: 3
        border.color: Theme.accent
    }

    FullScreen {
        id: wholeScreen
        anchors.fill: parent
        app: root.app
        video: middle.video
        window: root
    }
    Toast {
        app: root.app
    }
    Shortcuts {
        id: shortcuts
        app: root.app
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
        onSheetWanted: sheet.open()
        onQuitWanted: root.close()
        onSessionsToggled: root.toggleSessions()
        comparing: root.comparing
        onCompareToggled: root.comparing = !root.comparing && root.app.trace.hasMedia
        onTokensToggled: root.settings.tokensShown = !root.settings.tokensShown
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
    FileChoice {
        objectName: "fileChoice"
        app: root.app
    }
    Tour {
        id: tour
        objectName: "tour"
        places: [null, middle.video, chatPane, middle.tokens, statusBar]
    }
}
