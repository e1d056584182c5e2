// A button with text, an icon or both; its tool tip says what it does and with which key. Screen readers read its text,
// then the tool tip; for an icon, the tool tip alone.
import QtQuick
import QtQuick.Controls.Basic

Button {
    id: button
    property string hint: ""
    property string symbol: "" // an icon's name
    property bool strong: false
    readonly property color ink: strong && enabled ? Theme.accentText : enabled || strong ? Theme.text : Theme.dim
    padding: Theme.size(6)
    leftPadding: text !== "" ? Theme.size(10) : padding
    rightPadding: leftPadding
    font.pixelSize: Theme.font
    readonly property string caption: text.toUpperCase() !== text.toLowerCase() ? text.replace("▾", "").trim() : ""
    Accessible.name: caption !== "" ? caption : hint
    Accessible.description: caption !== "" ? hint : ""
    Accessible.checkable: checkable
    Accessible.checked: checked
    ToolTip.visible: hovered && hint !== ""
    ToolTip.delay: 600
    ToolTip.text: hint
    contentItem: Item {
        implicitWidth: (button.symbol !== "" ? picture.width : 0) + (button.text !== "" ? label.implicitWidth : 0) + (button.symbol !== "" && button.text !== "" ? row.spacing : 0)
        implicitHeight: Math.max(picture.height, label.implicitHeight)
        Row {
            id: row
            anchors.centerIn: parent
            spacing: Theme.size(6)
            Icon {
                id: picture
                anchors.verticalCenter: parent.verticalCenter
                visible: button.symbol !== ""
                symbol: button.symbol
                color: button.ink
            }
            Text {
                id: label
                textFormat: Text.PlainText
                anchors.verticalCenter: parent.verticalCenter
                visible: button.text !== ""
                width: Math.min(implicitWidth, button.availableWidth - (button.symbol !== "" ? picture.width + row.spacing : 0))
                text: button.text
                font: button.font
                color: button.ink
                elide: Text.ElideRight
            }
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: button.strong ? (button.enabled ? Theme.accent : Theme.question) : button.checked || button.down ? Theme.line : button.hovered ? Theme.raised : "transparent"
        border.width: button.flat || button.strong ? 0 : 1
        border.color: button.enabled ? Theme.edge : Theme.line
    }
    FocusRing {}
}
