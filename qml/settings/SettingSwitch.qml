// On or off, in the colours of the theme.
import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Sparsight

T.Switch {
    id: control
    property string label: ""
    Layout.alignment: Qt.AlignRight
    implicitWidth: Theme.size(44)
    implicitHeight: Theme.size(24)
    Accessible.name: label
    Accessible.checkable: true
    Accessible.checked: checked
    indicator: Rectangle {
        anchors.fill: parent
        radius: height / 2
        color: control.checked ? Theme.accent : Theme.window
        border.width: control.checked ? 0 : 1
        border.color: Theme.edge
        Rectangle {
            x: control.checked ? parent.width - width - Theme.size(4) : Theme.size(4)
            y: (parent.height - height) / 2
            width: parent.height - 2 * Theme.size(4)
            height: width
            radius: width / 2
            color: control.checked ? Theme.accentText : Theme.edge
        }
    }
    FocusRing {
        radius: height / 2
    }
}
