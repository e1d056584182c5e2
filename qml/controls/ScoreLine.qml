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
    // Where a score is drawn: its number stands beside it.
    function yOf(score) {
        return margin + place(score) * (canvas.height - 2 * margin);
    }
    function beside(score, label) {
        return Math.max(0, Math.min(canvas.height - label, yOf(score) - label / 2));
    }
    Accessible.role: Accessible.Graphic
    Accessible.name: qsTr("Scores by step: %1").arg(known.map(s => Words.rough(s.score)).join(", "))

    Text {
        objectName: "highScore"
        textFormat: Text.PlainText
        visible: plot.known.length > 0
        y: visible ? plot.beside(plot.high, height) : 0
        text: qsTr("%1").arg(Words.rough(plot.high)) // qsTr: evaluated again when the language changes
        color: Theme.dim
        font.pixelSize: Theme.size(10)
    }
    Text {
        objectName: "lowScore"
        textFormat: Text.PlainText
        visible: plot.high > plot.low && canvas.height > 2 * height
        y: visible ? plot.beside(plot.low, height) : 0
        text: qsTr("%1").arg(Words.rough(plot.low))
        color: Theme.dim
        font.pixelSize: Theme.size(10)
    }
    Canvas {
        id: canvas
        objectName: "scoreCanvas"
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
                c.lineTo(m + s.x * (width - 2 * m), plot.yOf(s.score));
            c.stroke();
            for (const s of known) {
                c.beginPath();
                c.arc(m + s.x * (width - 2 * m), plot.yOf(s.score), 3, 0, 2 * Math.PI);
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
