// The questions and answers. If the view is at the end it stays there, also while an answer grows or rows above change
// their height. A view further up stays where it is, and a button goes back to the end.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

ListView {
    id: list
    required property SparsightApp app
    property bool follows: true
    property int marked: -1 // the row that a search found
    property int wanted: -1 // the row to show, until the user scrolls
    // The question being edited: kept here, so that scrolling away does not lose it.
    property int edited: -1
    property string editedText: ""
    property int tapped: -1 // the row that a finger chose last
    property var explained: [] // the rows that show how they were made
    property var unfolded: [] // the long questions that are shown whole
    // The running answer's card is in view, or what a waiting question waits for.
    readonly property bool progressSaid: {
        const end = contentY + height + 1;
        if (!app.chat.answering)
            return app.chat.waiting.length > 0 && contentHeight > 0 && atLast;
        const item = count > 0 && contentHeight > 0 ? itemAtIndex(count - 1) : null;
        return item !== null && item.running && item.y + item.cardTop >= contentY - 1 && item.y + item.cardBottom <= end;
    }
    signal wordClicked(int row, int offset)
    signal takenBack(var id)
    signal askWanted(var id)
    readonly property real lastY: originY + Math.max(0, contentHeight - height)
    readonly property bool atLast: contentY >= lastY - Theme.size(4)

    function toEnd() {
        wanted = -1;
        follows = true;
        stay();
    }
    // Shows or hides how an answer was made; what is under the pointer stays there.
    function explain(row) {
        follows = false;
        wanted = -1;
        explained = explained.includes(row) ? explained.filter(other => other !== row) : [...explained, row];
    }
    // Shows a long question whole, or folds it again.
    function unfold(row) {
        follows = false;
        wanted = -1;
        unfolded = unfolded.includes(row) ? unfolded.filter(other => other !== row) : [...unfolded, row];
    }
    function show(row) {
        follows = false;
        marked = row;
        wanted = row;
        settled.restart();
    }
    // Keeps the end, or the wanted row, in view when heights change; they are estimates until a row is laid out.
    function stay() {
        if (follows) {
            positionViewAtEnd();
        } else if (wanted >= 0 && wanted < count) {
            positionViewAtIndex(wanted, ListView.Center);
            const item = itemAtIndex(wanted);
            if (item !== null && item.height > height)
                positionViewAtIndex(wanted, ListView.Beginning);
        }
    }
    function scrollTo(y) {
        contentY = Math.max(originY, Math.min(y, lastY));
        note();
    }
    // Only the user decides to leave the end; growing rows do not.
    function note() {
        wanted = -1;
        follows = atLast;
    }

    clip: true
    spacing: Theme.gap
    model: app.chat
    currentIndex: -1 // no message takes the focus, and the view along with it
    boundsBehavior: Flickable.StopAtBounds
    onContentYChanged: if (moving || bar.pressed)
        note()
    onMovementEnded: note()
    onContentHeightChanged: settled.restart()
    onHeightChanged: settled.restart()
    onCountChanged: {
        if (count === 0) {
            follows = true;
            marked = -1;
            wanted = -1;
            edited = -1;
            tapped = -1;
            explained = [];
            unfolded = [];
        }
        settled.restart();
    }
    Timer {
        id: settled // runs once all heights are final
        interval: 0
        onTriggered: {
            list.forceLayout();
            list.stay();
            // If heights were estimated too high, the view is at the end without having moved.
            if (!list.moving && list.wanted < 0 && list.atLast)
                list.follows = true;
        }
    }
    Binding {
        target: list.app.chat
        property: "atOnce"
        value: list.height > 0 ? Math.ceil(list.height / (3 * Theme.font)) : 1000 // no message is lower
    }
    Connections {
        target: list.app.chat
        function onLastInserted() {
            if (!list.follows)
                return;
            list.forceLayout();
            list.positionViewAtEnd();
        }
        function onMessageWanted(row) {
            list.show(row);
        }
    }

    activeFocusOnTab: count > 0
    keyNavigationEnabled: false
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Questions and answers")
    Keys.onShortcutOverride: event => event.accepted = event.modifiers === Qt.NoModifier && [Qt.Key_PageUp, Qt.Key_PageDown, Qt.Key_Up, Qt.Key_Down, Qt.Key_Home, Qt.Key_End].includes(event.key)
    Keys.onPressed: event => {
        event.accepted = true;
        if (event.key === Qt.Key_PageUp || event.key === Qt.Key_PageDown)
            scrollTo(contentY + (event.key === Qt.Key_PageUp ? -0.9 : 0.9) * height);
        else if (event.key === Qt.Key_Up || event.key === Qt.Key_Down)
            scrollTo(contentY + (event.key === Qt.Key_Up ? -1 : 1) * Theme.size(40));
        else if (event.key === Qt.Key_Home)
            scrollTo(originY);
        else if (event.key === Qt.Key_End)
            toEnd();
        else if (event.matches(StandardKey.Undo))
            app.chat.undo();
        else
            event.accepted = false;
    }
    ScrollBar.vertical: ScrollBar {
        id: bar
    }
    delegate: MessageItem {
        width: list.width
        app: list.app
        view: list
        onWordClicked: (row, offset) => list.wordClicked(row, offset)
    }
    footer: Column {
        width: list.width
        topPadding: waiting.count > 0 ? list.spacing : 0
        spacing: list.spacing
        Repeater {
            id: waiting
            model: list.app.chat.waiting
            WaitingItem {
                required property int index
                width: list.width
                stage: index === 0 && !list.app.chat.answering ? list.app.chat.stage : ""
                onTakenBack: list.takenBack(modelData.id)
                onAskWanted: list.askWanted(modelData.id)
            }
        }
    }

    FlatButton {
        objectName: "toLatest"
        parent: list
        anchors {
            bottom: parent.bottom
            horizontalCenter: parent.horizontalCenter
            bottomMargin: Theme.gap
        }
        visible: !list.follows && (!list.atLast || list.wanted >= 0) && list.contentHeight > list.height
        strong: true
        text: "↓ " + qsTr("Latest")
        hint: qsTr("Jump to the latest message (End)")
        font.pixelSize: Theme.fontSmall
        onClicked: list.toEnd()
    }
}
