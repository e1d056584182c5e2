// How tokens are coloured: the mode, the colours of scores, the strength.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: row
    required property TraceView trace
    readonly property bool scored: trace.mode === TraceView.Score || trace.mode === TraceView.Word
    spacing: 4
    Row {
        spacing: 4
        Repeater {
            model: [qsTr("Score"), qsTr("Fate"), qsTr("Clusters"), qsTr("Word")]
            FlatButton {
                required property string modelData
                required property int index
                objectName: "mode" + index
                text: modelData
                hint: [qsTr("How the strategy ranked the tokens"), qsTr("Kept, recycled or dropped"), qsTr("Tokens that became one, by colour"), qsTr("What one word of the question attends to")][index]
                font.pixelSize: Theme.fontSmall
                enabled: row.trace.hasTrace && (index !== TraceView.Word || row.trace.hasWords)
                checkable: true
                autoExclusive: true
                checked: row.trace.mode === index
                onClicked: row.trace.mode = index
            }
        }
    }
    Item {
        Layout.fillWidth: true
    }
    Choice {
        objectName: "colours"
        implicitWidth: Theme.size(96)
        visible: row.scored
        hint: qsTr("Colours of scores")
        model: ["viridis", "inferno"]
        currentIndex: model.indexOf(row.trace.colours)
        onActivated: row.trace.colours = currentText
    }
    LineSlider {
        implicitWidth: Theme.size(80)
        value: row.trace.strength
        onMoved: row.trace.strength = value
        Accessible.name: qsTr("How strongly the tokens cover the video")
        ToolTip.visible: hovered
        ToolTip.delay: 600
        ToolTip.text: Accessible.name
    }
}
