// One question or answer.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Item {
    id: message
    required property SparsightApp app
    required property int index
    required property string text
    required property bool question
    required property string state_
    required property string line
    required property bool hasTrace
    readonly property bool running: !question && state_ === "partial" && app.chat.busy && index === app.chat.count - 1

    implicitHeight: bubble.implicitHeight
    HoverHandler {
        id: hover
    }
    Rectangle {
        id: bubble
        anchors.right: message.question ? parent.right : undefined
        width: message.question ? Math.min(parent.width * 0.9, body.implicitWidth + 2 * Theme.margin) : parent.width
        implicitHeight: content.implicitHeight + 2 * Theme.gap
        radius: Theme.radius
        color: message.question ? Theme.question : Theme.raised
        ColumnLayout {
            id: content
            anchors {
                left: parent.left
                right: parent.right
                top: parent.top
                margins: Theme.gap
                leftMargin: Theme.margin
                rightMargin: Theme.margin
            }
            spacing: 4
            TextEdit {
                id: body
                Layout.fillWidth: true
                text: message.running && message.text === "" ? "…" : message.text
                textFormat: TextEdit.PlainText
                readOnly: true
                selectByMouse: true
                wrapMode: TextEdit.Wrap
                color: Theme.text
                selectionColor: Theme.accent
                selectedTextColor: Theme.accentText
                font.pixelSize: Theme.font
                Accessible.name: (message.question ? qsTr("Question: %1") : qsTr("Answer: %1")).arg(message.text)
            }
            Text {
                Layout.fillWidth: true
                visible: text !== ""
                text: message.state_ === "failed" ? qsTr("Failed. %1").arg(message.line) : message.state_ === "stopped" ? qsTr("Stopped. %1").arg(message.line) : !message.running && message.state_ === "partial" ? qsTr("Cut off.") : message.line
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: message.state_ === "failed" ? Theme.warning : Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            RowLayout {
                visible: !message.question && !message.running
                opacity: hover.hovered ? 1 : 0.55
                spacing: 2
                FlatButton {
                    text: qsTr("Copy")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.app.copy(message.text)
                }
                FlatButton {
                    visible: message.hasTrace
                    text: qsTr("Tokens")
                    hint: qsTr("Show what became of the visual tokens")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.app.chat.showTrace(message.index)
                }
                FlatButton {
                    objectName: "regenerate"
                    visible: message.index === message.app.chat.count - 1
                    enabled: !message.app.chat.busy
                    text: qsTr("Again")
                    hint: qsTr("Answer this question anew")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.app.chat.regenerate()
                }
            }
        }
    }
}
