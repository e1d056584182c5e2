// The sessions: search, open, rename, pin, delete with undo, import. Enter, F2, Del and Ctrl+Z in the list.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    property var removed: []  // {id, open}: what Undo brings back, the last one first
    function undo() {
        const last = removed.pop();
        removedChanged();
        if (!last)
            return;
        app.sessions.restore(last.id);
        if (last.open)
            app.chat.openSession(last.id);
    }
    function removeAt(row) {
        if (row < 0)
            return;
        app.sessions.remove(app.sessions.idAt(row));
        list.currentIndex = Math.min(row, list.count - 1);
    }
    function show(id) {
        search.text = "";
        list.currentIndex = app.sessions.rowOf(id);
        if (list.currentIndex >= 0)
            list.positionViewAtIndex(list.currentIndex, ListView.Contain);
    }
    function focusSearch() {
        search.forceActiveFocus();
        search.selectAll();
    }
    color: Theme.panel

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.gap
        spacing: Theme.gap
        RowLayout {
            Layout.fillWidth: true
            TextField {
                id: search
                objectName: "search"
                Layout.fillWidth: true
                placeholderText: qsTr("Search chats")
                placeholderTextColor: Theme.dim
                color: Theme.text
                font.pixelSize: Theme.fontSmall
                Accessible.name: placeholderText
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: search.activeFocus
                }
                onTextChanged: pane.app.sessions.search = text
            }
            FlatButton {
                objectName: "newSession"
                symbol: "plus"
                hint: qsTr("New session (Ctrl+N)")
                onClicked: pane.app.chat.newSession()
            }
            FlatButton {
                objectName: "importSessions"
                enabled: !pane.app.sessions.importing
                text: "⇣"
                hint: qsTr("Import sessions from a file (JSON or Markdown)")
                onClicked: importDialog.open()
            }
        }
        ListView {
            id: list
            objectName: "sessions"
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            spacing: 2
            model: pane.app.sessions
            activeFocusOnTab: true
            currentIndex: -1
            keyNavigationEnabled: true
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Sessions")
            FocusRing { // a row that is current has its own
                shown: list.activeFocus && list.currentItem === null
                gap: -2
            }
            onActiveFocusChanged: if (activeFocus && currentIndex < 0 && count > 0)
                currentIndex = 0
            Keys.onPressed: event => {
                const item = currentItem;
                event.accepted = true;
                if (event.key === Qt.Key_Z && event.modifiers & Qt.ControlModifier)
                    pane.undo();
                else if (item && (event.key === Qt.Key_Return || event.key === Qt.Key_Enter || event.key === Qt.Key_Space))
                    pane.app.chat.openSession(item.sessionId, item.messageId);
                else if (item && event.key === Qt.Key_F2)
                    rename.ask(item.sessionId, item.title);
                else if (item && event.key === Qt.Key_Delete)
                    pane.removeAt(currentIndex);
                else
                    event.accepted = false;
            }
            Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Space
            ScrollBar.vertical: ScrollBar {}
            delegate: ItemDelegate {
                id: entry
                required property var sessionId
                required property var messageId // that a search found; 0: none
                required property string title
                required property string detail
                required property bool pinned
                required property string time
                required property int index
                readonly property bool running: pane.app.answering.sessions.indexOf(sessionId) >= 0
                readonly property bool news: pane.app.answering.news.indexOf(sessionId) >= 0
                readonly property bool current: list.activeFocus && ListView.isCurrentItem
                readonly property bool open: sessionId === pane.app.sessions.open
                width: list.width
                focusPolicy: Qt.NoFocus
                Accessible.name: running ? qsTr("%1, answering").arg(title) : news ? qsTr("%1, new answer").arg(title) : title
                Accessible.description: open ? qsTr("open") : ""
                Accessible.selectable: true
                Accessible.selected: open
                onClicked: {
                    list.currentIndex = index;
                    pane.app.chat.openSession(sessionId, messageId);
                }
                contentItem: ColumnLayout {
                    spacing: 1
                    RowLayout {
                        spacing: Theme.size(4)
                        Icon {
                            visible: entry.pinned
                            symbol: "pin"
                            size: Theme.size(14)
                        }
                        Text {
                            Layout.fillWidth: true
                            text: entry.title
                            textFormat: Text.PlainText
                            color: Theme.text
                            font.pixelSize: Theme.font
                            elide: Text.ElideRight
                        }
                    }
                    Text {
                        objectName: "sessionWork"
                        visible: entry.running || entry.news
                        text: entry.running ? qsTr("● Answering …") : qsTr("● New answer")
                        color: Theme.accent
                        font.pixelSize: Theme.fontSmall
                    }
                    Text {
                        Layout.fillWidth: true
                        text: entry.detail !== "" ? entry.detail + " · " + entry.time : entry.time
                        textFormat: Text.PlainText
                        color: Theme.dim
                        font.pixelSize: Theme.fontSmall
                        elide: Text.ElideRight
                    }
                }
                background: Rectangle {
                    radius: Theme.radius
                    color: entry.hovered || entry.current || entry.open ? Theme.raised : "transparent"
                    border.width: entry.current ? 2 : 0
                    border.color: Theme.accent
                    Rectangle {
                        visible: entry.open
                        width: Theme.size(3)
                        height: parent.height
                        radius: parent.radius
                        color: Theme.accent
                    }
                }
                TapHandler {
                    acceptedButtons: Qt.RightButton
                    onTapped: menu.popup()
                }
                PopupMenu {
                    id: menu
                    ActionItem {
                        text: entry.pinned ? qsTr("Unpin") : qsTr("Pin")
                        onTriggered: pane.app.sessions.pin(entry.sessionId, !entry.pinned)
                    }
                    ActionItem {
                        text: qsTr("Rename … (F2)")
                        onTriggered: rename.ask(entry.sessionId, entry.title)
                    }
                    ActionItem {
                        text: qsTr("Delete (Del)")
                        onTriggered: pane.app.sessions.remove(entry.sessionId)
                    }
                }
            }
            Text {
                anchors.centerIn: parent
                width: parent.width - 2 * Theme.margin
                visible: list.count === 0
                text: search.text !== "" ? qsTr("Nothing found") : qsTr("Your sessions will be here.")
                color: Theme.dim
                font.pixelSize: Theme.font
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
            }
        }
        ImportRow {
            sessions: pane.app.sessions
        }
        RowLayout {
            visible: pane.removed.length > 0
            Text {
                Layout.fillWidth: true
                text: pane.removed.length === 1 ? qsTr("Session deleted") : qsTr("%n session(s) deleted", "", pane.removed.length)
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            FlatButton {
                objectName: "undoDelete"
                text: qsTr("Undo")
                hint: qsTr("Bring it back (Ctrl+Z in the list)")
                onClicked: pane.undo()
            }
        }
    }
    Connections {
        target: pane.app.sessions
        function onRemoved(id, title) {
            const open = pane.app.sessions.isOpen(id);
            pane.removed.push({id: id, open: open});
            pane.removedChanged();
            if (open)
                pane.app.chat.newSession();
        }
        function onImported(count, first) {
            pane.app.chat.openSession(first);
            pane.show(first);
        }
    }
    FileDialog {
        id: importDialog
        title: qsTr("Import sessions")
        nameFilters: [qsTr("Chats (*.json *.md)"), qsTr("All files (*)")]
        onAccepted: pane.app.sessions.importFile(selectedFile)
    }
    Dialog {
        id: rename
        objectName: "renameDialog"
        property var sessionId: 0
        function ask(id, title) {
            sessionId = id;
            name.text = title;
            open();
            name.selectAll();
            name.forceActiveFocus();
        }
        x: Theme.margin
        y: Theme.size(60)
        width: Theme.size(360)
        modal: true
        title: qsTr("Rename the session")
        standardButtons: Dialog.Ok | Dialog.Cancel
        onAccepted: if (name.text.trim() !== "")
            pane.app.sessions.rename(sessionId, name.text)
        contentItem: TextField {
            id: name
            objectName: "newName"
            implicitWidth: Theme.size(320)
            Accessible.name: rename.title
            onAccepted: rename.accept()
        }
    }
}
