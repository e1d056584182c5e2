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
    required property bool running
    required property int version
    required property int versions
    required property var view // the MessageList
    readonly property bool cutOff: !question && !running && state_ === "partial"
    readonly property bool unfinished: cutOff || state_ === "failed" || state_ === "stopped"
    readonly property bool last: index === app.chat.count - 1
    readonly property bool unanswered: question && last && !app.chat.busy

    readonly property bool editing: view.edited === index
    function edit() {
        view.editedText = text;
        view.edited = index;
        editor.forceActiveFocus();
        editor.selectAll();
    }
    function leave() {
        view.edited = -1;
    }
    function askEdited() {
        if (editor.text.trim() === "" || app.chat.editQuestion(index, editor.text))
            leave();
    }
    implicitHeight: bubble.implicitHeight
    onRunningChanged: if (!running)
        Words.announce(body) // the answer is complete
    Accessible.role: Accessible.ListItem
    Accessible.name: body.Accessible.name
    Rectangle {
        id: bubble
        anchors.right: message.question ? parent.right : undefined
        width: message.question && !message.editing ? Math.min(parent.width * 0.9, Math.ceil(Math.max(body.implicitWidth, tools.natural())) + 1 + 2 * Theme.margin) : parent.width
        implicitHeight: content.implicitHeight + 2 * Theme.gap
        radius: Theme.radius
        color: message.question ? Theme.question : Theme.raised
        border.width: message.index === message.view.marked ? 2 : 0
        border.color: Theme.accent
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
                objectName: "body"
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
                text: message.editing ? message.view.editedText : ""
                onTextChanged: {
                    if (message.editing)
                        message.view.editedText = text;
                    if (length > message.app.chat.mostTyped)
                        remove(message.app.chat.mostTyped, length);
                }
                wrapMode: TextArea.Wrap
                textFormat: TextEdit.PlainText
                color: Theme.text
                font.pixelSize: Theme.font
                Accessible.name: qsTr("Edit the question")
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
                Keys.onEscapePressed: message.leave()
                Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape
            }
            Text {
                Layout.fillWidth: true
                visible: text !== ""
                text: message.state_ === "failed" ? qsTr("Failed. %1").arg(message.line) : message.state_ === "stopped" ? qsTr("Stopped. %1").arg(message.line) : message.cutOff ? qsTr("Cut off.") : message.line
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: message.state_ === "failed" ? Theme.warning : Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            MessageTools {
                id: tools
                entry: message
                Layout.fillWidth: true
            }
        }
    }
}
