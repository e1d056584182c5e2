// The wheel seeks: a twentieth of the video, at most five seconds; with Shift a fifth of that, with Ctrl one frame, and
// never less than a frame. `frames` off: with Ctrl it zooms.
import QtQuick
import Sparsight

WheelHandler {
    id: wheel
    required property MediaPlayer player
    property bool frames: true
    readonly property real seconds: player.duration > 0 ? Math.min(5, player.duration / 20) : 5
    readonly property real frame: player.frames > 1 && player.duration > 0 ? player.duration / player.frames : 0
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
            player.skip(steps * Math.max(frame, event.modifiers & Qt.ShiftModifier ? seconds / 5 : seconds));
    }
}
