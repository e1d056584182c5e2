// Where the video stands, with a mark at each sampled frame.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Slider {
    id: line
    required property MediaPlayer player
    required property var marks
    from: 0
    to: Math.max(player.duration, 0.001)
    enabled: player.ready && player.duration > 0
    implicitHeight: 26
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
        Repeater {
            model: line.marks
            Rectangle {
                required property double modelData
                x: modelData / line.to * line.availableWidth - width / 2
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
        width: 14
        height: 14
        radius: 7
        color: line.enabled ? Theme.accent : Theme.dim
        border.width: line.visualFocus ? 2 : 0
        border.color: Theme.text
    }
}
