// How tokens are coloured: the mode, the colours of scores, the strength; its children follow these.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

// Side by side if they fit.
GridLayout {
    id: row
    required property TraceView trace
    readonly property bool scored: trace.mode === TraceView.Score || trace.mode === TraceView.Word
    default property alias more: tools.data
    columns: choice.natural + tools.implicitWidth + Theme.margin > width ? 1 : 2
    columnSpacing: 4
    rowSpacing: 4
    ModeChoice {
        id: choice
        Layout.fillWidth: true
        room: row.width
        trace: row.trace
    }
    RowLayout {
        id: tools
        Layout.alignment: row.columns === 1 ? Qt.AlignLeft : Qt.AlignRight
        spacing: 4
        Choice {
            objectName: "views"
            implicitWidth: Theme.size(126)
            visible: row.trace.hasOverview
            hint: qsTr("The model looked at tiles of the picture and at the whole of it")
            model: [qsTr("Tiles"), qsTr("Overview")]
            currentIndex: row.trace.overview ? 1 : 0
            onActivated: index => row.trace.overview = index === 1
        }
        Choice {
            objectName: "colours"
            implicitWidth: Theme.size(96)
            visible: row.scored
            hint: qsTr("Colours of the scores")
            model: ["viridis", "inferno"]
            currentIndex: model.indexOf(row.trace.colours)
            onActivated: row.trace.colours = currentText
        }
        LineSlider {
            implicitWidth: Theme.size(80)
            value: row.trace.strength
            onMoved: row.trace.strength = value
            Accessible.name: qsTr("Opacity of the tokens over the video")
            ToolTip.visible: hovered
            ToolTip.delay: 600
            ToolTip.text: Accessible.name
        }
    }
}
