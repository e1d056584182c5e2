// Between two parts of the window: a line that can be dragged, easier to hit than it is wide.
import QtQuick
import QtQuick.Templates as T

Rectangle {
    id: handle
    property int along: Qt.Vertical // the direction of the line
    readonly property bool used: T.SplitHandle.hovered || T.SplitHandle.pressed
    implicitWidth: along === Qt.Vertical ? 1 : Theme.gap
    implicitHeight: Theme.gap
    color: "transparent"
    Rectangle {
        anchors.centerIn: parent
        width: handle.along === Qt.Vertical ? (handle.used ? 3 : 1) : Theme.size(36)
        height: handle.along === Qt.Vertical ? handle.height : (handle.used ? 4 : 3)
        radius: 2
        color: handle.used ? Theme.accent : Theme.line
    }
    containmentMask: Item {
        x: handle.along === Qt.Vertical ? -4 : 0
        y: handle.along === Qt.Vertical ? 0 : -4
        width: handle.width + (handle.along === Qt.Vertical ? 8 : 0)
        height: handle.height + (handle.along === Qt.Vertical ? 0 : 8)
    }
}
