// A menu in the colours of the theme.
import QtQuick
import QtQuick.Controls.Basic

Menu {
    id: menu
    property real wanted: Theme.size(240)
    width: wanted
    padding: 4
    // Its keys are its own: Esc closes it, and letters reach no shortcut.
    modal: true
    dim: false
    delegate: ActionItem {}
    background: Rectangle {
        implicitWidth: menu.wanted
        radius: Theme.radius
        color: Theme.panel
        border.color: Theme.line
    }
}
