// The questions and answers. The view follows the end while it is there, also while an answer grows or what is above
// changes its height; who reads further up stays there, and finds a way back to the end.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

ListView {
    id: list
    required property SparsightApp app
    property bool follows: true
    property int marked: -1 // the row that a search found
    property int wanted: -1 // the row that is looked at, until the person moves
    // A question that is put otherwise: here, so that scrolling away does not lose it.
    property int edited: -1
    property string editedText: ""
    signal detailsWanted(int row)
    signal takenBack(var id)
    signal askWanted(var id)
    readonly property real lastY: originY + Math.max(0, contentHeight - height)
    readonly property bool atLast: contentY >= lastY - Theme.size(4)

    function toEnd() {
        wanted = -1;
        follows = true;
        stay();
    }
    function show(row) {
        follows = false;
        marked = row;
        wanted = row;
        settled.restart();
    }
    // Whenever heights change, which are guessed until a row was laid out: at the end, or at what is looked at.
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
    // Only what a person does decides; that rows grow is no wish to leave the end.
    function note() {
        wanted = -1;
        follows = atLast;
    }

    clip: true
    spacing: Theme.gap
    model: app.chat
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
        }
        settled.restart();
    }
    Timer {
        id: settled // when all heights are what they will be
        interval: 0
        onTriggered: {
            list.forceLayout();
            list.stay();
            // Heights that were guessed too high leave the view at the end without a movement of its own.
            if (!list.moving && list.wanted < 0 && list.atLast)
                list.follows = true;
        }
    }
    Connections {
        target: list.app.chat
        function onMessageWanted(row) {
            list.show(row);
        }
    }

    activeFocusOnTab: count > 0
    keyNavigationEnabled: false
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Questions and answers")
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
    }
    footer: Column {
        width: list.width
        topPadding: waiting.count > 0 ? list.spacing : 0
        spacing: list.spacing
        Repeater {
            id: waiting
            model: list.app.chat.waiting
            WaitingItem {
                width: list.width
                onTakenBack: list.takenBack(modelData.id)
                onAskWanted: list.askWanted(modelData.id)
            }
        }
    }

    Rectangle {
        parent: list
        anchors.fill: parent
        visible: list.activeFocus
        color: "transparent"
        radius: Theme.radius
        border.width: 2
        border.color: Theme.accent
    }
    FlatButton {
        objectName: "toLatest"
        parent: list
        anchors {
            bottom: parent.bottom
            horizontalCenter: parent.horizontalCenter
            bottomMargin: Theme.gap
        }
        visible: !list.follows && list.contentHeight > list.height
        strong: true
        text: "↓ " + qsTr("Latest")
        hint: qsTr("Jump to the latest message (End)")
        font.pixelSize: Theme.fontSmall
        onClicked: list.toEnd()
    }
}
