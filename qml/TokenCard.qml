// The token that is looked at.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: card
    required property TraceView trace
    readonly property bool any: trace.token.frame !== undefined
    color: Theme.window
    radius: Theme.radius
    border.color: Theme.line
    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.gap
        spacing: 2
        Text {
            Layout.fillWidth: true
            text: card.any ? qsTr("Frame %1, row %2, column %3").arg(card.trace.token.frame).arg(card.trace.token.row).arg(card.trace.token.column) : qsTr("Click a token to see its story.")
            wrapMode: Text.Wrap
            color: card.any ? Theme.text : Theme.dim
            font.pixelSize: Theme.fontSmall
        }
        Text {
            Layout.fillWidth: true
            visible: card.any
            text: (card.trace.token.fate ?? "") + (card.trace.token.leftAt ? " " + card.trace.token.leftAt : "") + (card.trace.token.together > 0 ? qsTr(", with %1 others").arg(card.trace.token.together) : "")
            wrapMode: Text.Wrap
            color: Theme.text
            font.pixelSize: Theme.fontSmall
            font.bold: true
        }
        Text {
            Layout.fillWidth: true
            visible: card.any && card.trace.token.scores.length > 0
            text: card.any ? qsTr("Scores: %1").arg(card.trace.token.scores.map(s => s === undefined || s === null ? "–" : s.toExponential(1)).join(", ")) : ""
            wrapMode: Text.Wrap
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
        Item {
            Layout.fillHeight: true
        }
    }
}
