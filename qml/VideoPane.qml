// The video, the tokens over it, and the transport.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    readonly property int nearest: app.trace.hasMedia ? app.trace.frameAt(app.player.position) : 0
    function openDialog() {
        dialog.open();
    }
    function time(seconds) {
        const s = Math.max(0, seconds);
        return Math.floor(s / 60) + ":" + (s % 60).toFixed(1).padStart(4, "0");
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
            HeatmapItem {
                objectName: "overlay"
                x: video.content.x
                y: video.content.y
                width: video.content.width
                height: video.content.height
                view: pane.app.trace
                frame: pane.nearest
                visible: pane.app.trace.hasTrace && overlayOn.checked
                MouseArea {
                    anchors.fill: parent
                    onClicked: event => pane.app.trace.select(pane.nearest, event.x / width, event.y / height)
                }
            }
            ColumnLayout {
                anchors.centerIn: parent
                visible: pane.app.chat.video === ""
                spacing: Theme.margin
                Text {
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("Drop a video here")
                    color: Theme.text
                    font.pixelSize: Theme.size(22)
                }
                Text {
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("Nothing leaves this machine.")
                    color: Theme.dim
                    font.pixelSize: Theme.font
                }
                RowLayout {
                    Layout.alignment: Qt.AlignHCenter
                    spacing: Theme.gap
                    FlatButton {
                        objectName: "open"
                        strong: true
                        text: qsTr("Open …")
                        hint: qsTr("Open a video or an image (Ctrl+O)")
                        onClicked: pane.openDialog()
                    }
                    FlatButton {
                        objectName: "openDemo"
                        text: qsTr("Try the demo clip")
                        onClicked: pane.app.openDemo()
                    }
                }
            }
            Text {
                anchors.centerIn: parent
                width: parent.width - 4 * Theme.margin
                visible: pane.app.player.error !== ""
                text: pane.app.player.error
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                color: "#ffffff"
                font.pixelSize: Theme.font
            }
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.margins: Theme.gap
            visible: pane.app.chat.video !== ""
            spacing: Theme.gap
            FlatButton {
                objectName: "play"
                symbol: pane.app.player.playing ? "pause" : "play"
                hint: pane.app.player.playing ? qsTr("Pause (Space)") : qsTr("Play (Space)")
                enabled: pane.app.player.ready
                onClicked: pane.app.player.toggle()
            }
            TimeLine {
                objectName: "timeline"
                Layout.fillWidth: true
                player: pane.app.player
                marks: pane.app.trace.frameTimes
            }
            Text {
                text: pane.time(pane.app.player.position) + " / " + pane.time(pane.app.player.duration)
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            Choice {
                implicitWidth: Theme.size(70)
                hint: qsTr("Speed")
                model: ["0.25×", "0.5×", "1×", "1.5×", "2×"]
                currentIndex: 2
                onActivated: pane.app.player.rate = parseFloat(currentText)
            }
            FlatButton {
                symbol: "loop"
                hint: qsTr("Play over and over")
                checkable: true
                checked: pane.app.player.loop
                onToggled: pane.app.player.loop = checked
            }
            FlatButton {
                id: overlayOn
                objectName: "overlayOn"
                text: qsTr("Tokens")
                hint: qsTr("Show the tokens over the video")
                checkable: true
                checked: true
            }
            FlatButton {
                text: qsTr("Open …")
                hint: qsTr("Open another video (Ctrl+O)")
                onClicked: pane.openDialog()
            }
        }
    }
}
