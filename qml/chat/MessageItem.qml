// One question or answer: a question is a bubble on the right, an answer is text.
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
    required property string notes
    required property string chip
    required property bool hasTrace
    required property bool running
    required property int version
    required property int versions
    required property var view // the MessageList
    readonly property bool cutOff: !question && !running && state_ === "partial"
    readonly property bool unfinished: cutOff || state_ === "failed" || state_ === "stopped"
    readonly property bool last: index === app.chat.count - 1
    readonly property bool unanswered: question && last && !app.chat.busy
    // What can be done with it is shown: always for the last one, else to the pointer, a finger or the keyboard.
    readonly property bool pointed: hover.hovered || view.tapped === index || last && !running
    readonly property bool explained: view.explained.includes(index)
    signal wordClicked(int row, int offset) // of the answer's text: what did the model look at for this word?

    // A long question is folded, unless a search found it.
    readonly property real lineHeight: body.edit.contentHeight / Math.max(1, body.edit.lineCount)
    readonly property real foldedHeight: Math.floor(8 * lineHeight)
    readonly property bool folds: question && body.edit.lineCount > 10
    readonly property bool folded: folds && view.marked !== index && !view.unfolded.includes(index)
    // Where the card of the running answer is.
    readonly property real cardTop: card.y
    readonly property real cardBottom: card.y + card.height

    readonly property bool editing: index >= 0 && view.edited === index
    onEditingChanged: if (editing)
        editor.active = true
    function edit() {
        view.editedText = text;
        view.edited = index;
        editor.item.forceActiveFocus();
        editor.item.selectAll();
    }
    function leave() {
        view.edited = -1;
    }
    function askEdited() {
        if (view.editedText.trim() === "" || app.chat.editQuestion(index, view.editedText))
            leave();
    }
    implicitHeight: content.implicitHeight
    onRunningChanged: if (!running)
        Words.announce(body.edit) // the answer is complete
    Accessible.role: Accessible.ListItem
    Accessible.name: body.name
    HoverHandler {
        id: hover
    }
    TapHandler {
        acceptedDevices: PointerDevice.TouchScreen | PointerDevice.Stylus
        onTapped: message.view.tapped = message.index
    }
    ColumnLayout {
        id: content
        anchors.left: parent.left
        anchors.right: parent.right
        spacing: Theme.size(2)
        Rectangle {
            id: bubble
            readonly property int side: message.question ? Theme.margin : 0
            Layout.alignment: message.question ? Qt.AlignRight : Qt.AlignLeft
            Layout.preferredWidth: message.question && !message.editing ? Math.min(message.width * 0.9, Math.ceil(body.implicitWidth) + 1 + 2 * side) : message.width
            implicitHeight: inside.implicitHeight + (message.question ? 2 * Theme.gap : Theme.size(4))
            radius: Theme.size(12)
            color: message.question ? Theme.question : "transparent"
            border.width: message.index === message.view.marked ? 2 : 0
            border.color: Theme.accent
            ColumnLayout {
                id: inside
                anchors {
                    left: parent.left
                    right: parent.right
                    verticalCenter: parent.verticalCenter
                    leftMargin: bubble.side
                    rightMargin: bubble.side
                }
                spacing: Theme.size(4)
                MessageBody {
                    id: body
                    Layout.fillWidth: true
                    Layout.preferredHeight: message.folded ? message.foldedHeight : implicitHeight
                    clip: message.folded
                    visible: !message.editing
                    app: message.app
                    text: message.running && message.text === "" ? "…" : message.text
                    question: message.question
                    running: message.running
                    pointed: message.pointed
                    explained: message.hasTrace && !message.question && !message.running
                    name: (message.question ? qsTr("Question: %1") : qsTr("Answer: %1")).arg(message.text)
                    onWordWanted: offset => message.wordClicked(message.index, offset)
                }
                FlatButton {
                    objectName: "unfold"
                    visible: message.folds && message.view.marked !== message.index && !message.editing
                    padding: Theme.size(2)
                    leftPadding: 0
                    flat: true
                    text: message.folded ? qsTr("Show all") : qsTr("Show less")
                    hint: message.folded ? qsTr("Show all of this question") : qsTr("Show only the beginning of this question")
                    font.pixelSize: Theme.fontSmall
                    font.weight: Font.DemiBold
                    onClicked: message.view.unfold(message.index)
                }
                Loader { // one that was made stays, for its text and focus
                    id: editor
                    Layout.fillWidth: true
                    active: false
                    visible: message.editing
                    sourceComponent: TextArea {
                        id: input
                        objectName: "editor"
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
                            shown: input.activeFocus
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
                }
                Text {
                    objectName: "remark"
                    Layout.fillWidth: true
                    visible: text !== ""
                    text: message.state_ === "failed" ? qsTr("Failed. %1").arg(message.line) : message.state_ === "stopped" ? qsTr("Stopped. %1").arg(message.line) : message.cutOff ? qsTr("Cut off.") : message.notes
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    color: message.state_ === "failed" ? Theme.warning : Theme.dim
                    font.pixelSize: Theme.fontSmall
                }
            }
        }
        Loader {
            id: card
            Layout.fillWidth: true
            active: message.running
            visible: active
            sourceComponent: RunningCard {
                objectName: "runningCard"
                chat: message.app.chat
            }
        }
        MessageTools {
            entry: message
            Layout.alignment: message.question ? Qt.AlignRight : Qt.AlignLeft
            Layout.preferredWidth: Math.min(message.width, natural())
        }
        Loader {
            Layout.fillWidth: true
            active: message.explained && !message.question && !message.running
            visible: active
            sourceComponent: AnswerFacts {
                objectName: "answerFacts"
                app: message.app
                // What is known about an answer changes with its text below it.
                facts: message.state_ + message.chip + message.line !== "" ? message.app.chat.details(message.index) : []
            }
        }
    }
}
