// One choice among several: it looks like other buttons, and is a radio button to screen readers.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Templates as T

T.RadioButton {
    id: button
    property string hint: ""
    implicitWidth: label.implicitWidth + leftPadding + rightPadding
    implicitHeight: Math.max(label.implicitHeight, Theme.size(18)) + topPadding + bottomPadding
    padding: Theme.size(6)
    leftPadding: Theme.size(10)
    rightPadding: leftPadding
    font.pixelSize: Theme.fontSmall
    Accessible.name: text
    Accessible.description: hint
    Accessible.checkable: true
    Accessible.checked: checked
    ToolTip.visible: hovered && hint !== ""
    ToolTip.delay: 600
    ToolTip.text: hint
    contentItem: Text {
        id: label
        textFormat: Text.PlainText
        text: button.text
        font: button.font
        color: button.enabled ? Theme.text : Theme.dim
        verticalAlignment: Text.AlignVCenter
        horizontalAlignment: Text.AlignHCenter
        elide: Text.ElideRight
    }
    background: Rectangle {
        radius: Theme.radius
        color: button.checked || button.down ? Theme.line : button.hovered ? Theme.raised : "transparent"
        border.width: 1
        border.color: Theme.edge
    }
    FocusRing {}
}
