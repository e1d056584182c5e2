// The entries of a menu of which one is chosen.
import QtQuick
import QtQml
import Sparsight

Instantiator {
    id: choices
    required property var menu
    property int chosen: -1
    property int before: 0 // entries of the menu above these
    property var can: index => true
    signal wanted(int index)
    delegate: Component {
        ActionItem {
            id: entry
            required property string modelData
            required property int index
            readonly property bool chosen: choices.chosen === entry.index
            text: (chosen ? "✓  " : "     ") + modelData
            Accessible.name: chosen ? qsTr("%1, chosen").arg(modelData) : modelData
            enabled: choices.can(index)
            onTriggered: choices.wanted(index)
        }
    }
    onObjectAdded: (index, object) => menu.insertItem(before + index, object)
    onObjectRemoved: (index, object) => menu.removeItem(object)
}
