// The volume; the wheel changes it, too.
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
        onToggled: control.player.muted = checked
    }
    LineSlider {
        id: slider
        objectName: "volume"
        implicitWidth: Theme.size(80)
        value: control.player.muted ? 0 : control.player.volume
        stepSize: 0.05
        Accessible.name: qsTr("Volume")
        ToolTip.visible: hovered || pressed
        ToolTip.text: qsTr("%1 %").arg(Math.round(value * 100))
        onMoved: control.player.volume = value
    }
    WheelHandler {
        property real turned: 0
        target: null
        acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
        onWheel: event => {
            turned += event.angleDelta.y;
            const steps = Math.trunc(turned / 120);
            turned -= steps * 120;
            if (steps !== 0)
                control.player.louder(steps * 0.05);
        }
    }
}
