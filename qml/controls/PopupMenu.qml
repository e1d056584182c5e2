// A menu in the colours of the theme.
import QtQuick
import QtQuick.Controls.Basic

Menu {
    id: menu
    property real wanted: Theme.size(240)
    // As wide as its entries, within limits: one may be the name of a file.
    readonly property real widest: {
        let most = wanted;
        for (let i = 0; i < count; ++i)
            most = Math.max(most, (itemAt(i)?.implicitWidth ?? 0) + leftPadding + rightPadding);
        return Math.ceil(Math.min(most, Theme.size(480)));
    }
    width: Math.max(wanted, widest)
    padding: 4
    // Its keys are its own: Esc closes it, and letters reach no shortcut.
    modal: true
    dim: false
    delegate: ActionItem {}
    background: Rectangle {
        implicitWidth: menu.width
        radius: Theme.radius
        color: Theme.panel
        border.color: Theme.line
    }
}
