// What became of the tokens: modes and legend, the sampled frames, the count over depth, the words that rated, a token.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    readonly property TraceView trace: app.trace
    implicitHeight: column.implicitHeight + 2 * Theme.margin
    color: Theme.panel
    radius: Theme.radius
    border.color: Theme.line

    ColumnLayout {
        id: column
        anchors.fill: parent
        anchors.margins: Theme.margin
        spacing: Theme.gap

        RowLayout {
            Layout.fillWidth: true
            spacing: 4
            Repeater {
                model: [qsTr("Score"), qsTr("Fate"), qsTr("Clusters")]
                FlatButton {
                    required property string modelData
                    required property int index
                    objectName: "mode" + index
                    text: modelData
                    font.pixelSize: Theme.fontSmall
                    enabled: pane.trace.hasTrace
                    checkable: true
                    autoExclusive: true
                    checked: pane.trace.mode === index
                    onClicked: pane.trace.mode = index
                }
            }
            Item {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.margin
                implicitHeight: legend.implicitHeight
                Legend {
                    id: legend
                    width: parent.width
                    trace: pane.trace
                }
            }
            Text {
                visible: pane.width > Theme.size(720)
                text: qsTr("Strength")
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            Slider {
                implicitWidth: Theme.size(90)
                value: pane.trace.strength
                onMoved: pane.trace.strength = value
                Accessible.name: qsTr("How strongly the tokens cover the video")
            }
        }

        ListView {
            id: strip
            objectName: "strip"
            Layout.fillWidth: true
            implicitHeight: Theme.size(84)
            orientation: ListView.Horizontal
            spacing: 4
            clip: true
            model: pane.trace.frameCount
            delegate: Item {
                id: cell
                required property int index
                readonly property bool current: pane.trace.frameAt(pane.app.player.position) === index
                width: Math.min(strip.height * pane.trace.frameAspect, (strip.width - 28) / Math.max(1, Math.min(8, strip.count)))
                height: width / pane.trace.frameAspect
                HeatmapItem {
                    anchors.fill: parent
                    view: pane.trace
                    frame: cell.index
                    showFrame: true
                }
                Rectangle {
                    anchors.fill: parent
                    color: "transparent"
                    border.width: cell.current ? 2 : 0
                    border.color: Theme.accent
                }
                MouseArea {
                    anchors.fill: parent
                    hoverEnabled: true
                    ToolTip.visible: containsMouse
                    ToolTip.delay: 600
                    ToolTip.text: qsTr("Frame at %1 s").arg(pane.trace.frameTimes[cell.index].toFixed(2))
                    onClicked: event => {
                        pane.app.player.seek(pane.trace.frameTimes[cell.index]);
                        pane.trace.select(cell.index, event.x / width, event.y / height);
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            visible: pane.trace.hasTrace
            spacing: Theme.margin
            DepthPlot {
                trace: pane.trace
                Layout.fillWidth: true
                Layout.preferredHeight: Theme.size(92)
            }
            TokenCard {
                trace: pane.trace
                Layout.preferredWidth: Theme.size(240)
                Layout.preferredHeight: Theme.size(92)
            }
        }

        Flow {
            Layout.fillWidth: true
            visible: pane.trace.hasTrace && pane.trace.words.some(word => word.weight > 0)
            Repeater {
                model: pane.trace.words
                Rectangle {
                    id: word
                    required property var modelData
                    width: label.implicitWidth
                    height: label.implicitHeight + 4
                    radius: 3
                    color: Qt.rgba(0.9, 0.62, 0, modelData.rater ? 0.2 + 0.6 * modelData.weight : 0)
                    Text {
                        id: label
                        anchors.centerIn: parent
                        text: word.modelData.text
                        textFormat: Text.PlainText
                        color: word.modelData.rater ? Theme.text : Theme.dim
                        font.pixelSize: Theme.font
                        font.bold: word.modelData.rater
                    }
                }
            }
        }
    }
}
