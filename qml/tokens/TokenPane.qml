// What happened to the tokens layer by layer: their number, one token's story, the words. As high as it is made; scrolls if
// that is too low.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    objectName: "tokenPane"
    required property SparsightApp app
    required property int frame // that is shown
    readonly property TraceView trace: app.trace
    color: Theme.panel
    radius: Theme.card
    border.color: Theme.line

    Text {
        anchors.centerIn: parent
        width: parent.width - 4 * Theme.margin
        visible: !pane.trace.hasTrace
        horizontalAlignment: Text.AlignHCenter
        text: pane.app.chat.busy ? "" : qsTr("Ask a question: here you see, layer by layer, which tokens the model keeps.")
        textFormat: Text.PlainText
        wrapMode: Text.Wrap
        color: Theme.dim
        font.pixelSize: Theme.font
    }
    Flickable {
        id: area
        anchors.fill: parent
        anchors.margins: Theme.margin
        clip: true
        visible: pane.trace.hasTrace
        contentWidth: width
        contentHeight: Math.max(height, column.implicitHeight)
        boundsBehavior: Flickable.StopAtBounds
        ScrollBar.vertical: AreaBar {
            parent: pane
            anchors {
                right: parent.right
                top: area.top
                bottom: area.bottom
            }
        }
        ColumnLayout {
            id: column
            width: area.width
            height: area.contentHeight
            spacing: Theme.gap
            Text {
                objectName: "answeredBy"
                Layout.fillWidth: true
                visible: pane.trace.model !== "" && pane.trace.model !== pane.app.modelPath.split("/").pop()
                text: qsTr("This answer is from another model, %1.").arg(pane.trace.model)
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            BesideRow {
                Layout.fillWidth: true
                trace: pane.trace
                frame: Math.max(0, pane.frame)
            }
            GridLayout {
                id: grid
                Layout.fillWidth: true
                Layout.fillHeight: true
                columns: width < Theme.size(460) ? 1 : 2
                columnSpacing: Theme.margin
                rowSpacing: Theme.gap
                DepthPlot {
                    id: plot
                    trace: pane.trace
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    Layout.minimumHeight: plot.least
                }
                TokenCard {
                    trace: pane.trace
                    Layout.fillWidth: grid.columns === 1
                    Layout.fillHeight: grid.columns > 1
                    Layout.preferredWidth: Theme.size(240)
                    Layout.minimumHeight: Theme.size(124)
                    Layout.preferredHeight: Theme.size(124)
                }
            }
            AnswerTimeline {
                objectName: "answerTimeline"
                Layout.fillWidth: true
                times: pane.app.times
            }
            RowLayout {
                Layout.fillWidth: true
                visible: pane.trace.hasWords || pane.trace.words.some(word => word.weight > 0)
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
        }
    }
}
