// Where the video stands: time, duration, and the index of the frame. As wide as at the end, so that nothing moves.
import QtQuick
import Sparsight

Text {
    id: times
    required property MediaPlayer player
    readonly property bool counted: player.frames > 0
    function at(seconds, frame) {
        const clock = qsTr("%1 / %2", "position and duration").arg(Words.clock(seconds)).arg(Words.clock(player.duration));
        return counted ? qsTr("%1 · frame %2", "position and index").arg(clock).arg(frame) : clock;
    }
    textFormat: Text.PlainText
    text: at(player.position, player.frame >= 0 ? Words.number(player.frame) : "–")
    color: Theme.dim
    font.pixelSize: Theme.fontSmall
    readonly property TextMetrics widest: TextMetrics {
        font: times.font
        text: times.at(times.player.duration, Words.number(times.player.frames)).replace(/[0-9]/g, "0")
    }
    readonly property real room: Math.ceil(Math.max(implicitWidth, widest.advanceWidth))
}
