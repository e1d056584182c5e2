// The video alone, over the whole window. The bar at its lower edge shows while the pointer moves or is on it, or the
// focus is in it.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Sparsight

FocusScope {
    id: screen
    required property SparsightApp app
    required property bool overlayShown
    readonly property MediaPlayer player: app.player
    readonly property bool barShown: moved.running || barHover.hovered || reached || tracks.opened || speed.popup.visible
    readonly property bool reached: (Window.activeFocusItem as T.Control)?.visualFocus ?? false // with Tab
    signal leaveWanted
    signal overlayToggled(bool shown)
    function show() {
        moved.restart();
    }
    focus: true
    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Full screen")
    Component.onCompleted: show()
    onWidthChanged: show()

    Timer {
        id: moved
        interval: 3000
    }
    Rectangle {
        anchors.fill: parent
        color: "#000000"
    }
    HoverHandler {
        cursorShape: screen.barShown ? Qt.ArrowCursor : Qt.BlankCursor
        property real lastX: -1
        property real lastY: -1
        onPointChanged: if (point.position.x !== lastX || point.position.y !== lastY) {
            lastX = point.position.x;
            lastY = point.position.y;
            screen.show();
        }
    }
    VideoTouch {
        anchors.fill: parent
        player: screen.player
        clicks: !tokens.visible
        onFullScreenWanted: screen.leaveWanted()
    }
    VideoItem {
        id: video
        objectName: "fullScreenVideo"
        anchors.fill: parent
        player: screen.player
    }
    VideoTokens {
        id: tokens
        objectName: "fullScreenOverlay"
        app: screen.app
        place: video.content
        shown: screen.overlayShown
        onDoubleClicked: screen.leaveWanted()
    }
    SubtitlePictures {
        objectName: "fullScreenSubtitlePictures"
        player: screen.player
        content: video.content
    }
    SubtitleText {
        objectName: "fullScreenSubtitles"
        player: screen.player
        content: video.content
        lift: bar.visible && screen.barShown ? bar.height : 0
    }
    Text {
        textFormat: Text.PlainText
        anchors.centerIn: parent
        width: parent.width - 4 * Theme.margin
        visible: screen.player.error !== ""
        text: screen.player.error
        wrapMode: Text.Wrap
        horizontalAlignment: Text.AlignHCenter
        color: "#ffffff"
        font.pixelSize: Theme.font
    }
    Rectangle {
        id: bar
        objectName: "fullScreenBar"
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        height: row.implicitHeight + 2 * Theme.gap
        color: Theme.panel
        opacity: screen.barShown ? 1 : 0
        HoverHandler {
            id: barHover
        }
        MouseArea { // what is behind the bar is not clicked
            anchors.fill: parent
            onWheel: event => event.accepted = true
        }
        RowLayout {
            id: row
            anchors.fill: parent
            anchors.margins: Theme.gap
            spacing: Theme.gap
            FlatButton {
                visible: !screen.player.still
                symbol: screen.player.playing ? "pause" : "play"
                hint: screen.player.playing ? qsTr("Pause (Space)") : qsTr("Play (Space)")
                enabled: screen.player.ready
                onClicked: screen.player.toggle()
            }
            TimeLine {
                Layout.fillWidth: true
                visible: !screen.player.still
                player: screen.player
                chat: screen.app.chat
                marks: screen.app.trace.frameTimes
                spans: screen.app.trace.spans
            }
            TimeText {
                id: clock
                Layout.preferredWidth: room
                visible: !screen.player.still
                player: screen.player
            }
            SpeedChoice {
                id: speed
                visible: !screen.player.still
                player: screen.player
            }
            TracksButton {
                id: tracks
                player: screen.player
            }
            VolumeControl {
                player: screen.player
            }
            Item {
                Layout.fillWidth: screen.player.still
            }
            FlatButton {
                visible: screen.app.trace.hasTrace
                text: qsTr("Tokens")
                hint: screen.player.still ? qsTr("Show the tokens over the picture") : qsTr("Show the tokens over the video")
                checkable: true
                checked: screen.overlayShown
                onToggled: screen.overlayToggled(checked)
            }
            FlatButton {
                objectName: "leaveFullScreen"
                symbol: "full-screen-leave"
                hint: qsTr("Leave full screen (Esc)")
                onClicked: screen.leaveWanted()
            }
        }
    }
}
