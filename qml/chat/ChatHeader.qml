// The session's name, and what can be done with all of it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: header
    required property SparsightApp app
    required property bool comparing
    signal compareToggled
    signal afreshWanted
    readonly property bool kept: app.exporter.hasChat // there is a session
    readonly property var sessions: app.sessions
    function askName() {
        if (kept)
            rename.ask(sessions.open, app.chat.title);
    }
    spacing: Theme.size(4)
    ElidedText {
        id: title
        objectName: "chatTitle"
        Layout.fillWidth: true
        text: header.app.chat.title !== "" ? header.app.chat.title : header.app.chat.video !== "" ? header.app.recent.nameOf(header.app.chat.video) : qsTr("New session")
        color: Theme.text
        font.pixelSize: Theme.font
        font.bold: true
        Accessible.role: Accessible.Heading
        Accessible.name: text
        TapHandler {
            onDoubleTapped: header.askName()
        }
    }
    FlatButton {
        objectName: "compareChat"
        flat: true
        padding: Theme.size(4)
        checkable: true
        checked: header.comparing
        text: qsTr("Compare")
        hint: qsTr("Two answers side by side (Ctrl+D)")
        font.pixelSize: Theme.fontSmall
        enabled: header.app.trace.hasMedia || header.comparing
        onToggled: {
            checked = Qt.binding(() => header.comparing);
            header.compareToggled();
        }
    }
    FlatButton {
        id: more
        objectName: "chatMenuButton"
        flat: true
        padding: Theme.size(4)
        leftPadding: Theme.gap
        text: "⋯"
        hint: qsTr("Copy, save or rename this session")
        font.pixelSize: Theme.font
        font.bold: true
        onClicked: menu.popup(more, more.width - menu.width, more.height)
    }
    PopupMenu {
        id: menu
        objectName: "chatMenu"
        wanted: Theme.size(300)
        ActionItem {
            objectName: "copyChat"
            text: qsTr("Copy the whole session")
            enabled: header.kept
            onTriggered: header.app.copy(header.app.chat.asMarkdown())
        }
        ActionItem {
            text: qsTr("Save for reading (Markdown) …")
            enabled: header.kept && !header.app.exporter.busy
            onTriggered: file.choose(Exporter.Markdown)
        }
        ActionItem {
            text: qsTr("Save for import (JSON) …")
            enabled: header.kept && !header.app.exporter.busy
            onTriggered: file.choose(Exporter.Json)
        }
        ActionItem {
            objectName: "renameChatItem"
            text: qsTr("Rename …")
            enabled: header.kept
            onTriggered: header.askName()
        }
        ActionItem {
            objectName: "afresh"
            text: header.app.player.still ? qsTr("New session about this picture") : qsTr("New session about this video")
            enabled: header.kept && header.app.chat.video !== ""
            onTriggered: header.afreshWanted()
        }
    }
    SaveFile {
        id: file
        app: header.app
        questionName: "replaceChat"
    }
    RenameDialog {
        id: rename
        objectName: "renameChat"
        onRenamed: (id, name) => header.app.chat.rename(name)
    }
}
