// A slider in the colours of the theme; it keeps the arrow keys for itself.
import QtQuick
import QtQuick.Controls.Basic

Slider {
    id: slider
    implicitHeight: Theme.size(24)
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
    background: Rectangle {
        x: slider.leftPadding
        y: slider.topPadding + (slider.availableHeight - height) / 2
        width: slider.availableWidth
        height: 4
        radius: 2
        color: Theme.line
        Rectangle {
            width: slider.visualPosition * parent.width
            height: parent.height
            radius: 2
            color: slider.enabled ? Theme.accent : Theme.dim
        }
    }
    handle: Rectangle {
        x: slider.leftPadding + slider.visualPosition * (slider.availableWidth - width)
        y: slider.topPadding + (slider.availableHeight - height) / 2
        width: Theme.size(14)
        height: width
        radius: width / 2
        color: slider.enabled ? Theme.accent : Theme.dim
    }
    FocusRing {}
}
