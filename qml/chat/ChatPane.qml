// Questions and answers, and where the next one is typed.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    property bool comparing: false
    readonly property TextArea input: composer.input
    readonly property bool typing: input.activeFocus
    // The list says how far the answer is.
    readonly property bool progressSaid: list.progressSaid
    signal openWanted
    signal compareToggled
    signal wordClicked(int row, int offset) // of a shown answer's text
    readonly property bool still: app.player.still
    function focusInput() {
        input.forceActiveFocus();
    }
    // With nothing typed, the first question that is not asked yet is sent.
    function send() {
        const rests = pane.app.chat.waiting.find(item => item.rests);
        if (input.text.trim() === "" && rests !== undefined)
            pane.app.chat.askWaiting(rests.id);
        const text = input.text;
        if (text.trim() === "")
            return;
        // Clear first: a question that cannot be stored comes back before ask() returns.
        input.clear();
        if (pane.app.chat.ask(text))
            list.toEnd();
        else
            giveBack(text);
    }
    // A new session about the same clip; what is typed moves along.
    function beginAfresh() {
        const typed = input.text;
        input.clear();
        pane.app.chat.newSession();
        giveBack(typed);
        focusInput();
    }
    // Puts a returned question in front of the text being typed.
    function giveBack(text) {
        if (text === "")
            return;
        input.text = input.text.trim() === "" ? text : text + "\n" + input.text;
        input.cursorPosition = text.length;
        input.forceActiveFocus();
        pane.app.chat.keepDraft();
    }
    Connections {
        target: pane.app.chat
        function onDraftChanged() {
            if (input.text === pane.app.chat.draft)
                return;
            input.text = pane.app.chat.draft;
            input.cursorPosition = input.length;
        }
        function onReturned(text) {
            pane.giveBack(text);
        }
    }
    color: Theme.panel

    Rectangle { // around the list, which clips what is in it
        objectName: "messagesFocus"
        x: parts.x + list.x - Theme.tight
        y: parts.y + list.y - Theme.tight
        width: list.width + 2 * Theme.tight
        height: list.height + 2 * Theme.tight
        visible: list.activeFocus
        color: "transparent"
        radius: Theme.radius
        border.width: 2
        border.color: Theme.accent
    }
    ColumnLayout {
        id: parts
        anchors.fill: parent
        anchors.margins: Theme.margin
        spacing: Theme.gap

        ChatHeader {
            Layout.fillWidth: true
            app: pane.app
            comparing: pane.comparing
            onCompareToggled: pane.compareToggled()
            onAfreshWanted: pane.beginAfresh()
        }
        MessageList {
            id: list
            objectName: "messages"
            Layout.fillWidth: true
            Layout.fillHeight: true
            app: pane.app
            onWordClicked: (row, offset) => pane.wordClicked(row, offset)
            onTakenBack: id => pane.giveBack(pane.app.chat.takeBack(id))
            onAskWanted: id => pane.app.chat.askWaiting(id)
            ColumnLayout {
                anchors.centerIn: parent
                width: parent.width
                visible: list.count === 0 && pane.app.chat.waiting.length === 0
                spacing: Theme.gap
                Text {
                    objectName: "askAbout"
                    textFormat: Text.PlainText
                    Layout.fillWidth: true
                    horizontalAlignment: Text.AlignHCenter
                    text: pane.app.chat.video !== "" ? (pane.still ? qsTr("Ask about this picture") : qsTr("Ask about this video")) : qsTr("Open a video to ask about it")
                    color: Theme.dim
                    font.pixelSize: Theme.fontLarge
                    wrapMode: Text.Wrap
                }
                Column {
                    id: suggested
                    Layout.fillWidth: true
                    spacing: Theme.gap
                    Repeater {
                        model: pane.app.chat.video !== "" ? pane.app.chat.suggestions : []
                        FlatButton {
                            required property string modelData
                            x: Math.round((suggested.width - width) / 2)
                            text: modelData
                            onClicked: {
                                pane.app.chat.ask(modelData);
                                list.toEnd();
                                pane.focusInput();
                            }
                        }
                    }
                }
            }
        }

        Rectangle {
            objectName: "contextFull"
            Layout.fillWidth: true
            visible: pane.app.chat.contextFull
            implicitHeight: full.implicitHeight + 2 * Theme.gap
            radius: Theme.radius
            color: Theme.warningBack
            RowLayout {
                id: full
                anchors {
                    left: parent.left
                    right: parent.right
                    verticalCenter: parent.verticalCenter
                    margins: Theme.gap
                }
                spacing: Theme.gap
                Text {
                    Layout.fillWidth: true
                    text: pane.app.chat.contextText
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    color: Theme.warning
                    font.pixelSize: Theme.fontSmall
                    onVisibleChanged: if (visible)
                        Words.announce(this)
                    Accessible.role: Accessible.AlertMessage
                    Accessible.name: text
                }
                FlatButton {
                    objectName: "beginAfresh"
                    visible: list.count > 0
                    text: qsTr("New session")
                    hint: qsTr("A new session about the same clip; what is typed moves along")
                    font.pixelSize: Theme.fontSmall
                    onClicked: pane.beginAfresh()
                }
            }
        }
        Text {
            objectName: "typedEnough"
            Layout.fillWidth: true
            visible: input.length >= pane.app.chat.mostTyped - 1
            text: qsTr("A question can have at most %1 characters; the rest is cut off.").arg(Words.number(pane.app.chat.mostTyped))
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.warning
            font.pixelSize: Theme.fontSmall
            onVisibleChanged: if (visible)
                Words.announce(this)
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        Rectangle {
            objectName: "noVideo"
            readonly property Conversation chat: pane.app.chat
            Layout.fillWidth: true
            visible: chat.video === "" && chat.missing === "" && chat.refused === "" && pane.app.checking === ""
            implicitHeight: without.implicitHeight + 2 * Theme.gap
            radius: Theme.radius
            color: Theme.raised
            RowLayout {
                id: without
                anchors {
                    left: parent.left
                    right: parent.right
                    verticalCenter: parent.verticalCenter
                    margins: Theme.gap
                }
                spacing: Theme.gap
                Text {
                    objectName: "noVideoText"
                    Layout.fillWidth: true
                    text: qsTr("No video is open: the model sees nothing, and answers from the words alone.")
                    textFormat: Text.PlainText
                    wrapMode: Text.Wrap
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }
                FlatButton {
                    objectName: "openForChat"
                    text: qsTr("Open …")
                    hint: qsTr("Open a video or an image (Ctrl+O)")
                    font.pixelSize: Theme.fontSmall
                    onClicked: pane.openWanted()
                }
            }
        }
        Composer {
            id: composer
            Layout.fillWidth: true
            app: pane.app
            onSendWanted: pane.send()
            onLastTakenBack: id => list.takenBack(id)
            onEscaped: pane.forceActiveFocus()
        }
    }
}
