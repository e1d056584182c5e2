// The scores of a token at each pruning step, as a line with numbers.
import QtQuick
import Sparsight

Item {
    id: plot
    property var scores: [] // {layer, score or undefined}
    readonly property var known: scores.map((s, i) => ({
                x: scores.length > 1 ? i / (scores.length - 1) : 0.5,
                layer: s.layer,
                score: s.score
            })).filter(s => s.score !== undefined)
    readonly property real low: Math.min(...known.map(s => s.score))
    readonly property real high: Math.max(...known.map(s => s.score))
    readonly property int margin: 8
    function place(score) {
        return high > low ? 1 - (score - low) / (high - low) : 0.5;
    }
    Accessible.role: Accessible.Graphic
    Accessible.name: qsTr("Scores by step: %1").arg(known.map(s => Words.rough(s.score)).join(", "))

    Text {
        textFormat: Text.PlainText
        visible: plot.known.length > 0
        text: qsTr("%1").arg(Words.rough(plot.high)) // qsTr: evaluated again when the language changes
        color: Theme.dim
        font.pixelSize: Theme.size(10)
    }
    Text {
        textFormat: Text.PlainText
        visible: plot.high > plot.low && canvas.height > 24
        anchors.bottom: canvas.bottom
        text: qsTr("%1").arg(Words.rough(plot.low))
        color: Theme.dim
        font.pixelSize: Theme.size(10)
    }
    Canvas {
        id: canvas
        anchors {
            fill: parent
            leftMargin: Theme.size(52)
            bottomMargin: Theme.size(13)
        }
        readonly property var known: plot.known
        readonly property color ink: Theme.accent
        readonly property color rule: Theme.line
        onKnownChanged: requestPaint()
        onInkChanged: requestPaint()
        onPaint: {
            const c = getContext("2d"), m = plot.margin;
            c.clearRect(0, 0, width, height);
            c.strokeStyle = rule;
            c.strokeRect(0.5, 0.5, width - 1, height - 1);
            c.strokeStyle = ink;
            c.fillStyle = ink;
            c.lineWidth = 2;
            c.beginPath();
            for (const s of known)
                c.lineTo(m + s.x * (width - 2 * m), m + plot.place(s.score) * (height - 2 * m));
            c.stroke();
            for (const s of known) {
                c.beginPath();
                c.arc(m + s.x * (width - 2 * m), m + plot.place(s.score) * (height - 2 * m), 3, 0, 2 * Math.PI);
                c.fill();
            }
        }
    }
    Repeater {
        model: plot.scores.length
        Text {
            id: label
            required property int index
            readonly property int behind: plot.scores[index].layer
            textFormat: Text.PlainText
            x: canvas.x + plot.margin + (plot.scores.length > 1 ? index / (plot.scores.length - 1) : 0.5) * (canvas.width - 2 * plot.margin) - width / 2
            anchors.top: canvas.bottom
            text: behind >= 0 ? behind : qsTr("in")
            color: Theme.dim
            font.pixelSize: Theme.size(10)
        }
    }
}
