// A setting: its name, a line that says what it does, and its control beside them, or below where that is asked for or
// there is no room.
import QtQuick
import QtQuick.Layouts
import Sparsight

GridLayout {
    id: row
    required property string name
    property string what: ""
    property string note: "" // what does not go as set, and why
    property bool below: false
    default property alias control: holder.data
    Layout.fillWidth: true
    columns: below || width < Theme.size(420) ? 1 : 2
    columnSpacing: Theme.margin
    rowSpacing: 4
    ColumnLayout {
        Layout.fillWidth: true
        Layout.preferredWidth: 3
        Layout.alignment: Qt.AlignTop
        spacing: 2
        Text {
            objectName: "settingName"
            textFormat: Text.PlainText
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            text: row.name
            color: row.enabled ? Theme.text : Theme.dim
            font.pixelSize: Theme.font
            wrapMode: Text.Wrap
        }
        DimLine {
            Layout.preferredWidth: 1
            visible: row.what !== ""
            text: row.what
        }
        DimLine {
            objectName: "settingNote"
            Layout.preferredWidth: 1
            visible: row.note !== ""
            text: row.note
            color: Theme.warning
        }
    }
    ColumnLayout {
        id: holder
        Layout.fillWidth: true
        Layout.preferredWidth: 2
        Layout.alignment: Qt.AlignTop
        spacing: Theme.gap
    }
}
