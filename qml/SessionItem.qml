// A session in the list, or a search result in it: title, excerpt, file and time. The right button opens a menu.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ItemDelegate {
    id: entry
    required property SparsightApp app
    required property ListView view
    required property var sessionId
    required property var messageId // found by a search; 0: none
    required property string title
    required property string detail // the file
    required property string excerpt
    required property bool pinned
    required property string time
    required property int index
    readonly property bool running: app.answering.sessions.indexOf(sessionId) >= 0
    readonly property bool news: app.answering.news.indexOf(sessionId) >= 0
    readonly property bool current: view.activeFocus && ListView.isCurrentItem
    readonly property var sessions: app.sessions
    // Of the search results in the open session, the one that was opened.
    readonly property bool open: sessionId === sessions.open && (messageId === 0 || ListView.isCurrentItem)
    signal renameWanted
    signal deleteWanted
    width: view.width
    focusPolicy: Qt.NoFocus
    Accessible.name: running ? qsTr("%1, answering").arg(title) : news ? qsTr("%1, new answer").arg(title) : title
    Accessible.description: [excerpt, open ? qsTr("open") : ""].filter(part => part !== "").join(", ")
    Accessible.selectable: true
    Accessible.selected: open
    onClicked: {
        view.currentIndex = index;
        view.forceActiveFocus(Qt.MouseFocusReason); // the keys that its menu names act on the list
        app.chat.openSession(sessionId, messageId);
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
            ElidedText {
                Layout.fillWidth: true
                text: entry.title
                color: Theme.text
                font.pixelSize: Theme.font
            }
        }
        Text {
            objectName: "sessionWork"
            textFormat: Text.PlainText
            visible: entry.running || entry.news
            text: entry.running ? qsTr("● Answering …") : qsTr("● New answer")
            color: Theme.accent
            font.pixelSize: Theme.fontSmall
        }
        ElidedText {
            objectName: "sessionExcerpt"
            Layout.fillWidth: true
            visible: text !== ""
            text: entry.excerpt
            color: Theme.text
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
            maximumLineCount: 2
        }
        // In one row if both fit.
        Flow {
            id: origin
            Layout.fillWidth: true
            spacing: Theme.gap
            ElidedText {
                objectName: "sessionFile"
                width: Math.min(implicitWidth, origin.width)
                visible: text !== ""
                text: entry.detail
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
                elide: Text.ElideMiddle
            }
            Text {
                objectName: "sessionTime"
                textFormat: Text.PlainText
                text: entry.time
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
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
        objectName: "sessionMenu"
        ActionItem {
            text: entry.pinned ? qsTr("Unpin") : qsTr("Pin")
            onTriggered: entry.app.sessions.pin(entry.sessionId, !entry.pinned)
        }
        ActionItem {
            text: qsTr("Rename … (F2)")
            onTriggered: entry.renameWanted()
        }
        ActionItem {
            objectName: "deleteSession"
            text: qsTr("Delete (Del)")
            onTriggered: entry.deleteWanted()
        }
    }
}
