// What the pointer does on the video: a click plays or pauses, a double click fills the screen, the wheel seeks. Lies
// over the tokens and leaves them their clicks.
import QtQuick
import Sparsight

Item {
    id: touch
    required property MediaPlayer player
    property bool clicks: true // false: a click means something else here
    property bool zooms: false // the wheel with Ctrl means something else here
    signal fullScreenWanted
    readonly property bool plays: clicks && player.ready && !player.still
    TapHandler {
        onSingleTapped: if (touch.plays)
            touch.player.toggle()
        onDoubleTapped: {
            if (touch.plays)
                touch.player.toggle(); // as before the first click
            touch.fullScreenWanted();
        }
    }
    SeekWheel {
        player: touch.player
        frames: !touch.zooms
    }
}
