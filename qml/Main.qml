// The window: sessions, the video with its tokens, the chat.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ApplicationWindow {
    id: root
    required property SparsightApp app
    // Nothing has the focus that wants arrows for itself.
    readonly property bool idle: !(activeFocusItem instanceof TextInput || activeFocusItem instanceof TextEdit || activeFocusItem && activeFocusItem["visualFocus"] === true)
    property bool sessionsShown: width >= 1200
    property bool comparing: false

    width: 1360
    height: 860
    minimumWidth: 1024
    minimumHeight: 640
    visible: true
    title: app.chat.title !== "" ? app.chat.title + " — Sparsight" : "Sparsight"
    color: Theme.window
    palette.window: Theme.window
    palette.text: Theme.text
    palette.toolTipBase: Theme.raised
    palette.toolTipText: Theme.text

    // Files are dropped anywhere.
    DropArea {
        id: drop
        anchors.fill: parent
        onDropped: event => {
            if (event.hasUrls)
                root.app.open(event.urls[0]);
        }
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: 0

        Rectangle {
            Layout.fillWidth: true
            implicitHeight: noticeText.implicitHeight + 2 * Theme.gap
            visible: root.app.notice !== ""
            color: Theme.warningBack
            Text {
                id: noticeText
                anchors {
                    left: parent.left
                    right: dismiss.left
                    verticalCenter: parent.verticalCenter
                    margins: Theme.margin
                }
                text: root.app.notice
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.warning
                font.pixelSize: Theme.font
                Accessible.role: Accessible.AlertMessage
                Accessible.name: text
            }
            FlatButton {
                id: dismiss
                objectName: "dismissNotice"
                anchors.right: parent.right
                anchors.rightMargin: Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                text: "✕"
                hint: qsTr("Close this message")
                onClicked: root.app.dismissNotice()
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: 0
            SessionPane {
                app: root.app
                visible: root.sessionsShown
                Layout.preferredWidth: 240
                Layout.fillHeight: true
            }
            Rectangle {
                visible: root.sessionsShown
                Layout.fillHeight: true
                implicitWidth: 1
                color: Theme.line
            }
            ColumnLayout {
                visible: !root.comparing
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.margins: Theme.margin
                spacing: Theme.gap
                VideoPane {
                    id: videoPane
                    app: root.app
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Layout.minimumHeight: 220
                }
                TokenPane {
                    app: root.app
                    visible: root.app.trace.hasMedia
                    Layout.fillWidth: true
                    onCompareWanted: root.comparing = true
                }
            }
            ComparePane {
                comparison: root.app.comparison
                visible: root.comparing
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
                Layout.fillHeight: true
                implicitWidth: 1
                color: Theme.line
            }
            ChatPane {
                id: chatPane
                app: root.app
                Layout.preferredWidth: Math.max(360, root.width * 0.3)
                Layout.fillHeight: true
            }
        }

        StatusBar {
            app: root.app
            Layout.fillWidth: true
            onSessionsToggled: root.sessionsShown = !root.sessionsShown
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

    Shortcut {
        sequence: "Ctrl+L"
        onActivated: chatPane.focusInput()
    }
    Shortcut {
        sequences: [StandardKey.Open]
        onActivated: videoPane.openDialog()
    }
    Shortcut {
        sequences: [StandardKey.New]
        onActivated: root.app.chat.newSession()
    }
    Shortcut {
        sequence: "Esc"
        onActivated: {
            if (root.app.chat.busy)
                root.app.chat.stop();
            else if (!root.comparing)
                root.app.trace.clearSelection();
            else if (root.app.comparison.busy)
                root.app.comparison.stop();
            else
                root.app.comparison.left.trace.clearSelection();
        }
    }
    Shortcut {
        sequence: "Ctrl+D"
        enabled: root.comparing || root.app.trace.hasMedia
        onActivated: root.comparing = !root.comparing
    }
    Shortcut {
        sequence: "Space"
        enabled: root.idle
        onActivated: root.app.player.toggle()
    }
    Shortcut {
        sequence: "."
        enabled: !chatPane.typing
        onActivated: root.app.player.step(1)
    }
    Shortcut {
        sequence: ","
        enabled: !chatPane.typing
        onActivated: root.app.player.step(-1)
    }
    Shortcut {
        sequence: "J"
        enabled: !chatPane.typing
        onActivated: root.app.player.skip(-10)
    }
    Shortcut {
        sequence: "L"
        enabled: !chatPane.typing
        onActivated: root.app.player.skip(10)
    }
    Shortcut {
        sequence: "Left"
        enabled: root.idle
        onActivated: root.app.player.skip(-5)
    }
    Shortcut {
        sequence: "Right"
        enabled: root.idle
        onActivated: root.app.player.skip(5)
    }
    Shortcut {
        sequence: "K"
        enabled: !chatPane.typing
        onActivated: root.app.player.toggle()
    }
    Shortcut {
        sequence: "M"
        enabled: !chatPane.typing
        onActivated: root.app.player.muted = !root.app.player.muted
    }
}
