// Where the next question is typed: one card with the text, how it is pruned, how full the context is, and Ask.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: card
    required property SparsightApp app
    property alias input: input
    readonly property bool still: app.player.still
    signal sendWanted
    signal lastTakenBack(var id)
    signal escaped
    implicitHeight: parts.implicitHeight + Theme.gap + Theme.size(4)
    radius: Theme.size(14)
    color: Theme.window
    border.width: 1
    border.color: Theme.edge
    FocusRing {
        radius: card.radius + 1
        gap: -2
        shown: input.activeFocus
    }
    function paste(text) {
        const from = input.selectionStart;
        input.remove(from, input.selectionEnd);
        const fits = text.slice(0, Math.max(0, app.chat.mostTyped - input.length));
        input.insert(from, fits);
        input.cursorPosition = from + fits.length;
    }
    TapHandler {
        onTapped: input.forceActiveFocus()
    }
    ColumnLayout {
        id: parts
        anchors {
            left: parent.left
            right: parent.right
            top: parent.top
            margins: Theme.size(4)
            leftMargin: Theme.gap
            rightMargin: Theme.gap
        }
        spacing: Theme.size(4)
        Flickable {
            id: typed
            objectName: "typed"
            FontMetrics {
                id: line
                font: input.font
            }
            Layout.fillWidth: true
            implicitHeight: Math.min(input.implicitHeight, input.topPadding + input.bottomPadding + 6 * line.lineSpacing)
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: AreaBar {}
            TextArea.flickable: TextArea {
                id: input
                objectName: "input"
                wrapMode: TextArea.Wrap
                placeholderText: card.app.chat.video === "" ? qsTr("Ask without a video (Ctrl+L)") : card.still ? qsTr("Ask about the picture (Ctrl+L)") : qsTr("Ask about the video (Ctrl+L)")
                placeholderTextColor: Theme.dim
                color: Theme.text
                font.pixelSize: Theme.font
                textFormat: TextEdit.PlainText
                Accessible.name: placeholderText
                Component.onCompleted: text = card.app.chat.draft
                onTextChanged: card.app.chat.draft = text
                // A text that is too long is cut before it is laid out.
                Keys.onShortcutOverride: event => event.accepted = event.matches(StandardKey.Paste)
                Keys.onPressed: event => {
                    event.accepted = event.matches(StandardKey.Paste) && card.app.pasted().length > 0;
                    if (event.accepted)
                        card.paste(card.app.pasted());
                }
                background: null
                Keys.onTabPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
                Keys.onBacktabPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
                Keys.onReturnPressed: event => {
                    if (event.modifiers & Qt.ShiftModifier)
                        event.accepted = false;
                    else
                        card.sendWanted();
                }
                Keys.onUpPressed: event => {
                    const waiting = card.app.chat.waiting;
                    event.accepted = text === "" && waiting.length > 0;
                    if (event.accepted)
                        card.lastTakenBack(waiting[waiting.length - 1].id);
                }
                Keys.onEscapePressed: card.app.chat.busy ? card.app.chat.stop() : card.escaped()
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                id: pruning
                objectName: "pruning"
                Layout.fillWidth: true
                Layout.preferredWidth: Math.ceil(implicitWidth) + 1 // a layout rounds it
                Layout.maximumWidth: Layout.preferredWidth
                padding: Theme.size(5)
                leftPadding: Theme.margin
                text: card.app.chat.pruningName + " ▾"
                hint: (width < implicitWidth ? text + "\n" : "") + qsTr("How visual tokens are pruned in this session")
                font.pixelSize: Theme.fontSmall
                background: Rectangle {
                    radius: height / 2
                    color: pruning.hovered || pruning.down || menu.visible ? Theme.line : Theme.raised
                }
                onClicked: menu.open()
                PruningMenu {
                    id: menu
                    objectName: "pruningMenu"
                    app: card.app
                }
            }
            ContextGauge {
                objectName: "contextGauge"
                chat: card.app.chat
            }
            Item {
                Layout.fillWidth: true
                Layout.minimumWidth: 0
            }
            FlatButton {
                objectName: "stop"
                visible: card.app.chat.busy
                text: qsTr("Stop")
                hint: qsTr("Stop (Esc)")
                onClicked: card.app.chat.stop()
            }
            FlatButton {
                objectName: "send"
                strong: true
                padding: Theme.size(8)
                leftPadding: Theme.size(20)
                text: qsTr("Ask")
                hint: card.app.chat.busy ? qsTr("Ask when this is done (Enter)") : qsTr("Ask (Enter)")
                font.bold: true
                enabled: input.text.trim() !== ""
                onClicked: card.sendWanted()
            }
        }
    }
}
