// The tokens of a frame: point at one, pin it with a click, walk through them with the keyboard.
import QtQuick
import Sparsight

HeatmapItem {
    id: overlay
    readonly property alias pointedAt: mouse.containsMouse
    signal frameWanted(int frame) // the pinned token moved there
    signal clicked
    signal doubleClicked
    activeFocusOnTab: true
    // Tokens leave visibly where they are large enough for it.
    animated: Theme.moves > 0 && width > Theme.size(160)
    onLeaving: leave.restart()
    NumberAnimation {
        id: leave
        target: overlay
        property: "progress"
        from: 0
        to: 1
        duration: Theme.moves
    }
    Accessible.role: Accessible.Graphic
    Accessible.name: qsTr("Tokens of frame %1").arg(frame + 1)
    Accessible.description: qsTr("Arrow keys move between tokens, Page Up and Page Down between frames")

    function move(columns, rows, frames) {
        const there = view.moveSelection(frame, columns, rows, frames);
        if (there !== frame)
            frameWanted(there);
    }
    function moves(key) {
        return key >= Qt.Key_Left && key <= Qt.Key_PageDown; // the arrows, Page Up and Page Down
    }
    Keys.onShortcutOverride: event => event.accepted = event.modifiers === Qt.NoModifier && moves(event.key)
    Keys.onLeftPressed: move(-1, 0, 0)
    Keys.onRightPressed: move(1, 0, 0)
    Keys.onUpPressed: move(0, -1, 0)
    Keys.onDownPressed: move(0, 1, 0)
    Keys.onPressed: event => {
        event.accepted = event.key === Qt.Key_PageUp || event.key === Qt.Key_PageDown;
        if (event.accepted)
            move(0, 0, event.key === Qt.Key_PageUp ? -1 : 1);
    }
    FocusRing { // black inside white stands out from any picture
        shown: overlay.activeFocus
        gap: -2
        radius: 0
        border.color: "#ffffff"
        FocusRing {
            shown: true
            gap: -4
            radius: 0
            border.color: "#000000"
        }
    }
    MouseArea {
        id: mouse
        anchors.fill: parent
        hoverEnabled: true
        onPositionChanged: event => overlay.view.hover(overlay.frame, (event.x + 0.5) / width, (event.y + 0.5) / height) // the middle of the pixel
        onExited: overlay.view.leave()
        onClicked: event => {
            overlay.forceActiveFocus();
            overlay.view.select(overlay.frame, (event.x + 0.5) / width, (event.y + 0.5) / height);
            overlay.clicked();
        }
        onDoubleClicked: overlay.doubleClicked()
    }
}
