// The volume and, if there is no sound, the reason.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: control
    required property MediaPlayer player
    visible: player.hasSound
    spacing: 2
    FlatButton {
        objectName: "mute"
        text: control.player.muted || control.player.volume === 0 ? qsTr("Muted") : qsTr("Sound")
        hint: control.player.muted ? qsTr("Unmute (M)") : qsTr("Mute (M)")
        checkable: true
        checked: control.player.muted
        enabled: control.player.rate === 1
        onToggled: control.player.muted = checked
    }
    LineSlider {
        id: slider
        objectName: "volume"
        visible: control.player.rate === 1
        implicitWidth: Theme.size(80)
        value: control.player.muted ? 0 : control.player.volume
        stepSize: 0.05
        Accessible.name: qsTr("Volume")
        ToolTip.visible: hovered || pressed
        ToolTip.text: qsTr("%1 %").arg(Math.round(value * 100))
        onMoved: control.player.volume = value
    }
    Text {
        textFormat: Text.PlainText
        visible: control.player.rate !== 1
        text: qsTr("only at 1×")
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
}
