// A menu entry in the colours of the theme.
import QtQuick
import QtQuick.Controls.Basic

MenuItem {
    id: item
    font.pixelSize: Theme.font
    Accessible.name: text
    contentItem: Text {
        textFormat: Text.PlainText
        text: item.text
        font: item.font
        color: item.enabled ? Theme.text : Theme.dim
        elide: Text.ElideMiddle
        verticalAlignment: Text.AlignVCenter
    }
    background: Rectangle {
        implicitHeight: Theme.size(30)
        radius: Theme.radius
        color: item.highlighted ? Theme.raised : "transparent"
        border.width: item.highlighted ? 2 : 0
        border.color: Theme.accent
    }
}
