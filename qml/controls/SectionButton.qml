// An entry of a list of sections; a radio button to screen readers.
import QtQuick
import Sparsight

ModeButton {
    id: button
    property bool altered: false // something in it is not at its default
    font.pixelSize: Theme.font
    implicitHeight: Theme.size(32)
    contentItem: Text {
        textFormat: Text.PlainText
        text: button.text
        font: button.font
        color: button.checked ? Theme.text : Theme.dim
        verticalAlignment: Text.AlignVCenter
        elide: Text.ElideRight
    }
    background: Rectangle {
        radius: Theme.radius
        color: button.checked ? Theme.raised : button.hovered ? Theme.window : "transparent"
        Rectangle {
            visible: button.checked
            x: 0
            y: Theme.size(7)
            width: 3
            height: parent.height - 2 * y
            radius: 1
            color: Theme.accent
        }
        Rectangle {
            visible: button.altered
            anchors.right: parent.right
            anchors.rightMargin: Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.size(6)
            height: width
            radius: width / 2
            color: Theme.accent
        }
    }
}
