// How an answer was made: the model, clip, settings and times that are stored with it.
import QtQuick
import Sparsight

Rectangle {
    id: card
    required property SparsightApp app
    required property var facts // {name, value}
    implicitHeight: lines.height + 2 * Theme.gap
    radius: Theme.radius
    color: Theme.raised
    Column {
        id: lines
        readonly property real names: Math.min(Theme.size(150), width * 0.45)
        anchors {
            left: parent.left
            right: parent.right
            top: parent.top
            margins: Theme.gap
            leftMargin: Theme.margin
            rightMargin: Theme.margin
        }
        spacing: Theme.size(3)
        Repeater {
            model: card.facts
            Row {
                id: line
                required property var modelData
                objectName: "fact"
                readonly property string name: modelData.name
                readonly property string value: modelData.value
                spacing: Theme.gap
                Text {
                    textFormat: Text.PlainText
                    width: lines.names
                    text: line.name
                    color: Theme.dim
                    font.pixelSize: Theme.fontSmall
                    wrapMode: Text.Wrap
                }
                TextEdit {
                    width: lines.width - lines.names - Theme.gap
                    text: line.value
                    textFormat: TextEdit.PlainText
                    readOnly: true
                    selectByMouse: true
                    wrapMode: TextEdit.WrapAtWordBoundaryOrAnywhere
                    color: Theme.text
                    selectionColor: Theme.accent
                    selectedTextColor: Theme.accentText
                    font.pixelSize: Theme.fontSmall
                    Accessible.name: line.name + ": " + line.value
                }
            }
        }
        Text {
            textFormat: Text.PlainText
            visible: card.facts.length === 0
            text: qsTr("No details were saved with this answer.")
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
        FlatButton {
            objectName: "copyDetails"
            visible: card.facts.length > 0
            padding: Theme.size(4)
            text: qsTr("Copy")
            hint: qsTr("Copy all")
            font.pixelSize: Theme.fontSmall
            onClicked: card.app.copy(card.facts.map(fact => fact.name + ": " + fact.value).join("\n"))
        }
    }
}
