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
    columns: choice.implicitWidth + tools.implicitWidth + Theme.margin > width ? 1 : 2
    columnSpacing: 4
    rowSpacing: 4
    // As with all radio buttons, Tab goes to the chosen one, and the arrows choose.
    Row {
        id: choice
        Layout.fillWidth: true
        objectName: "modes"
        spacing: 4
        Accessible.role: Accessible.Grouping
        Accessible.name: qsTr("What the colours show")
        function go(from, by) {
            const count = modes.count;
            for (let i = 1; i < count; ++i) {
                const next = (from + by * i + count * count) % count;
                if (!modes.itemAt(next).enabled)
                    continue;
                modes.itemAt(next).forceActiveFocus(Qt.TabFocusReason);
                row.trace.mode = next;
                return;
            }
        }
        Repeater {
            id: modes
            model: [qsTr("Score"), qsTr("Fate"), qsTr("Clusters"), qsTr("Word")]
            ModeButton {
                required property string modelData
                required property int index
                objectName: "mode" + index
                text: modelData
                hint: [qsTr("How the strategy ranked the tokens"), qsTr("Kept, recycled or dropped"), qsTr("Merged tokens, by colour"), qsTr("What one word of the question or the answer attends to")][index]
                enabled: row.trace.hasTrace && (index !== TraceView.Word || row.trace.hasWords)
                checked: row.trace.mode === index
                activeFocusOnTab: checked || activeFocus
                Keys.onLeftPressed: choice.go(index, -1)
                Keys.onUpPressed: choice.go(index, -1)
                Keys.onRightPressed: choice.go(index, 1)
                Keys.onDownPressed: choice.go(index, 1)
                Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
                onClicked: row.trace.mode = index
            }
        }
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
