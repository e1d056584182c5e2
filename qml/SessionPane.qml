// The sessions: search, open, rename, pin, delete with undo, import. Enter, F2, Del and Ctrl+Z in the list.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    property var removed: []  // {id, open}: what Undo restores, the last one first
    function undo() {
        const last = removed.pop();
        removedChanged();
        if (!last)
            return;
        app.sessions.restore(last.id);
        if (last.open)
            app.chat.openSession(last.id);
        show(last.id);
    }
    // The list gets the focus, so that Ctrl+Z restores what was deleted, however it was deleted.
    function removeAt(row) {
        if (row < 0)
            return;
        app.sessions.remove(app.sessions.idAt(row));
        list.currentIndex = Math.min(row, list.count - 1);
        Qt.callLater(list.forceActiveFocus);
    }
    function enterList() {
        if (list.count === 0)
            return;
        list.currentIndex = Math.max(0, list.currentIndex);
        list.forceActiveFocus(Qt.TabFocusReason);
    }
    function openAt(row) {
        if (row >= list.count)
            return;
        list.currentIndex = row;
        list.forceActiveFocus(Qt.TabFocusReason);
        app.chat.openSession(app.sessions.idAt(row), app.sessions.hitAt(row));
    }
    // Also if a search had hidden it.
    function show(id) {
        if (app.sessions.rowOf(id) < 0)
            search.clear();
        list.currentIndex = app.sessions.rowOf(id);
        if (list.currentIndex >= 0)
            list.positionViewAtIndex(list.currentIndex, ListView.Contain);
    }
    function focusSearch() {
        search.forceActiveFocus(Qt.ShortcutFocusReason);
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
                placeholderText: qsTr("Search sessions")
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
                rightPadding: clearSearch.visible ? clearSearch.width + Theme.gap : leftPadding
                onTextChanged: {
                    pane.app.sessions.search = text;
                    list.currentIndex = -1;
                }
                Keys.onEscapePressed: text !== "" ? clear() : pane.forceActiveFocus()
                Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Escape
                Keys.onDownPressed: pane.enterList()
                Keys.onReturnPressed: pane.openAt(Math.max(0, list.currentIndex))
                Keys.onEnterPressed: pane.openAt(Math.max(0, list.currentIndex))
                FlatButton {
                    id: clearSearch
                    objectName: "clearSearch"
                    anchors.right: parent.right
                    anchors.verticalCenter: parent.verticalCenter
                    anchors.rightMargin: 2
                    visible: search.text !== ""
                    symbol: "close"
                    flat: true
                    padding: 2
                    hint: qsTr("Clear the search (Esc)")
                    onClicked: {
                        search.clear();
                        search.forceActiveFocus();
                    }
                }
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
            FocusRing { // the current row has its own
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
                    pane.openAt(currentIndex);
                else if (event.key === Qt.Key_Up && currentIndex <= 0)
                    pane.focusSearch();
                else if (item && event.key === Qt.Key_F2)
                    rename.ask(item.sessionId, item.title);
                else if (item && event.key === Qt.Key_Delete)
                    pane.removeAt(currentIndex);
                else
                    event.accepted = false;
            }
            Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Space
            ScrollBar.vertical: ScrollBar {}
            delegate: SessionItem {
                app: pane.app
                view: list
                onRenameWanted: rename.ask(sessionId, title)
                onDeleteWanted: pane.removeAt(index)
            }
            Text {
                textFormat: Text.PlainText
                anchors.centerIn: parent
                width: parent.width - 2 * Theme.margin
                visible: list.count === 0
                text: search.text !== "" ? qsTr("Nothing found") : qsTr("Your sessions will appear here.")
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
                textFormat: Text.PlainText
                Layout.fillWidth: true
                text: pane.removed.length === 1 ? qsTr("Session deleted") : qsTr("%n session(s) deleted", "", pane.removed.length)
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            FlatButton {
                objectName: "undoDelete"
                text: qsTr("Undo")
                hint: qsTr("Restore it (Ctrl+Z in the list)")
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
        nameFilters: [qsTr("Sessions (*.json *.md)"), qsTr("All files (*)")]
        onAccepted: pane.app.sessions.importFile(selectedFile)
    }
    RenameDialog {
        id: rename
        objectName: "renameDialog"
        onRenamed: (id, name) => pane.app.sessions.rename(id, name)
    }
}
