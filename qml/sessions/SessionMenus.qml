// The menus of the list of sessions: of the whole list, of one session or of those that are selected, and of exports.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Item {
    id: menus
    required property SparsightApp app
    readonly property SessionList sessions: app.sessions
    property var ids: [] // that the menu is about
    property bool pinned: false
    signal batchWanted
    signal renameWanted
    signal deleteWanted
    signal tagWanted
    signal tagChosen(string tag)
    function showAll(from) {
        const few = [];
        for (const tag of sessions.tagsOf([]))
            if (few.length < 15)
                few.push(tag);
        tags.model = few;
        list.popup(from, 0, from.height);
    }
    function showFor(item) {
        const chosen = sessions.isSelected(item.sessionId);
        ids = chosen ? [...sessions.selected] : [item.sessionId]; // a copy: the selection may change
        pinned = chosen ? sessions.allPinned(ids) : item.pinned;
        Qt.callLater(one.popup); // after the click, which gives the focus to the list
    }
    function showExport(from, chosen) {
        ids = [...chosen];
        exports.popup(from, 0, -exports.implicitHeight);
    }
    function exportTo(file, markdown) {
        sessions.exportTo(ids, file, markdown);
    }

    PopupMenu {
        id: list
        objectName: "sessionsMenu"
        wanted: Theme.size(340)
        ActionItem {
            objectName: "importSessions"
            text: qsTr("Import sessions …")
            enabled: !menus.sessions.importing
            onTriggered: importDialog.ask()
        }
        ActionItem {
            objectName: "exportAllJson"
            text: qsTr("Export all sessions (JSON) …")
            enabled: !menus.sessions.importing && menus.sessions.count > 0
            onTriggered: {
                menus.ids = [];
                jsonDialog.ask(qsTr("sessions") + ".json");
            }
        }
        ActionItem {
            objectName: "exportAllMarkdown"
            text: qsTr("Export all to read (Markdown) …")
            enabled: !menus.sessions.importing && menus.sessions.count > 0
            onTriggered: {
                menus.ids = [];
                markdownDialog.ask();
            }
        }
        ActionItem {
            objectName: "selectAllSessions"
            text: qsTr("Select all (Ctrl+A)")
            enabled: menus.sessions.count > 0
            onTriggered: menus.sessions.selectAll()
        }
        ActionItem {
            objectName: "openBatch"
            text: qsTr("Many questions, many videos … (Ctrl+Shift+B)")
            onTriggered: menus.batchWanted()
        }
        MenuSeparator {
            visible: tags.count > 0
            height: visible ? implicitHeight : 0
        }
        Instantiator {
            id: tags
            model: []
            delegate: ActionItem {
                required property var modelData
                objectName: "tagFilter"
                text: qsTr("Tag: %1 (%2)").arg(modelData.name).arg(modelData.count)
                onTriggered: menus.tagChosen(modelData.name)
            }
            onObjectAdded: (index, object) => list.addItem(object)
            onObjectRemoved: (index, object) => list.removeItem(object)
        }
    }
    PopupMenu {
        id: one
        objectName: "sessionMenu"
        ActionItem {
            objectName: "pinSession"
            text: menus.pinned ? qsTr("Unpin") : qsTr("Pin")
            onTriggered: menus.sessions.pinAll(menus.ids, !menus.pinned)
        }
        ActionItem {
            objectName: "renameSession"
            text: qsTr("Rename … (F2)")
            enabled: menus.ids.length === 1
            onTriggered: menus.renameWanted()
        }
        ActionItem {
            objectName: "tagSession"
            text: qsTr("Tags …")
            onTriggered: menus.tagWanted()
        }
        ActionItem {
            objectName: "exportSession"
            text: qsTr("Export (JSON) …")
            enabled: !menus.sessions.importing
            onTriggered: jsonDialog.ask(qsTr("sessions") + ".json")
        }
        ActionItem {
            objectName: "exportSessionMarkdown"
            text: qsTr("Export to read (Markdown) …")
            enabled: !menus.sessions.importing
            onTriggered: markdownDialog.ask()
        }
        ActionItem {
            objectName: "deleteSession"
            text: menus.ids.length === 1 ? qsTr("Delete (Del)") : qsTr("Delete %1 sessions (Del)").arg(Words.number(menus.ids.length))
            onTriggered: menus.deleteWanted()
        }
    }
    PopupMenu {
        id: exports
        objectName: "exportSelectedMenu"
        ActionItem {
            text: qsTr("Export (JSON) …")
            onTriggered: jsonDialog.ask(qsTr("sessions") + ".json")
        }
        ActionItem {
            text: qsTr("Export to read (Markdown) …")
            onTriggered: markdownDialog.ask()
        }
    }
    FilePicker {
        id: importDialog
        objectName: "importPicker"
        app: menus.app
        place: "exports"
        title: qsTr("Import sessions")
        nameFilters: [qsTr("Sessions (*.json *.md)"), qsTr("All files (*)")]
        onChosen: files => menus.sessions.importFile(files[0])
    }
    SaveDialog {
        id: jsonDialog
        app: menus.app
        title: qsTr("Export sessions")
        nameFilters: [qsTr("Sessions (*.json)"), qsTr("All files (*)")]
        onChosen: file => menus.exportTo(file, false)
    }
    FilePicker {
        id: markdownDialog
        app: menus.app
        kind: FileChooser.OpenFolder
        place: "exports"
        title: qsTr("Where to make the folder with the sessions")
        onChosen: files => menus.exportTo(files[0], true)
    }
}
