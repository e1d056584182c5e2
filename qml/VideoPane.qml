// The video, the tokens over it, and the bar below it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    readonly property int nearest: app.trace.hasMedia ? app.trace.frameAt(app.player.position) : 0
    // Tokens are shown only over the part of the video that was asked about.
    readonly property bool inPart: app.player.position >= app.chat.rangeStart && (app.chat.rangeEnd <= 0 || app.player.position < app.chat.rangeEnd)
    // High enough for a small picture above everything else.
    readonly property real least: (banner.visible ? banner.implicitHeight : 0) + (transport.visible ? transport.implicitHeight : 0) + 4 * Theme.gap + Theme.size(96)
    property alias overlayShown: transport.overlayShown
    signal modelsWanted
    signal fullScreenWanted
    function openDialog() {
        dialog.open();
    }
    color: Theme.panel
    radius: Theme.radius
    border.color: Theme.line

    FileDialog {
        id: dialog
        title: qsTr("Open a video or an image")
        onAccepted: pane.app.open(selectedFile)
    }
    ColumnLayout {
        anchors.fill: parent
        anchors.margins: 1
        spacing: 0
        FileBanner {
            id: banner
            app: pane.app
            onModelsWanted: pane.modelsWanted()
            Layout.fillWidth: true
            Layout.margins: Theme.gap
        }
        Item {
            id: stage
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            Rectangle {
                anchors.fill: parent
                color: "#000000"
                visible: pane.app.chat.video !== ""
                radius: Theme.radius
            }
            VideoItem {
                id: video
                anchors.fill: parent
                player: pane.app.player
            }
            TokenOverlay {
                id: overlay
                objectName: "overlay"
                x: video.content.x
                y: video.content.y
                width: video.content.width
                height: video.content.height
                view: pane.app.trace
                frame: pane.nearest
                visible: pane.app.trace.hasTrace && pane.inPart && transport.overlayShown
                onFrameWanted: frame => pane.app.player.seek(pane.app.trace.frameTimes[frame])
            }
            VideoTouch {
                objectName: "touch"
                anchors.fill: parent
                visible: pane.app.chat.video !== ""
                player: pane.app.player
                clicks: !overlay.visible
                onFullScreenWanted: pane.fullScreenWanted()
            }
            SubtitleText {
                objectName: "subtitles"
                player: pane.app.player
                content: video.content
            }
            ColumnLayout {
                anchors.centerIn: parent
                visible: pane.app.chat.video === ""
                spacing: Theme.margin
                Text {
                    textFormat: Text.PlainText
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("Drop a video here")
                    color: Theme.text
                    font.pixelSize: Theme.size(22)
                }
                Text {
                    textFormat: Text.PlainText
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("Nothing leaves this machine.")
                    color: Theme.dim
                    font.pixelSize: Theme.font
                }
                RowLayout {
                    Layout.alignment: Qt.AlignHCenter
                    spacing: Theme.gap
                    OpenButton {
                        app: pane.app
                        strong: true
                        onDialogWanted: pane.openDialog()
                    }
                    FlatButton {
                        objectName: "openDemo"
                        text: qsTr("Try the demo clip")
                        onClicked: pane.app.openDemo()
                    }
                }
            }
            Text {
                id: failure
                anchors.centerIn: parent
                width: parent.width - 4 * Theme.margin
                visible: pane.app.player.error !== ""
                text: pane.app.player.error
                onTextChanged: if (pane.app.player.error !== "")
                    Words.announce(failure)
                Accessible.role: Accessible.AlertMessage
                Accessible.name: text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                color: "#ffffff"
                font.pixelSize: Theme.font
            }
        }
        TransportBar {
            id: transport
            Layout.fillWidth: true
            Layout.margins: Theme.gap
            visible: pane.app.chat.video !== ""
            app: pane.app
            frame: pane.nearest
            onOpenWanted: pane.openDialog()
            onFullScreenWanted: pane.fullScreenWanted()
        }
    }
}
