// The bar below the video: timeline, playing, tokens, opening and saving.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: bar
    required property SparsightApp app
    required property int frame // the nearest sampled frame
    readonly property MediaPlayer player: app.player
    readonly property bool timed: !player.still // a picture neither plays nor has parts
    signal openWanted
    signal fullScreenWanted
    spacing: 4

    RowLayout {
        Layout.fillWidth: true
        visible: bar.timed
        spacing: Theme.gap
        FlatButton {
            objectName: "play"
            symbol: bar.player.playing ? "pause" : "play"
            hint: bar.player.playing ? qsTr("Pause (Space)") : qsTr("Play (Space)")
            enabled: bar.player.ready
            onClicked: bar.player.toggle()
        }
        TimeLine {
            objectName: "timeline"
            Layout.fillWidth: true
            player: bar.player
            chat: bar.app.chat
            marks: bar.app.trace.frameTimes
            spans: bar.app.trace.spans
            rangeShown: rangeOn.checked
        }
        TimeText {
            objectName: "times"
            Layout.preferredWidth: room
            player: bar.player
        }
    }
    // Side by side if they fit.
    GridLayout {
        Layout.fillWidth: true
        columns: bar.timed && playing.implicitWidth + showing.implicitWidth + Theme.margin > bar.width ? 1 : 2
        columnSpacing: 4
        rowSpacing: 4
        RowLayout {
            id: playing
            visible: bar.timed
            spacing: 4
            SpeedChoice {
                objectName: "speed"
                player: bar.player
            }
            FlatButton {
                symbol: "loop"
                hint: qsTr("Repeat the part that you ask about")
                checkable: true
                checked: bar.player.loop
                onToggled: bar.player.loop = checked
            }
            FlatButton {
                id: rangeOn
                objectName: "rangeOn"
                readonly property bool part: bar.app.chat.rangeStart > 0 || bar.app.chat.rangeEnd > 0
                text: qsTr("Part")
                hint: qsTr("Ask about a part of the video: two handles on the timeline")
                enabled: bar.player.ready && bar.player.duration > 0
                checkable: true
                onPartChanged: checked = part || checked
                onToggled: if (!checked)
                    bar.app.chat.setRange(0, 0)
            }
            TracksButton {
                player: bar.player
            }
            VolumeControl {
                player: bar.player
            }
        }
        RowLayout {
            id: showing
            Layout.alignment: Qt.AlignRight
            spacing: 4
            FlatButton {
                objectName: "fullScreen"
                symbol: "full-screen"
                hint: qsTr("Full screen (F11)")
                onClicked: bar.fullScreenWanted()
            }
            ExportButton {
                objectName: "export"
                app: bar.app
                frame: bar.frame
            }
            OpenButton {
                app: bar.app
                onDialogWanted: bar.openWanted()
            }
        }
    }
}
