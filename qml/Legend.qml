// What the colours mean, with numbers.
import QtQuick
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: legend
    required property TraceView trace
    property bool brief: false
    readonly property int recycled: trace.counts.recycled ?? 0
    readonly property bool scored: trace.mode === TraceView.Score || trace.mode === TraceView.Word
    readonly property bool scores: scored && trace.scale.colours !== undefined
    visible: trace.hasTrace
    spacing: Theme.gap
    implicitHeight: Theme.size(28)

    component Entry: RowLayout {
        property color colour
        property string label
        spacing: 4
        Layout.fillWidth: true
        Layout.minimumWidth: Theme.size(12)
        Layout.maximumWidth: Math.ceil(implicitWidth)
        Rectangle {
            implicitWidth: Theme.size(12)
            implicitHeight: Theme.size(12)
            color: parent.colour
            border.color: Theme.dim
        }
        Text {
            Layout.fillWidth: true
            text: parent.label
            elide: Text.ElideRight
            color: Theme.text
            font.pixelSize: Theme.fontSmall
        }
    }

    Text {
        visible: legend.trace.mode === TraceView.Word
        Layout.maximumWidth: Theme.size(140)
        text: qsTr("“%1” attends to").arg((legend.trace.words[legend.trace.word]?.text ?? "").trim())
        textFormat: Text.PlainText
        elide: Text.ElideMiddle
        color: Theme.text
        font.pixelSize: Theme.fontSmall
    }
    Item {
        visible: legend.scores
        implicitHeight: Theme.size(28)
        Layout.fillWidth: true
        Layout.minimumWidth: Theme.size(120)
        Layout.maximumWidth: Theme.size(280)
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
                    y: 4
                    anchors.horizontalCenter: parent.left
                    text: tick.modelData.text
                    color: Theme.text
                    font.pixelSize: Theme.size(10)
                }
            }
        }
    }
    Text {
        visible: legend.scored && !legend.scores
        Layout.fillWidth: true
        text: legend.trace.mode === TraceView.Word ? qsTr("No attention was recorded here") : qsTr("No scores here")
        elide: Text.ElideRight
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
    Entry {
        visible: !legend.scored
        colour: "transparent"
        label: qsTr("%1 kept").arg(legend.trace.counts.kept ?? 0)
    }
    Entry {
        visible: !legend.scored && legend.recycled > 0
        colour: Theme.recycled
        label: legend.brief ? qsTr("%1 recycled").arg(legend.recycled) : qsTr("%1 recycled into %2").arg(legend.recycled).arg(legend.trace.counts.merged ?? 0)
    }
    Entry {
        visible: !legend.scored
        colour: Theme.gone
        label: qsTr("%1 dropped").arg(legend.trace.counts.dropped ?? 0)
    }
    Item {
        Layout.fillWidth: true
    }
}
