// The sessions: search, open, rename, pin, delete with undo.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    property var lastRemoved: 0
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
                placeholderText: qsTr("Search questions and answers")
                placeholderTextColor: Theme.dim
                color: Theme.text
                font.pixelSize: Theme.fontSmall
                Accessible.name: placeholderText
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: search.activeFocus ? Theme.accent : Theme.edge
                }
                onTextChanged: pane.app.sessions.search = text
            }
            FlatButton {
                objectName: "newSession"
                symbol: "plus"
                hint: qsTr("New session (Ctrl+N)")
                onClicked: pane.app.chat.newSession()
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
            ScrollBar.vertical: ScrollBar {}
            delegate: ItemDelegate {
                id: entry
                required property var sessionId
                required property string title
                required property string detail
                required property bool pinned
                required property string time
                width: list.width
                Accessible.name: title
                onClicked: pane.app.chat.openSession(sessionId)
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
                    color: entry.hovered || entry.visualFocus ? Theme.raised : "transparent"
                }
                TapHandler {
                    acceptedButtons: Qt.RightButton
                    onTapped: menu.popup()
                }
                Menu {
                    id: menu
                    MenuItem {
                        text: entry.pinned ? qsTr("Unpin") : qsTr("Pin")
                        onTriggered: pane.app.sessions.pin(entry.sessionId, !entry.pinned)
                    }
                    MenuItem {
                        text: qsTr("Rename …")
                        onTriggered: rename.ask(entry.sessionId, entry.title)
                    }
                    MenuItem {
                        text: qsTr("Delete")
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
        RowLayout {
            visible: pane.lastRemoved !== 0
            Text {
                Layout.fillWidth: true
                text: qsTr("Session deleted")
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            FlatButton {
                objectName: "undoDelete"
                text: qsTr("Undo")
                onClicked: {
                    pane.app.sessions.restore(pane.lastRemoved);
                    pane.lastRemoved = 0;
                }
            }
        }
    }
    Connections {
        target: pane.app.sessions
        function onRemoved(id, title) {
            pane.lastRemoved = id;
        }
    }
    Dialog {
        id: rename
        objectName: "rename"
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
            Accessible.name: rename.title
            onAccepted: rename.accept()
        }
    }
}
