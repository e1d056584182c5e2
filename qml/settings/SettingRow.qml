// A setting: its name, a line that says what it does, and its control beside them, or below where that is asked for or
// there is no room.
import QtQuick
import QtQuick.Layouts
import Sparsight

Item {
    id: row
    required property string name
    property string what: ""
    property string note: "" // what does not go as set, and why
    property bool below: false
    default property alias control: holder.data
    readonly property bool beside: !below && width >= Theme.size(420)
    width: parent ? parent.width : 0
    implicitHeight: beside ? Math.max(words.height, holder.implicitHeight) : words.height + Theme.size(4) + holder.implicitHeight
    Column {
        id: words
        width: row.beside ? Math.round((row.width - Theme.margin) * 0.58) : row.width
        spacing: 2
        Text {
            objectName: "settingName"
            textFormat: Text.PlainText
            width: parent.width
            text: row.name
            color: row.enabled ? Theme.text : Theme.dim
            font.pixelSize: Theme.font
            wrapMode: Text.Wrap
        }
        DimLine {
            objectName: "settingWhat"
            width: parent.width
            visible: row.what !== ""
            text: row.what
        }
        DimLine {
            objectName: "settingNote"
            width: parent.width
            visible: row.note !== ""
            text: row.note
            color: Theme.warning
        }
    }
    ColumnLayout {
        id: holder
        x: row.beside ? words.width + Theme.margin : 0
        y: row.beside ? 0 : words.height + Theme.size(4)
        width: row.width - x
        spacing: Theme.gap
    }
}
