// Two answers to one question side by side; both show the same layer, frame and token.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property Comparison comparison
    readonly property TraceView trace: comparison.left.trace.hasTrace ? comparison.left.trace : comparison.right.trace
    // The whole text if there is room, so that the pictures keep theirs; otherwise it scrolls.
    readonly property real wordsRoom: Math.min(Math.max(Theme.size(60), left.wordsHeight, right.wordsHeight), height * 0.3)
    signal closed
    color: Theme.panel
    radius: Theme.radius
    border.color: Theme.line
    onVisibleChanged: if (visible)
        comparison.refresh()

    Flickable {
        id: area
        anchors.fill: parent
        anchors.margins: Theme.margin
        clip: true
        contentWidth: width
        contentHeight: Math.max(height, sides.implicitHeight)
        boundsBehavior: Flickable.StopAtBounds
        ScrollBar.vertical: AreaBar {}
        ColumnLayout {
            id: sides
            width: area.width
            height: area.contentHeight
            spacing: Theme.gap
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.gap
                ElidedText {
                    objectName: "compared"
                    Layout.fillWidth: true
                    text: pane.comparison.question !== "" ? pane.comparison.question : qsTr("Ask a question about the video first. Then you can compare its answers.")
                    color: Theme.text
                    font.pixelSize: Theme.font
                    font.bold: true
                }
                FlatButton {
                    objectName: "runComparison"
                    strong: true
                    text: pane.comparison.busy ? qsTr("Stop") : qsTr("Run")
                    hint: pane.comparison.busy ? qsTr("Stop (Esc)") : qsTr("Ask with the settings of each side")
                    enabled: pane.comparison.busy || (pane.comparison.stale && pane.comparison.question !== "")
                    onClicked: pane.comparison.busy ? pane.comparison.stop() : pane.comparison.run()
                }
                FlatButton {
                    objectName: "closeComparison"
                    symbol: "close"
                    hint: qsTr("Back to the video (Ctrl+D)")
                    onClicked: pane.closed()
                }
            }
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.gap
                FlatButton {
                    objectName: "frameBefore"
                    visible: !pane.trace.still
                    symbol: "back"
                    hint: qsTr("Previous frame")
                    enabled: pane.comparison.frame > 0
                    onClicked: pane.comparison.frame -= 1
                }
                Text {
                    objectName: "comparedFrame"
                    textFormat: Text.PlainText
                    visible: pane.trace.frameCount > 0
                    text: pane.trace.still ? qsTr("The picture") : qsTr("Frame %1 of %2 at %3").arg(pane.comparison.frame + 1).arg(pane.trace.frameCount).arg(Words.time(pane.trace.frameTimes[pane.comparison.frame] ?? 0, 2))
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                }
                FlatButton {
                    objectName: "nextFrame"
                    visible: !pane.trace.still
                    symbol: "forward"
                    hint: qsTr("Next frame")
                    enabled: pane.comparison.frame + 1 < pane.trace.frameCount
                    onClicked: pane.comparison.frame += 1
                }
                Rectangle {
                    visible: pane.comparison.differing >= 0
                    implicitWidth: Theme.size(12)
                    implicitHeight: Theme.size(12)
                    color: Theme.differs
                    border.color: Theme.dim
                }
                ElidedText {
                    objectName: "differing"
                    Layout.fillWidth: true
                    text: pane.comparison.differing < 0 ? "" : pane.trace.still ? qsTr("%1 tokens differ here").arg(Words.number(pane.comparison.differing)) : qsTr("%1 tokens differ here, %2 of them in this frame").arg(Words.number(pane.comparison.differing)).arg(Words.number(pane.comparison.differingHere))
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                }
            }
            ModeRow {
                Layout.fillWidth: true
                trace: pane.trace
            }
            RowLayout {
                Layout.fillWidth: true
                visible: pane.height > Theme.size(720) && pane.trace.hasWords
                spacing: Theme.margin
                WordRow {
                    Layout.fillWidth: true
                    Layout.alignment: Qt.AlignTop
                    trace: pane.trace
                }
                AttentionChoice {
                    trace: pane.trace
                }
            }
            RowLayout {
                Layout.fillWidth: true
                Layout.fillHeight: true
                spacing: Theme.margin
                CompareSide {
                    id: left
                    wordsRoom: pane.wordsRoom
                    objectName: "leftSide"
                    comparison: pane.comparison
                    side: pane.comparison.left
                }
                CompareSide {
                    id: right
                    wordsRoom: pane.wordsRoom
                    objectName: "rightSide"
                    comparison: pane.comparison
                    side: pane.comparison.right
                }
            }
        }
    }
}
