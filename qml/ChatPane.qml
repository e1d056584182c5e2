// Questions and answers, and where the next one is typed.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    readonly property bool typing: input.activeFocus
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
    AnswerDetails {
        id: details
        objectName: "answerDetails"
        app: pane.app
    }
    color: Theme.panel

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.margin
        spacing: Theme.gap

        MessageList {
            id: list
            objectName: "messages"
            Layout.fillWidth: true
            Layout.fillHeight: true
            app: pane.app
            onDetailsWanted: row => details.show(row)
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
                            onClicked: pane.app.chat.ask(modelData)
                        }
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            Text {
                textFormat: Text.PlainText
                text: qsTr("Pruning")
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            Choice {
                objectName: "strategy"
                Layout.fillWidth: true
                label: qsTr("Pruning")
                hint: qsTr("How visual tokens are pruned")
                model: pane.app.chat.strategies
                currentIndex: model.indexOf(pane.app.chat.strategy)
                onActivated: pane.app.chat.strategy = currentText
            }
            TextField {
                id: budget
                objectName: "budget"
                Layout.preferredWidth: Theme.size(84)
                enabled: pane.app.chat.strategy !== "none"
                placeholderText: qsTr("budget")
                placeholderTextColor: Theme.dim
                text: pane.app.chat.budget
                color: Theme.text
                font.pixelSize: Theme.fontSmall
                padding: Theme.size(6)
                Accessible.name: qsTr("Visual tokens that stay")
                ToolTip.visible: hovered
                ToolTip.delay: 600
                ToolTip.text: qsTr("Visual tokens that stay, on average after the first pruning: a number (194) or a share (9.4%). Leave empty for the published value.")
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: budget.activeFocus
                }
                onEditingFinished: pane.app.chat.budget = text
            }
        }

        BudgetSlider {
            chat: pane.app.chat
            settings: pane.app.settings
            Layout.fillWidth: true
        }
        Text {
            objectName: "accuracy"
            Layout.fillWidth: true
            Layout.minimumHeight: 3 * line.lineSpacing // room for the longest text, so that nothing above it moves
            FontMetrics {
                id: line
                font.pixelSize: Theme.fontSmall
            }
            visible: text !== "" && pane.app.chat.video !== ""
            text: pane.app.chat.accuracy
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
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
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            Flickable {
                id: typed
                objectName: "typed"
                Layout.fillWidth: true
                implicitHeight: Math.min(input.implicitHeight, Theme.size(140))
                clip: true
                boundsBehavior: Flickable.StopAtBounds
                ScrollBar.vertical: AreaBar {}
                FocusRing {
                    parent: typed
                    gap: -2
                    shown: input.activeFocus
                }
                TextArea.flickable: TextArea {
                    id: input
                    objectName: "input"
                    wrapMode: TextArea.Wrap
                    placeholderText: pane.app.chat.video === "" ? qsTr("Ask (Ctrl+L)") : pane.still ? qsTr("Ask about the picture (Ctrl+L)") : qsTr("Ask about the video (Ctrl+L)")
                    placeholderTextColor: Theme.dim
                    color: Theme.text
                    font.pixelSize: Theme.font
                    textFormat: TextEdit.PlainText
                    Accessible.name: placeholderText
                    Component.onCompleted: text = pane.app.chat.draft
                    onTextChanged: pane.app.chat.draft = text
                    background: Rectangle {
                        radius: Theme.radius
                        color: Theme.window
                        border.color: Theme.edge
                    }
                    Keys.onTabPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
                    Keys.onBacktabPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
                    Keys.onReturnPressed: event => {
                        if (event.modifiers & Qt.ShiftModifier)
                            event.accepted = false;
                        else
                            pane.send();
                    }
                    Keys.onUpPressed: event => {
                        const waiting = pane.app.chat.waiting;
                        event.accepted = text === "" && waiting.length > 0;
                        if (event.accepted)
                            list.takenBack(waiting[waiting.length - 1].id);
                    }
                    Keys.onEscapePressed: pane.app.chat.busy ? pane.app.chat.stop() : pane.forceActiveFocus()
                }
            }
            FlatButton {
                objectName: "stop"
                visible: pane.app.chat.busy
                text: qsTr("Stop")
                hint: qsTr("Stop (Esc)")
                onClicked: pane.app.chat.stop()
            }
            FlatButton {
                objectName: "send"
                strong: true
                text: qsTr("Ask")
                hint: pane.app.chat.busy ? qsTr("Ask when this is done (Enter)") : qsTr("Ask (Enter)")
                enabled: input.text.trim() !== ""
                onClicked: pane.send()
            }
        }
    }
}
