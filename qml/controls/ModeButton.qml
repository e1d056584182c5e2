// One choice among several: it looks like a part of a switch, and is a radio button to screen readers.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Templates as T

T.RadioButton {
    id: button
    property string hint: ""
    property bool glass: false // over a picture
    focusPolicy: Qt.TabFocus // as FlatButton
    implicitWidth: Math.ceil(label.implicitWidth) + leftPadding + rightPadding
    implicitHeight: Math.max(label.implicitHeight, Theme.size(18)) + topPadding + bottomPadding
    padding: glass ? Theme.tight : Theme.size(6)
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
        color: !button.glass ? (button.enabled ? Theme.text : Theme.dim) : !button.enabled ? Theme.glassDim : button.checked ? "#14161b" : Theme.glassText
        opacity: button.glass && !button.enabled ? 0.7 : 1
        verticalAlignment: Text.AlignVCenter
        horizontalAlignment: Text.AlignHCenter
        elide: Text.ElideRight
    }
    background: Rectangle {
        radius: button.glass ? height / 2 : Theme.radius
        color: button.glass ? (button.checked ? "#ffffff" : button.hovered || button.down ? Theme.glassHover : "transparent") : button.checked || button.down ? Theme.line : button.hovered ? Theme.raised : "transparent"
        border.width: button.glass ? 0 : 1
        border.color: Theme.edge
    }
    FocusRing {
        radius: button.glass ? height / 2 : Theme.radius + gap + border.width
        border.color: button.glass ? "#ffffff" : Theme.accent
    }
}
