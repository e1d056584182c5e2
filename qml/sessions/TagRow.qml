// The tags of a session as small chips.
import QtQuick
import Sparsight

Flow {
    id: row
    required property var tags
    spacing: Theme.size(4)
    Repeater {
        model: row.tags
        Rectangle {
            id: chip
            required property string modelData
            width: Math.min(label.implicitWidth + Theme.size(12), row.width)
            height: label.implicitHeight + Theme.size(2)
            radius: height / 2
            color: Theme.raised
            border.width: 1
            border.color: Theme.line
            ElidedText {
                id: label
                objectName: "sessionTag"
                anchors.centerIn: parent
                width: Math.min(implicitWidth, chip.width - Theme.size(12))
                text: chip.modelData
                color: Theme.dim
                font.pixelSize: Theme.size(11)
            }
        }
    }
}
