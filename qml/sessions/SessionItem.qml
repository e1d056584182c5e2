// A session in the list: thumbnail, title, file and answers, tags; or a search result: title, excerpt, file and time. Ctrl
// and Shift with a click select; the right button opens a menu.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ItemDelegate {
    id: entry
    objectName: "session"
    required property SparsightApp app
    required property ListView view
    required property var sessionId
    required property var messageId // found by a search; 0: none
    required property string title
    required property string detail // the file
    required property string excerpt
    required property bool pinned
    required property string time
    required property int answers // -1: a search result
    required property var tags
    required property string path
    required property string hash
    required property bool selected
    required property int index
    readonly property bool running: app.answering.sessions.indexOf(sessionId) >= 0
    readonly property bool news: app.answering.news.indexOf(sessionId) >= 0
    readonly property bool current: view.activeFocus && ListView.isCurrentItem
    readonly property var sessions: app.sessions
    // Of the search results in the open session, the one that was opened.
    readonly property bool open: sessionId === sessions.open && (messageId === 0 || ListView.isCurrentItem)
    readonly property string counted: answers < 0 ? "" : answers === 0 ? qsTr("no answer yet") : answers === 1 ? qsTr("1 answer") : qsTr("%1 answers").arg(Words.number(answers))
    property int modifiers: 0 // of the click that comes
    signal menuWanted
    width: view.width
    focusPolicy: Qt.NoFocus
    padding: Theme.size(6)
    leftPadding: Theme.size(10)
    rightPadding: Theme.size(4)
    Accessible.name: running ? qsTr("%1, answering").arg(title) : news ? qsTr("%1, new answer").arg(title) : title
    Accessible.description: [excerpt, detail, counted, tags.join(", "), open ? qsTr("open") : "", selected ? qsTr("selected") : ""].filter(part => part !== "").join(", ")
    Accessible.selectable: true
    Accessible.selected: open || selected
    onClicked: {
        const held = modifiers;
        modifiers = 0;
        const from = view.currentIndex;
        view.currentIndex = index;
        view.forceActiveFocus(Qt.MouseFocusReason); // the keys that its menu names act on the list
        if (held & Qt.ShiftModifier)
            return sessions.selectTo(index, from);
        if (held & Qt.ControlModifier)
            return sessions.toggleSelected(index);
        sessions.clearSelection();
        app.chat.openSession(sessionId, messageId);
    }
    // As the current item of the list it has the focus.
    Keys.onSpacePressed: event => event.modifiers & Qt.ControlModifier ? sessions.toggleSelected(index) : clicked()
    onPressAndHold: menuWanted()
    MouseArea { // looks at the modifiers and leaves the press to the item, but for the right button
        anchors.fill: parent
        acceptedButtons: Qt.LeftButton | Qt.RightButton
        onPressed: mouse => {
            entry.modifiers = mouse.modifiers;
            mouse.accepted = mouse.button === Qt.RightButton;
        }
        onClicked: entry.menuWanted()
    }
    contentItem: RowLayout {
        spacing: Theme.gap
        Rectangle {
            Layout.alignment: Qt.AlignTop
            Layout.topMargin: Theme.size(1)
            implicitWidth: Theme.size(51)
            implicitHeight: Theme.size(34)
            radius: Theme.size(4)
            color: Theme.raised
            border.width: entry.hovered || entry.open || entry.selected ? 1 : 0
            border.color: Theme.line
            Icon {
                anchors.centerIn: parent
                visible: !picture.there && entry.path !== ""
                symbol: "play"
                size: Theme.size(14)
                color: Theme.dim
            }
            ThumbnailItem {
                id: picture
                objectName: "thumbnail"
                anchors.fill: parent
                thumbnails: entry.app.thumbnails
                path: entry.path
                hash: entry.hash
                radius: parent.radius
            }
            Rectangle { // selected
                anchors.fill: parent
                visible: entry.selected
                radius: parent.radius
                color: Theme.accent
                Icon {
                    anchors.centerIn: parent
                    symbol: "check"
                    color: Theme.accentText
                }
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: Theme.size(1)
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
                    font.weight: entry.news ? Font.Bold : Font.Medium
                }
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
            Item {
                id: facts
                // The file's name gets what the rest leaves of the line; a few letters of it would say nothing.
                readonly property string work: entry.running ? qsTr("● Answering …") : entry.news ? qsTr("● New answer") : entry.counted
                readonly property string parted: work === "" || entry.running || entry.news ? work : "· " + work
                readonly property real rest: width - (work !== "" ? Math.ceil(measure.advanceWidth) + 1 + Theme.size(4) : 0)
                readonly property bool named: entry.detail !== "" && rest >= Math.min(Theme.size(48), file.implicitWidth)
                Layout.fillWidth: true
                visible: entry.detail !== "" || work !== ""
                implicitHeight: Math.max(file.implicitHeight, after.implicitHeight)
                TextMetrics {
                    id: measure
                    font: after.font
                    text: facts.parted
                }
                ElidedText {
                    id: file
                    objectName: "sessionFile"
                    visible: facts.named
                    width: Math.min(Math.ceil(implicitWidth), facts.rest)
                    elide: Text.ElideMiddle
                    text: entry.detail
                    color: Theme.dim
                    font.pixelSize: Theme.fontSmall
                }
                ElidedText {
                    id: after
                    objectName: entry.running || entry.news ? "sessionWork" : "sessionAnswers"
                    visible: text !== ""
                    x: facts.named ? file.width + Theme.size(4) : 0
                    width: facts.width - x
                    text: facts.named ? facts.parted : facts.work
                    color: entry.running || entry.news ? Theme.accent : Theme.dim
                    font.pixelSize: Theme.fontSmall
                }
            }
            Text {
                objectName: "sessionTime"
                textFormat: Text.PlainText
                visible: entry.answers < 0
                text: entry.time
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            TagRow {
                Layout.fillWidth: true
                visible: entry.tags.length > 0
                tags: entry.tags
            }
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: entry.selected ? Theme.question : entry.hovered || entry.current || entry.open ? Theme.raised : "transparent"
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
}
