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

    property bool editing: false
    function edit() {
        editor.text = text;
        editing = true;
        editor.forceActiveFocus();
        editor.selectAll();
    }
    function askEdited() {
        const question = editor.text.trim();
        editing = false;
        if (question !== "")
            app.chat.editQuestion(index, question);
    }
    implicitHeight: bubble.implicitHeight
    onRunningChanged: if (!running)
        Words.announce(body) // the answer is there
    Accessible.role: Accessible.ListItem
    Accessible.name: body.Accessible.name
    HoverHandler {
        id: hover
    }
    Rectangle {
        id: bubble
        anchors.right: message.question ? parent.right : undefined
        width: message.question && !message.editing ? Math.min(parent.width * 0.9, Math.max(body.implicitWidth, tools.implicitWidth) + 2 * Theme.margin) : parent.width
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
                visible: !message.editing
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
            TextArea {
                id: editor
                objectName: "editor"
                Layout.fillWidth: true
                visible: message.editing
                wrapMode: TextArea.Wrap
                textFormat: TextEdit.PlainText
                color: Theme.text
                font.pixelSize: Theme.font
                Accessible.name: qsTr("The question, to be put otherwise")
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: editor.activeFocus
                }
                Keys.onTabPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
                Keys.onBacktabPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
                Keys.onReturnPressed: event => {
                    if (event.modifiers & Qt.ShiftModifier)
                        event.accepted = false;
                    else
                        message.askEdited();
                }
                Keys.onEscapePressed: message.editing = false
                Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape
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
                id: tools
                visible: !message.running
                opacity: message.editing || hover.hovered || copy.visualFocus || edit.visualFocus || tokens.visualFocus || again.visualFocus ? 1 : 0.7
                spacing: 2
                FlatButton {
                    id: copy
                    objectName: "copy"
                    visible: !message.editing
                    text: qsTr("Copy")
                    hint: message.question ? qsTr("Copy this question") : qsTr("Copy this answer")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.app.copy(message.text)
                }
                FlatButton {
                    id: edit
                    objectName: "edit"
                    visible: message.question && !message.editing
                    enabled: !message.app.chat.busy
                    text: qsTr("Edit")
                    hint: qsTr("Put this question otherwise; what followed it goes")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.edit()
                }
                FlatButton {
                    objectName: "askEdited"
                    visible: message.editing
                    strong: true
                    text: qsTr("Ask")
                    hint: qsTr("Ask it so (Enter)")
                    font.pixelSize: Theme.fontSmall
                    onClicked: message.askEdited()
                }
                FlatButton {
                    visible: message.editing
                    text: qsTr("Leave it")
                    hint: qsTr("Leave it as it was (Esc)")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.editing = false
                }
                FlatButton {
                    id: tokens
                    objectName: "showTrace"
                    visible: message.hasTrace && !message.question
                    text: qsTr("Tokens")
                    hint: qsTr("Show what became of the visual tokens")
                    font.pixelSize: Theme.fontSmall
                    flat: true
                    onClicked: message.app.chat.showTrace(message.index)
                }
                FlatButton {
                    id: again
                    objectName: "regenerate"
                    visible: !message.question && message.index === message.app.chat.count - 1
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
