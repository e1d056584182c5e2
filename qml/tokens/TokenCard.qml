// The current token: its place, its fate, its patch of the frame, its scores.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: card
    required property TraceView trace
    readonly property var token: trace.token
    readonly property bool any: token.frame !== undefined
    color: Theme.window
    radius: Theme.radius
    border.color: any && token.pinned ? Theme.accent : Theme.line

    Text {
        textFormat: Text.PlainText
        anchors.fill: parent
        anchors.margins: Theme.gap
        visible: !card.any
        text: qsTr("Point at a token to see its story; click to pin it. Arrow keys move on, Esc lets go.")
        wrapMode: Text.Wrap
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.gap
        visible: card.any
        spacing: 4
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            PatchItem {
                objectName: "patch"
                view: card.trace
                implicitWidth: Theme.size(64)
                implicitHeight: Theme.size(64)
                Layout.alignment: Qt.AlignTop
            }
            ColumnLayout {
                Layout.fillWidth: true
                Layout.alignment: Qt.AlignTop
                spacing: 2
                Text {
                    objectName: "tokenFrames"
                    textFormat: Text.PlainText
                    Layout.fillWidth: true
                    text: !card.any ? "" : card.trace.still ? qsTr("The picture") : card.token.lastFrame === card.token.frame ? qsTr("Frame %1 at %2").arg(card.token.frame).arg(Words.time(card.token.time, 2)) : qsTr("Frames %1 to %2, at %3 to %4").arg(card.token.frame).arg(card.token.lastFrame).arg(Words.time(card.token.time, 2)).arg(Words.time(card.token.lastTime, 2))
                    wrapMode: Text.Wrap
                    maximumLineCount: 2
                    elide: Text.ElideRight
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                }
                Text {
                    objectName: "what"
                    textFormat: Text.PlainText
                    Layout.fillWidth: true
                    text: card.token.what ?? ""
                    wrapMode: Text.Wrap
                    maximumLineCount: 2
                    elide: Text.ElideRight
                    color: Theme.dim
                    font.pixelSize: Theme.fontSmall
                }
                Text {
                    objectName: "story"
                    textFormat: Text.PlainText
                    Layout.fillWidth: true
                    text: card.token.story ?? ""
                    wrapMode: Text.Wrap
                    maximumLineCount: 3
                    elide: Text.ElideRight
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                    font.bold: true
                }
            }
        }
        ScoreLine {
            id: line
            objectName: "scores"
            Layout.fillWidth: true
            Layout.fillHeight: true
            visible: scores.some(s => s.score !== undefined)
            scores: card.token.scores ?? []
        }
        Item {
            visible: !line.visible
            Layout.fillHeight: true
        }
    }
}
