// What can be done with the selected sessions.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: bar
    required property SparsightApp app
    readonly property var ids: app.sessions.selected
    readonly property int count: ids.length
    signal deleteWanted
    signal tagWanted
    signal exportWanted(Item from)
    objectName: "selectionBar"
    visible: count > 0
    implicitHeight: row.implicitHeight + Theme.gap
    radius: Theme.radius
    color: Theme.question
    Accessible.role: Accessible.ToolBar
    Accessible.name: words.text
    RowLayout {
        id: row
        anchors.fill: parent
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.size(2)
        spacing: 0
        ElidedText {
            id: words
            objectName: "selectedCount"
            Layout.fillWidth: true
            text: qsTr("%1 selected").arg(Words.number(bar.count))
            color: Theme.text
            font.pixelSize: Theme.fontSmall
        }
        FlatButton {
            objectName: "pinSelected"
            symbol: "pin"
            flat: true
            hint: qsTr("Pin or unpin them")
            onClicked: bar.app.sessions.pinAll(bar.ids, !bar.app.sessions.allPinned(bar.ids))
        }
        FlatButton {
            objectName: "tagSelected"
            symbol: "tag"
            flat: true
            hint: qsTr("Tags of these sessions")
            onClicked: bar.tagWanted()
        }
        FlatButton {
            id: exporting
            objectName: "exportSelected"
            symbol: "export"
            flat: true
            enabled: !bar.app.sessions.importing
            hint: qsTr("Export them")
            onClicked: bar.exportWanted(exporting)
        }
        FlatButton {
            objectName: "deleteSelected"
            symbol: "delete"
            flat: true
            hint: qsTr("Delete them (Del); this can be undone")
            onClicked: bar.deleteWanted()
        }
        FlatButton {
            objectName: "clearSelection"
            symbol: "close"
            flat: true
            hint: qsTr("Select none (Esc)")
            onClicked: bar.app.sessions.clearSelection()
        }
    }
}
