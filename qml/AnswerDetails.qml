// How an answer was made: the model, clip, settings and times that are stored with it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: details
    required property SparsightApp app
    property var facts: [] // {name, value}
    function show(row) {
        facts = app.chat.details(row);
        open();
    }
    title: qsTr("How this answer was made")
    wantedWidth: Theme.size(620)
    contentItem: ColumnLayout {
        spacing: Theme.margin
        Flickable {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: contentHeight
            clip: true
            contentHeight: lines.height
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}
            Column {
                id: lines
                width: parent.width
                spacing: Theme.size(4)
                Repeater {
                    model: details.facts
                    Row {
                        id: line
                        required property var modelData
                        objectName: "fact"
                        readonly property string name: modelData.name
                        readonly property string value: modelData.value
                        spacing: Theme.gap
                        Text {
                            textFormat: Text.PlainText
                            width: Theme.size(190)
                            text: line.name
                            color: Theme.dim
                            font.pixelSize: Theme.font
                            wrapMode: Text.Wrap
                        }
                        TextEdit {
                            width: lines.width - Theme.size(190) - 2 * Theme.gap
                            text: line.value
                            textFormat: TextEdit.PlainText
                            readOnly: true
                            selectByMouse: true
                            wrapMode: TextEdit.WrapAnywhere
                            color: Theme.text
                            selectionColor: Theme.accent
                            selectedTextColor: Theme.accentText
                            font.pixelSize: Theme.font
                            Accessible.name: line.name + ": " + line.value
                        }
                    }
                }
                Text {
                    textFormat: Text.PlainText
                    visible: details.facts.length === 0
                    text: qsTr("No details were saved with this answer.")
                    color: Theme.dim
                    font.pixelSize: Theme.font
                }
            }
        }
        FlatButton {
            objectName: "copyDetails"
            visible: details.facts.length > 0
            text: qsTr("Copy")
            hint: qsTr("Copy all")
            onClicked: details.app.copy(details.facts.map(fact => fact.name + ": " + fact.value).join("\n"))
        }
    }
}
