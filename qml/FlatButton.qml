// A button of text or a symbol; its tool tip says what it does and with which key.
import QtQuick
import QtQuick.Controls.Basic

Button {
    id: button
    property string hint: ""
    property bool strong: false
    padding: 6
    leftPadding: 10
    rightPadding: 10
    font.pixelSize: Theme.font
    Accessible.name: hint !== "" ? hint : text
    ToolTip.visible: hovered && hint !== ""
    ToolTip.delay: 600
    ToolTip.text: hint
    contentItem: Text {
        text: button.text
        font: button.font
        color: !button.enabled ? Theme.dim : button.strong ? Theme.onAccent : Theme.text
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
        elide: Text.ElideRight
    }
    background: Rectangle {
        radius: Theme.radius
        color: button.strong && button.enabled ? Theme.accent : button.checked || button.down ? Theme.line : button.hovered ? Theme.raised : "transparent"
        border.width: button.visualFocus ? 2 : button.strong || button.flat ? 0 : 1
        border.color: button.visualFocus ? Theme.accent : Theme.line
    }
}
