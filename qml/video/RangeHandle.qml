// One end of the part to ask about: drag it, or move it with the arrows; Home and a double click reset it.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Item {
    id: handle
    required property real at // seconds
    required property real from // the limits of `at`
    required property real to
    required property real scale_ // pixels a second
    property string name: ""
    signal moved(real seconds)
    signal reset
    function move(seconds) {
        moved(Math.max(from, Math.min(to, seconds)));
    }
    width: Theme.size(12)
    height: Theme.size(24)
    activeFocusOnTab: true
    Accessible.role: Accessible.Slider
    Accessible.name: qsTr("%1: %2").arg(name).arg(Words.time(at, 1))
    Keys.onLeftPressed: event => move(at - (event.modifiers & Qt.ShiftModifier ? 0.1 : 0.5))
    Keys.onRightPressed: event => move(at + (event.modifiers & Qt.ShiftModifier ? 0.1 : 0.5))
    Keys.onPressed: event => {
        if (event.key !== Qt.Key_Home)
            return;
        event.accepted = true;
        reset();
    }
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right || event.key === Qt.Key_Home
    Rectangle {
        anchors.horizontalCenter: parent.horizontalCenter
        width: 6
        height: parent.height
        radius: 2
        color: Theme.accent
        border.width: 1
        border.color: Theme.window
    }
    FocusRing {
        shown: handle.activeFocus
    }
    MouseArea {
        anchors.fill: parent
        anchors.margins: -3
        hoverEnabled: true
        preventStealing: true
        cursorShape: Qt.SizeHorCursor
        ToolTip.visible: containsMouse || pressed
        ToolTip.text: handle.Accessible.name
        onPressed: handle.forceActiveFocus()
        onPositionChanged: event => {
            if (pressed)
                handle.move(handle.at + (event.x - width / 2) / handle.scale_);
        }
        onDoubleClicked: handle.reset()
    }
}
