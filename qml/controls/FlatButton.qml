// A button with text, an icon or both; its tool tip says what it does and with which key. Screen readers read its text,
// then the tool tip; for an icon, the tool tip alone.
import QtQuick
import QtQuick.Controls.Basic

Button {
    id: button
    property string hint: ""
    property string symbol: "" // an icon's name
    property bool strong: false
    readonly property color ink: glass ? (enabled ? Theme.glassText : Theme.glassDim) : strong && enabled ? Theme.accentText : enabled || strong ? Theme.text : Theme.dim
    // A click leaves the focus where it is, such as in the question that is being typed.
    focusPolicy: Qt.TabFocus
    padding: Theme.size(strong ? 7 : 6)
    leftPadding: text !== "" ? Theme.size(strong ? 16 : 10) : padding
    rightPadding: leftPadding
    font.pixelSize: Theme.font
    font.weight: strong ? Font.DemiBold : Font.Normal
    property bool glass: false // over a picture
    readonly property string caption: text.toUpperCase() !== text.toLowerCase() ? text.replace("▾", "").trim() : ""
    Accessible.name: caption !== "" ? caption : hint
    Accessible.description: caption !== "" ? hint : ""
    Accessible.checkable: checkable
    Accessible.checked: checked
    ToolTip.visible: hovered && hint !== ""
    ToolTip.delay: 600
    ToolTip.text: hint
    contentItem: Item {
        implicitWidth: (button.symbol !== "" ? picture.width : 0) + (button.text !== "" ? Math.ceil(label.implicitWidth) : 0) + (button.symbol !== "" && button.text !== "" ? row.spacing : 0)
        implicitHeight: Math.max(picture.height, label.implicitHeight)
        Row {
            id: row
            anchors.centerIn: parent
            spacing: Theme.size(6)
            Loader {
                id: picture
                anchors.verticalCenter: parent.verticalCenter
                active: button.symbol !== ""
                visible: active
                sourceComponent: Icon {
                    symbol: button.symbol
                    color: button.ink
                }
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
        color: button.glass ? (button.checked || button.down || button.hovered ? Theme.glassHover : "transparent") : button.strong ? (!button.enabled ? Theme.question : button.down ? Qt.darker(Theme.accent, 1.15) : button.hovered ? Qt.lighter(Theme.accent, 1.12) : Theme.accent) : button.checked || button.down ? Theme.line : button.hovered ? Theme.raised : "transparent"
        border.width: button.flat || button.strong || button.glass ? 0 : 1
        border.color: Theme.line
    }
    FocusRing {
        border.color: button.glass ? "#ffffff" : Theme.accent
    }
}
