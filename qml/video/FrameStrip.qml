// The frames that the model sees, with their tokens, over the time of the video; the one that is shown is marked.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

ListView {
    id: strip
    objectName: "strip"
    required property SparsightApp app
    readonly property TraceView trace: app.trace
    property bool tokensShown: true
    property bool low: false // there is little room
    // As high as its frames, which share the width.
    readonly property real frameWidth: (width - 28) / Math.max(1, Math.min(8, count))
    implicitHeight: Math.max(Theme.size(34), Math.min(Theme.size(strip.low ? 48 : 72), frameWidth / strip.trace.frameAspect))
    orientation: ListView.Horizontal
    Accessible.role: Accessible.List
    Accessible.name: strip.trace.still ? qsTr("The picture that the model sees") : qsTr("Frames that the model sees")
    readonly property real cellWidth: Math.min(height * trace.frameAspect, frameWidth)
    // Up to eight frames share the width; more of them scroll.
    spacing: count > 1 && count <= 8 ? Math.max(Theme.tight, Math.floor((width - count * cellWidth) / (count - 1))) : Theme.tight
    clip: true
    model: strip.trace.frameCount
    readonly property int now: strip.trace.hasMedia ? strip.trace.frameAt(strip.app.player.position) : -1
    currentIndex: now < count ? now : -1 // a ListView goes to the first item when its model changes
    Text {
        textFormat: Text.PlainText
        anchors.centerIn: parent
        visible: !strip.trace.hasMedia
        text: strip.app.chat.stage
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
    delegate: Item {
        id: cell
        required property int index
        readonly property bool current: ListView.isCurrentItem
        readonly property var span: strip.trace.spans.find(span => span.first <= index && index <= span.last)
        Accessible.role: Accessible.ListItem
        Accessible.name: ToolTip.text
        width: strip.cellWidth
        height: width / strip.trace.frameAspect
        TokenOverlay {
            id: tokens
            objectName: "strip" + cell.index
            anchors.fill: parent
            activeFocusOnTab: false
            view: strip.trace
            frame: cell.index
            showFrame: true
            showTokens: strip.tokensShown
            onClicked: strip.app.player.seek(strip.trace.frameTimes[cell.index])
            onFrameWanted: frame => strip.app.player.seek(strip.trace.frameTimes[frame])
        }
        // A bar joins frames that share their tokens.
        Rectangle {
            objectName: "span" + cell.index
            readonly property int before: cell.span && cell.index > cell.span.first ? strip.spacing : 0
            visible: cell.span !== undefined
            x: before > 0 ? -before : 2
            width: (cell.span && cell.index < cell.span.last ? parent.width : parent.width - 2) - x
            y: parent.height - height
            height: 4
            color: Theme.recycled
        }
        Rectangle {
            anchors.fill: parent
            color: "transparent"
            border.width: cell.current ? 2 : 0
            border.color: Theme.accent
        }
        ToolTip.visible: tokens.pointedAt
        ToolTip.delay: 600
        ToolTip.text: strip.trace.still ? qsTr("The picture") : span ? qsTr("Frame at %1; the frames from %2 to %3 share their tokens").arg(time(strip.trace.frameTimes[index])).arg(time(span.from)).arg(time(span.to)) : qsTr("Frame at %1").arg(time(strip.trace.frameTimes[index]))
        function time(seconds) {
            return Words.time(seconds, 2);
        }
    }
}
