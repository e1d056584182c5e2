// A question that waits for its turn, or rests until the user asks it again. It can be taken back.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: item
    required property var modelData // {id, text, again, rests}
    property string stage: "" // what it waits for
    signal takenBack
    signal askWanted
    objectName: "waiting"
    implicitHeight: row.implicitHeight + 2 * Theme.gap
    radius: Theme.radius
    color: "transparent"
    border.color: Theme.edge
    RowLayout {
        id: row
        anchors {
            left: parent.left
            right: parent.right
            verticalCenter: parent.verticalCenter
            leftMargin: Theme.margin
            rightMargin: Theme.gap
        }
        spacing: Theme.gap
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 2
            Text {
                Layout.fillWidth: true
                text: item.modelData.again ? qsTr("Another answer") : item.modelData.text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                maximumLineCount: 6
                elide: Text.ElideRight
                color: Theme.text
                font.pixelSize: Theme.font
            }
            Text {
                textFormat: Text.PlainText
                Layout.fillWidth: true
                text: item.modelData.rests ? qsTr("Not asked yet") : item.stage !== "" ? item.stage : qsTr("Waiting for its turn")
                elide: Text.ElideRight
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
        }
        FlatButton {
            objectName: "askWaiting"
            visible: item.modelData.rests
            strong: true
            text: qsTr("Ask")
            hint: qsTr("Ask this question now (Enter in the empty field)")
            font.pixelSize: Theme.fontSmall
            onClicked: item.askWanted()
        }
        FlatButton {
            objectName: "takeBack"
            visible: item.modelData.id !== 0
            text: qsTr("Take back")
            hint: item.modelData.again ? qsTr("Do not answer again") : qsTr("Move this question back into the input")
            font.pixelSize: Theme.fontSmall
            flat: true
            onClicked: item.takenBack()
        }
    }
}
