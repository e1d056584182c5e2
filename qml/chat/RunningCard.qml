// What the running answer is doing, how far that is, and how long it still takes.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: card
    required property Conversation chat
    readonly property bool measured: chat.progress >= 0
    implicitHeight: parts.implicitHeight + 2 * Theme.gap
    radius: Theme.radius
    color: Theme.raised
    ColumnLayout {
        id: parts
        anchors {
            left: parent.left
            right: parent.right
            verticalCenter: parent.verticalCenter
            leftMargin: Theme.margin
            rightMargin: Theme.margin
        }
        spacing: Theme.size(6)
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            ElidedText {
                objectName: "runningStep"
                Layout.fillWidth: true
                text: card.chat.step
                color: Theme.text
                font.pixelSize: Theme.fontSmall
                Accessible.role: Accessible.StaticText
                Accessible.name: text
            }
            Text {
                objectName: "runningLeft"
                textFormat: Text.PlainText
                text: card.chat.left
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
        }
        Rectangle {
            Layout.fillWidth: true
            implicitHeight: Theme.size(4)
            radius: height / 2
            color: Theme.line
            opacity: card.measured ? 1 : 0 // keeps its place
            Rectangle {
                objectName: "runningBar"
                width: parent.width * Math.max(0, Math.min(1, card.chat.progress))
                height: parent.height
                radius: parent.radius
                color: Theme.accent
            }
        }
    }
}
