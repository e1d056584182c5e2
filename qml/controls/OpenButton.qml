// Opens a file, or a recent one.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: open
    required property SparsightApp app
    property bool strong: false
    signal dialogWanted
    spacing: 2
    FlatButton {
        objectName: "open"
        strong: open.strong
        text: qsTr("Open …")
        hint: qsTr("Open a video or an image (Ctrl+O)")
        onClicked: open.dialogWanted()
    }
    FlatButton {
        objectName: "recent"
        visible: open.app.recent.files.length > 0
        text: "▾"
        hint: qsTr("Recent files")
        onClicked: menu.popup(this, 0, height)
        PopupMenu {
            id: menu
            wanted: Theme.size(320)
            Instantiator {
                model: open.app.recent.files
                delegate: ActionItem {
                    required property string modelData
                    text: open.app.recent.nameOf(modelData)
                    ToolTip.visible: hovered
                    ToolTip.delay: 600
                    ToolTip.text: modelData
                    onTriggered: open.app.open(modelData)
                }
                onObjectAdded: (index, object) => menu.insertItem(index, object)
                onObjectRemoved: (index, object) => menu.removeItem(object)
            }
            ActionItem {
                text: qsTr("Clear this list")
                onTriggered: Qt.callLater(open.app.recent.clear)
            }
        }
    }
}
