// What the colours of tokens show: one of several, as radio buttons or, without room for them, as a menu. With `offers`,
// the first choice is to show none.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

// As with all radio buttons, Tab goes to the chosen one, and the arrows choose.
Row {
    id: choice
    required property TraceView trace
    property bool glass: false // over a picture
    property bool offers: false // can be switched off
    property bool off: false
    property real room: Infinity
    readonly property var names: [qsTr("Off"), qsTr("Score"), qsTr("Fate"), qsTr("Clusters"), qsTr("Word")]
    // All buttons in one row.
    readonly property real natural: {
        let sum = 0;
        for (let i = offers ? 0 : 1; i < modes.count; ++i)
            sum += Math.ceil(modes.itemAt(i)?.implicitWidth ?? 0) + spacing;
        return Math.max(0, sum - spacing);
    }
    readonly property bool narrow: natural > room
    signal offWanted(bool off)
    readonly property int chosen: off ? 0 : trace.mode + 1
    objectName: "modes"
    spacing: glass ? 2 : Theme.tight
    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("What the colours show")
    function take(index) {
        choice.offWanted(index === 0);
        if (index > 0)
            choice.trace.mode = index - 1;
    }
    function go(from, by) {
        const count = modes.count;
        for (let i = 1; i < count; ++i) {
            const next = (from + by * i + count * count) % count;
            if (!modes.itemAt(next).enabled || !modes.itemAt(next).visible)
                continue;
            modes.itemAt(next).forceActiveFocus(Qt.TabFocusReason);
            take(next);
            return;
        }
    }
    Repeater {
        id: modes
        model: 5
        ModeButton {
            required property int index
            objectName: index === 0 ? "modeOff" : "mode" + (index - 1)
            visible: (index > 0 || choice.offers) && !choice.narrow
            glass: choice.glass
            text: choice.names[index]
            hint: [qsTr("The bare picture; hold B to look at it for a moment"), qsTr("How the strategy ranked the tokens"), qsTr("Kept, recycled or dropped"), qsTr("Merged tokens, by colour"), qsTr("What one word of the question or the answer attends to")][index]
            enabled: choice.trace.hasTrace && (index !== TraceView.Word + 1 || choice.trace.hasWords)
            checked: choice.chosen === index
            activeFocusOnTab: checked || activeFocus
            Keys.onLeftPressed: choice.go(index, -1)
            Keys.onUpPressed: choice.go(index, -1)
            Keys.onRightPressed: choice.go(index, 1)
            Keys.onDownPressed: choice.go(index, 1)
            Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
            onClicked: choice.take(index)
        }
    }
    FlatButton {
        id: all
        objectName: "modeMenuButton"
        visible: choice.narrow
        glass: choice.glass
        padding: choice.glass ? Theme.tight : Theme.size(6)
        leftPadding: Theme.size(10)
        font.pixelSize: Theme.fontSmall
        text: choice.names[choice.chosen] + " ▾"
        hint: qsTr("What the colours show")
        enabled: choice.trace.hasTrace
        onClicked: menu.popup(all, 0, all.height)
        PopupMenu {
            id: menu
            objectName: "modeMenu"
            Repeater {
                model: choice.offers ? [0, 1, 2, 3, 4] : [1, 2, 3, 4]
                ActionItem {
                    required property int modelData
                    objectName: "modeEntry" + modelData
                    text: choice.names[modelData]
                    enabled: modelData !== TraceView.Word + 1 || choice.trace.hasWords
                    font.bold: choice.chosen === modelData
                    Accessible.description: choice.chosen === modelData ? qsTr("chosen") : ""
                    onTriggered: choice.take(modelData)
                }
            }
        }
    }
}
