// The wheel seeks: five seconds; with Shift one second, with Ctrl one frame, as the arrow keys do. `frames` off: the wheel
// with Ctrl is left to others.
import QtQuick
import Sparsight

WheelHandler {
    id: wheel
    required property MediaPlayer player
    property bool frames: true
    property real turned: 0 // a fine wheel turns a step in parts
    target: null
    acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
    enabled: player.ready && !player.still
    onWheel: event => {
        if (!frames && event.modifiers & Qt.ControlModifier) {
            event.accepted = false;
            return;
        }
        turned += event.angleDelta.y;
        const steps = Math.trunc(turned / 120);
        turned -= steps * 120;
        if (steps === 0)
            return;
        if (event.modifiers & Qt.ControlModifier)
            player.step(steps);
        else
            player.skip(steps * (event.modifiers & Qt.ShiftModifier ? 1 : 5));
    }
}
