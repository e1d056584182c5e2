// A ring around the control with the focus; it stands out from window, panel and the control itself.
import QtQuick
import QtQuick.Templates as T

Rectangle {
    property bool shown: (parent as T.Control)?.visualFocus ?? false
    property int gap: 1 // to the control; negative: inside it, for controls whose surroundings are clipped
    visible: shown
    anchors.fill: parent
    anchors.margins: -gap - border.width
    z: 1
    radius: Theme.radius + gap + border.width
    color: "transparent"
    border.width: 2
    border.color: Theme.accent
}
