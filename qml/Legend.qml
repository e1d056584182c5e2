// What the colours mean, with the numbers of tokens after the current layer.
import QtQuick
import Sparsight

Item {
    id: legend
    required property TraceView trace
    property bool brief: false
    readonly property int recycled: trace.counts.recycled ?? 0
    readonly property bool scored: trace.mode === TraceView.Score || trace.mode === TraceView.Word
    readonly property bool scores: scored && trace.scale.colours !== undefined
    visible: trace.hasTrace
    implicitHeight: Math.max(Theme.size(28), flow.implicitHeight + (note.visible && !note.beside ? note.height : 0))

    component Said: NaturalText {
        room: legend.width
        height: Math.max(implicitHeight, Theme.size(20))
        verticalAlignment: Text.AlignVCenter
    }
    component Entry: Row {
        id: entry
        property color colour
        property string label
        property bool hatched: false
        spacing: 4
        Rectangle {
            y: (Theme.size(20) - height) / 2
            width: Theme.size(12)
            height: width
            color: entry.colour
            border.color: Theme.dim
            clip: true
            Repeater {
                model: entry.hatched ? 3 : 0
                Rectangle {
                    required property int index
                    anchors.centerIn: parent
                    anchors.horizontalCenterOffset: (index - 1) * Theme.size(6)
                    width: 2
                    height: 2 * parent.height
                    rotation: 45
                    color: "#969ca8"
                }
            }
        }
        Said {
            room: legend.width - Theme.size(12) - entry.spacing
            text: entry.label
        }
    }

    Flow {
        id: flow
        width: parent.width
        spacing: Theme.gap
        Said {
            visible: legend.trace.mode === TraceView.Word
            text: qsTr("“%1” attends to").arg(legend.trace.wordText)
        }
        Item {
            visible: legend.scores
            width: Math.min(Theme.size(280), legend.width)
            height: Theme.size(28)
            Row {
                id: bar
                x: 14
                width: parent.width - 28
                height: 10
                Repeater {
                    model: legend.trace.scale.colours ?? []
                    Rectangle {
                        required property string modelData
                        width: bar.width / 32
                        height: bar.height
                        color: modelData
                    }
                }
            }
            Rectangle {
                anchors.fill: bar
                color: "transparent"
                border.color: Theme.dim
            }
            Repeater {
                model: legend.trace.scale.ticks ?? []
                Item {
                    id: tick
                    required property var modelData
                    x: bar.x + modelData.at * bar.width
                    y: bar.height
                    Rectangle {
                        width: 1
                        height: 4
                        color: Theme.dim
                    }
                    Text {
                        textFormat: Text.PlainText
                        y: 4
                        anchors.horizontalCenter: parent.left
                        text: tick.modelData.text
                        color: Theme.text
                        font.pixelSize: Theme.size(10)
                    }
                }
            }
        }
        Said {
            visible: legend.scored && !legend.scores
            text: legend.trace.mode === TraceView.Word ? qsTr("No attention was recorded here") : qsTr("No scores here")
            color: Theme.dim
        }
        Said {
            objectName: "legendPlace"
            visible: !legend.scored && !legend.brief
            text: qsTr("%1:", "where in the decoder").arg(legend.trace.depthTitle)
            color: Theme.dim
        }
        Entry {
            visible: !legend.scored
            colour: "transparent"
            label: qsTr("%1 kept").arg(Words.number(legend.trace.counts.kept ?? 0))
        }
        Entry {
            visible: !legend.scored && legend.recycled > 0
            colour: Theme.recycled
            label: legend.brief ? qsTr("%1 recycled").arg(Words.number(legend.recycled)) : qsTr("%1 recycled into %2").arg(Words.number(legend.recycled)).arg(Words.number(legend.trace.counts.merged ?? 0))
        }
        Entry {
            visible: !legend.scored
            colour: Theme.gone
            label: qsTr("%1 dropped").arg(Words.number(legend.trace.counts.dropped ?? 0))
        }
        Entry {
            objectName: "notSeen"
            visible: legend.trace.unseen
            colour: "#3a3e46"
            hatched: true
            label: qsTr("not seen")
        }
    }
    // Beside the counts if there is room, so that nothing below it moves.
    ElidedText {
        id: note
        objectName: "nothingMerged"
        readonly property bool beside: flow.childrenRect.width + Theme.gap + Theme.size(120) <= legend.width
        visible: legend.trace.mode === TraceView.Clusters && legend.recycled === 0 && !legend.brief
        x: beside ? flow.childrenRect.width + Theme.gap : 0
        y: beside ? 0 : flow.height
        width: legend.width - x
        height: Theme.size(20)
        verticalAlignment: Text.AlignVCenter
        text: legend.trace.whyNoClusters
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
}
