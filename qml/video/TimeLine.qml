// The position in the video, with a mark at each sampled frame and two handles around the part to ask about.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Slider {
    id: line
    required property MediaPlayer player
    required property Conversation chat
    required property var marks
    required property var spans // of marks that share their tokens
    property bool rangeShown: false // shows the handles even if the part is the whole video
    readonly property bool part: chat.rangeStart > 0 || chat.rangeEnd > 0
    readonly property real rangeEnd: chat.rangeEnd > 0 ? chat.rangeEnd : to
    readonly property real inset: handle.width / 2 // from the ends of the line to the first and last time
    readonly property real pixels: (availableWidth - 2 * inset) / to // per second
    readonly property real least: Math.min(0.5, to / 4) // shortest part, in seconds
    from: 0
    to: Math.max(player.duration, 0.001)
    enabled: player.ready && player.duration > 0
    implicitHeight: Theme.size(28)
    leftPadding: 12
    rightPadding: 12
    Accessible.name: qsTr("Position")
    onMoved: player.seek(value)
    Binding on value {
        when: !line.pressed
        value: line.player.position
    }
    background: Rectangle {
        x: line.leftPadding
        y: line.topPadding + line.availableHeight / 2 - height / 2
        width: line.availableWidth
        height: 4
        radius: 2
        color: Theme.line
        Rectangle {
            width: line.visualPosition * parent.width
            height: parent.height
            radius: 2
            color: Theme.accent
        }
        Rectangle {
            visible: line.part
            x: line.inset + line.chat.rangeStart * line.pixels
            y: -8
            width: (line.rangeEnd - line.chat.rangeStart) * line.pixels
            height: 20
            color: Theme.accent
            opacity: 0.22
        }
        Repeater {
            model: line.spans
            Rectangle {
                required property var modelData
                x: line.inset + modelData.from * line.pixels - 1
                y: 8
                width: (modelData.to - modelData.from) * line.pixels + 2
                height: 2
                color: Theme.recycled
            }
        }
        Repeater {
            model: line.marks
            Rectangle {
                required property double modelData
                x: line.inset + modelData * line.pixels - width / 2
                y: -6
                width: 2
                height: 16
                color: Theme.recycled
            }
        }
    }
    handle: Rectangle {
        x: line.leftPadding + line.visualPosition * (line.availableWidth - width)
        y: line.topPadding + line.availableHeight / 2 - height / 2
        width: Theme.size(14)
        height: width
        radius: width / 2
        color: line.enabled ? Theme.accent : Theme.dim
    }
    FocusRing {}
    HoverHandler {
        id: hover
    }
    SeekWheel {
        player: line.player
    }
    TimePreview {
        player: line.player
        visible: line.enabled && (hover.hovered || line.pressed)
        middle: line.pressed ? line.leftPadding + line.inset + line.value * line.pixels : hover.point.position.x
        time: line.pressed ? line.value : Math.max(0, Math.min(line.to, (hover.point.position.x - line.leftPadding - line.inset) / line.pixels))
    }

    RangeHandle {
        objectName: "rangeStart"
        visible: line.enabled && (line.part || line.rangeShown)
        x: line.leftPadding + line.inset + at * line.pixels - width
        y: line.topPadding + (line.availableHeight - height) / 2
        name: qsTr("Ask from")
        at: line.chat.rangeStart
        from: 0
        to: line.rangeEnd - line.least
        scale_: line.pixels
        onMoved: seconds => line.chat.setRange(seconds, line.chat.rangeEnd)
        onReset: line.chat.setRange(0, 0)
    }
    RangeHandle {
        objectName: "rangeEnd"
        visible: line.enabled && (line.part || line.rangeShown)
        x: line.leftPadding + line.inset + at * line.pixels
        y: line.topPadding + (line.availableHeight - height) / 2
        name: qsTr("Ask up to")
        at: line.rangeEnd
        from: line.chat.rangeStart + line.least
        to: line.to
        scale_: line.pixels
        onMoved: seconds => line.chat.setRange(line.chat.rangeStart, seconds >= line.to ? 0 : seconds)
        onReset: line.chat.setRange(0, 0)
    }
}
