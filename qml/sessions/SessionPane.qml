// The sessions: search, open, select, rename, pin, tag, delete with undo, import and export. Enter, F2, Del, Ctrl+A and
// Ctrl+Z in the list.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    property var removed: []  // {ids, open}: what Undo restores, the last ones first
    signal batchWanted
    function undo() {
        const last = removed.pop();
        removedChanged();
        if (!last)
            return;
        app.sessions.restoreAll(last.ids);
        if (last.open !== 0)
            app.chat.openSession(last.open);
        show(last.ids[0]);
    }
    // The list gets the focus, so that Ctrl+Z restores what was deleted, however it was deleted.
    function remove(ids) {
        const row = Math.max(0, list.currentIndex);
        app.sessions.removeAll(ids);
        list.currentIndex = Math.min(row, list.count - 1);
        Qt.callLater(list.forceActiveFocus);
    }
    // The selected ones, or else this one.
    function chosen(row) {
        return app.sessions.selected.length > 0 ? [...app.sessions.selected] : row < 0 ? [] : [app.sessions.idAt(row)];
    }
    function extend(step) {
        const from = list.currentIndex;
        list.currentIndex = Math.max(0, Math.min(list.count - 1, from + step));
        app.sessions.selectTo(list.currentIndex, from);
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
                    onVisibleChanged: if (!visible && activeFocus)
                        search.forceActiveFocus()
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
                id: more
                objectName: "moreSessions"
                symbol: "more"
                hint: qsTr("Import, export, tags, many questions at once")
                onClicked: menus.showAll(more)
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
                else if (event.key === Qt.Key_A && event.modifiers & Qt.ControlModifier)
                    pane.app.sessions.selectAll();
                else if (event.key === Qt.Key_Escape && pane.app.sessions.selected.length > 0)
                    pane.app.sessions.clearSelection();
                else if (item && event.modifiers & Qt.ShiftModifier && (event.key === Qt.Key_Up || event.key === Qt.Key_Down))
                    pane.extend(event.key === Qt.Key_Up ? -1 : 1);
                else if (item && (event.key === Qt.Key_Return || event.key === Qt.Key_Enter || event.key === Qt.Key_Space))
                    pane.openAt(currentIndex);
                else if (event.key === Qt.Key_Up && currentIndex <= 0)
                    pane.focusSearch();
                else if (item && event.key === Qt.Key_F2)
                    rename.ask(item.sessionId, item.title);
                else if (item && event.key === Qt.Key_Delete)
                    pane.remove(pane.chosen(currentIndex));
                else if (item && event.key === Qt.Key_Menu)
                    menus.showFor(item);
                else
                    event.accepted = false;
            }
            Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Space || event.key === Qt.Key_Escape && pane.app.sessions.selected.length > 0
            section.property: "group"
            section.delegate: Text {
                required property string section
                objectName: "sessionGroup"
                textFormat: Text.PlainText
                width: list.width
                height: section === "" ? 0 : implicitHeight
                visible: section !== ""
                topPadding: Theme.gap
                bottomPadding: Theme.size(4)
                leftPadding: Theme.size(10)
                text: section
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
                font.weight: Font.DemiBold
                elide: Text.ElideRight
                Accessible.role: Accessible.Heading
                Accessible.name: text
            }
            ScrollBar.vertical: ScrollBar {}
            delegate: SessionItem {
                app: pane.app
                view: list
                onMenuWanted: {
                    if (!selected)
                        pane.app.sessions.clearSelection();
                    list.currentIndex = index;
                    list.forceActiveFocus(Qt.MouseFocusReason); // the keys that the menu names act on the list
                    menus.showFor(this);
                }
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
        SelectionBar {
            app: pane.app
            Layout.fillWidth: true
            onDeleteWanted: pane.remove(ids)
            onTagWanted: tagging.ask(ids)
            onExportWanted: from => menus.showExport(from, ids)
        }
        BatchRow {
            batch: pane.app.batch
            Layout.fillWidth: true
            onWanted: pane.batchWanted()
        }
        ImportRow {
            sessions: pane.app.sessions
        }
        RowLayout {
            visible: pane.removed.length > 0
            Text {
                textFormat: Text.PlainText
                Layout.fillWidth: true
                readonly property int count: pane.removed.reduce((sum, group) => sum + group.ids.length, 0)
                text: count === 1 ? qsTr("Session deleted") : qsTr("%1 sessions deleted").arg(Words.number(count))
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
        function onRemoved(ids) {
            const open = ids.find(id => pane.app.sessions.isOpen(id)) ?? 0;
            pane.removed.push({ids: ids, open: open});
            pane.removedChanged();
            if (open !== 0)
                pane.app.chat.newSession();
        }
        function onImported(count, first) {
            pane.app.chat.openSession(first);
            pane.show(first);
        }
    }
    SessionMenus {
        id: menus
        app: pane.app
        onBatchWanted: pane.batchWanted()
        onRenameWanted: {
            const item = list.itemAtIndex(pane.app.sessions.rowOf(ids[0]));
            if (item)
                rename.ask(item.sessionId, item.title);
        }
        onTagWanted: tagging.ask(ids)
        onDeleteWanted: pane.remove(ids)
        onTagChosen: tag => {
            search.text = pane.app.sessions.searchFor(tag);
            pane.enterList();
        }
    }
    TagDialog {
        id: tagging
        objectName: "tagDialog"
        app: pane.app
    }
    RenameDialog {
        id: rename
        objectName: "renameDialog"
        onRenamed: (id, name) => pane.app.sessions.rename(id, name)
    }
}
