// A whole number that can be typed or stepped.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

SpinBox {
    id: count
    property string label: ""
    Layout.fillWidth: true
    editable: true
    font.pixelSize: Theme.font
    implicitHeight: Theme.size(32)
    Accessible.name: label
    // Set here: an open page does not get changes of the window's palette.
    palette.base: Theme.window
    palette.text: enabled ? Theme.text : Theme.dim
    palette.button: Theme.raised
    palette.buttonText: Theme.text
    palette.mid: Theme.dim
    FocusRing {
        shown: count.activeFocus
    }
}
