// The text of a message: Markdown in answers, times of the clip as links, code that can be copied. The links are reached
// with Tab and the arrow keys.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Item {
    id: body
    required property SparsightApp app
    required property string text
    required property bool question
    property bool running: false
    property bool pointed: false // what can be done with it is shown
    property bool explained: false // it can be asked what the model looked at
    property string name: text
    property alias edit: edit
    signal wordWanted(int offset) // in `text`
    implicitWidth: edit.implicitWidth
    implicitHeight: edit.implicitHeight

    // Of a character; it depends on how the text is laid out.
    function placeOf(at) {
        return edit.contentHeight + edit.width + edit.font.pixelSize > 0 ? edit.positionToRectangle(at) : Qt.rect(0, 0, 0, 0);
    }
    function openMenu(at, point) {
        menuMaker.active = true;
        menuMaker.item.word = shown.sourceOffset(at);
        menuMaker.item.popup(edit, point.x, point.y);
    }
    MessageText {
        id: shown
        document: edit.textDocument
        text: body.text
        markdown: !body.question
        lastTime: body.app.player.still ? 0 : body.app.player.duration
        fontSize: Theme.font
        linkColor: Theme.accent
        codeColor: Theme.raised
        quoteColor: Theme.dim
        lineColor: Theme.line
        onSeekWanted: seconds => body.app.player.seek(seconds)
    }
    Repeater {
        model: shown.codes
        Rectangle {
            required property var modelData
            readonly property rect first: body.placeOf(modelData.begin)
            readonly property rect last: body.placeOf(modelData.end)
            y: first.y - 2
            width: body.width
            height: last.y + last.height - first.y + 4
            radius: Theme.size(4)
            color: Theme.raised
        }
    }
    TextEdit {
        id: edit
        objectName: "body"
        anchors.left: parent.left
        anchors.right: parent.right
        textFormat: TextEdit.PlainText
        readOnly: true
        selectByMouse: true
        activeFocusOnPress: false // with the focus it would take every key from the window, though it uses none
        wrapMode: TextEdit.Wrap
        color: Theme.text
        selectionColor: Theme.accent
        selectedTextColor: Theme.accentText
        font.pixelSize: Theme.font
        Accessible.name: body.name
        onLinkActivated: link => shown.follow(link)
        onLinkHovered: link => {
            if (link === "")
                return;
            tipMaker.active = true;
            const tip = tipMaker.item;
            tip.x = Math.min(pointer.point.position.x, edit.width - tip.width);
            tip.y = pointer.point.position.y + Theme.wide; // below it: above the first message are the session's buttons
        }
        PointHandler {
            acceptedButtons: Qt.LeftButton | Qt.RightButton
            onActiveChanged: if (active)
                reader.forceActiveFocus(Qt.MouseFocusReason)
        }
        HoverHandler {
            id: pointer
            cursorShape: edit.hoveredLink !== "" ? Qt.PointingHandCursor : Qt.IBeamCursor
        }
        TapHandler {
            acceptedButtons: Qt.RightButton
            onTapped: point => body.openMenu(edit.positionAt(point.position.x, point.position.y), point.position)
        }
        Loader {
            id: tipMaker
            active: false
            sourceComponent: ToolTip {
                objectName: "linkTip"
                parent: edit
                visible: edit.hoveredLink !== ""
                delay: 300
                width: Math.min(implicitWidth, Theme.size(320))
                text: shown.tip(edit.hoveredLink)
                Component.onCompleted: contentItem.textFormat = Text.PlainText
            }
        }
    }
    Item { // has the focus in place of the text after a click
        id: reader
        objectName: "reader"
        anchors.fill: parent
        function drop() {
            if (!activeFocus && !keys.activeFocus && !((menuMaker.item as PopupMenu)?.visible ?? false))
                edit.deselect();
        }
        onActiveFocusChanged: Qt.callLater(drop)
        Keys.onShortcutOverride: event => event.accepted = event.matches(StandardKey.Copy) || event.matches(StandardKey.SelectAll)
        Keys.onPressed: event => {
            event.accepted = true;
            if (event.matches(StandardKey.Copy) && edit.selectedText !== "")
                edit.copy();
            else if (event.matches(StandardKey.SelectAll))
                edit.selectAll();
            else if (event.key === Qt.Key_Menu || event.key === Qt.Key_F10 && event.modifiers & Qt.ShiftModifier)
                body.openMenu(edit.cursorPosition, edit.cursorRectangle);
            else
                event.accepted = false;
        }
    }
    Item {
        id: keys
        objectName: "links"
        readonly property int count: shown.links.length
        property int at: 0
        function choose(link) {
            at = Math.max(0, Math.min(link, count - 1));
            edit.select(shown.links[at].begin, shown.links[at].end);
        }
        anchors.fill: parent
        activeFocusOnTab: count > 0
        onActiveFocusChanged: {
            if (activeFocus && count > 0)
                choose(0);
            else
                edit.deselect();
        }
        readonly property var used: [Qt.Key_Left, Qt.Key_Right, Qt.Key_Return, Qt.Key_Enter, Qt.Key_Space]
        Keys.onShortcutOverride: event => event.accepted = used.includes(event.key)
        Keys.onPressed: event => {
            event.accepted = used.includes(event.key) && count > 0;
            if (!event.accepted)
                return;
            if (event.key === Qt.Key_Left || event.key === Qt.Key_Right)
                choose(at + (event.key === Qt.Key_Left ? -1 : 1));
            else
                shown.follow(shown.links[Math.min(at, count - 1)].address);
        }
        Accessible.role: Accessible.Link
        Accessible.focusable: true
        Accessible.name: count > 0 ? qsTr("Link %1 of %2: %3").arg(at + 1).arg(count).arg(shown.tip(shown.links[Math.min(at, count - 1)].address)) : ""
        FocusRing {
            shown: keys.activeFocus
        }
    }
    Repeater {
        model: body.running ? [] : shown.codes
        FlatButton {
            id: copyCode
            required property var modelData
            objectName: "copyCode"
            x: body.width - width - 2
            y: body.placeOf(modelData.begin).y
            padding: Theme.size(2)
            opacity: body.pointed || activeFocus || hovered ? 1 : 0
            text: qsTr("Copy")
            hint: qsTr("Copy this code")
            font.pixelSize: Theme.fontSmall
            background: Rectangle {
                radius: Theme.radius
                color: copyCode.hovered ? Theme.line : Theme.panel
                border.color: Theme.line
            }
            onClicked: body.app.copy(modelData.text)
        }
    }
    Loader {
        id: menuMaker
        active: false
        sourceComponent: PopupMenu {
            id: actions
            objectName: "messageMenu"
            property int word: -1 // where it is in the text; -1: none was meant
            wanted: Theme.size(300)
            ActionItem {
                text: qsTr("Copy the selection")
                enabled: edit.selectedText !== ""
                onTriggered: edit.copy()
            }
            ActionItem {
                text: body.question ? qsTr("Copy this question") : qsTr("Copy this answer")
                onTriggered: body.app.copy(body.text)
            }
            ActionItem {
                objectName: "askWord"
                text: qsTr("What did it look at for this word?")
                enabled: body.explained && actions.word >= 0
                onTriggered: body.wordWanted(actions.word)
            }
        }
    }
}
