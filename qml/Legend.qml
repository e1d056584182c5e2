// What the colours mean, with numbers.
import QtQuick
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: legend
    required property TraceView trace
    readonly property bool scores: trace.mode === TraceView.Score && trace.scale.colours !== undefined
    visible: trace.hasTrace
    spacing: Theme.gap

    component Entry: RowLayout {
        property color colour
        property string label
        spacing: 4
        Rectangle {
            implicitWidth: 12
            implicitHeight: 12
            color: parent.colour
            border.color: Theme.dim
        }
        Text {
            text: parent.label
            color: Theme.text
            font.pixelSize: Theme.fontSmall
        }
    }

    Text {
        visible: legend.scores
        text: legend.trace.scale.low ?? ""
        color: Theme.text
        font.pixelSize: Theme.fontSmall
    }
    Rectangle {
        visible: legend.scores
        implicitWidth: 120
        implicitHeight: 12
        border.color: Theme.dim
        Row {
            anchors.fill: parent
            anchors.margins: 1
            Repeater {
                model: legend.trace.scale.colours ?? []
                Rectangle {
                    required property string modelData
                    width: 118 / 9
                    height: 10
                    color: modelData
                }
            }
        }
    }
    Text {
        visible: legend.scores
        text: legend.trace.scale.high ?? ""
        color: Theme.text
        font.pixelSize: Theme.fontSmall
    }
    Entry {
        visible: !legend.scores
        colour: "transparent"
        label: qsTr("%1 kept").arg(legend.trace.counts.kept ?? 0)
    }
    Entry {
        visible: !legend.scores && (legend.trace.counts.recycled ?? 0) > 0
        colour: Theme.recycled
        label: qsTr("%1 recycled into %2").arg(legend.trace.counts.recycled ?? 0).arg(legend.trace.counts.merged ?? 0)
    }
    Entry {
        visible: !legend.scores
        colour: Theme.gone
        label: qsTr("%1 dropped").arg(legend.trace.counts.dropped ?? 0)
    }
    Item {
        Layout.fillWidth: true
    }
}
