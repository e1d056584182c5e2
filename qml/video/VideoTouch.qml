// What the pointer does on the video: a click plays or pauses, a double click fills the screen, the wheel seeks. Lies
// below the tokens, which have clicks of their own.
import QtQuick
import Sparsight

Item {
    id: touch
    required property MediaPlayer player
    property bool clicks: true // false: a click means something else here
    property bool zooms: false // the wheel with Ctrl means something else here
    signal fullScreenWanted
    signal zoomed(real steps, real x, real y)
    readonly property bool plays: clicks && player.ready && !player.still
    MouseArea { // unlike a TapHandler, it hears nothing of clicks on what lies over it
        anchors.fill: parent
        onClicked: if (touch.plays)
            touch.player.toggle()
        onDoubleClicked: {
            if (touch.plays)
                touch.player.toggle(); // as before the first click
            touch.fullScreenWanted();
        }
    }
    SeekWheel {
        player: touch.player
        frames: !touch.zooms
        onZoomed: (steps, x, y) => touch.zoomed(steps, x, y)
    }
}
