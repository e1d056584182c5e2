// The wheel seeks: five seconds; with Shift one second, with Ctrl one frame, as the arrow keys do. `frames` off: with
// Ctrl it zooms.
import QtQuick
import Sparsight

WheelHandler {
    id: wheel
    required property MediaPlayer player
    property bool frames: true
    property real turned: 0 // a fine wheel turns a step in parts
    target: null
    acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
    signal zoomed(real steps, real x, real y)
    enabled: player.ready && (!player.still || !frames)
    onWheel: event => {
        if (!frames && event.modifiers & Qt.ControlModifier)
            return zoomed(event.angleDelta.y / 120, event.x, event.y);
        if (player.still)
            return;
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
