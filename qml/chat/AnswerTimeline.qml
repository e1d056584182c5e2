// Where the time of the shown answer went, as a thin bar: frames, layers of the prompt, words. The part under the pointer,
// or the one that the arrow keys have chosen, is named in a tool tip.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Item {
    id: line
    required property AnswerTimes times
    readonly property var parts: times.parts
    property int chosen: -1 // with the keys
    readonly property int current: pointer.hovered ? partAt(pointer.point.position.x) : activeFocus ? chosen : -1
    readonly property string said: current < 0 || current >= parts.length ? "" : parts[current].name + ": " + parts[current].time
    implicitHeight: Theme.size(16)
    implicitWidth: Theme.size(200)
    visible: parts.length > 0
    activeFocusOnTab: true
    Accessible.role: Accessible.Graphic
    Accessible.name: activeFocus && said !== "" ? said : qsTr("Where the time went: %1 in all").arg(times.total)
    ToolTip.visible: said !== ""
    ToolTip.text: said
    onPartsChanged: chosen = -1

    function partAt(x) {
        const at = (x - bar.x) / bar.width;
        return parts.findIndex(part => at >= part.from && at < part.from + part.share);
    }
    function go(by) {
        chosen = Math.max(0, Math.min(parts.length - 1, chosen + by));
        Words.announce(line);
    }
    function colour(kind) {
        return ({
                "encode": Theme.dim,
                "layer": Theme.kept,
                "pruning": Theme.recycled,
                "words": Theme.accent
            })[kind] ?? Theme.line;
    }
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
    Keys.onLeftPressed: go(-1)
    Keys.onRightPressed: go(1)
    HoverHandler {
        id: pointer
    }
    Rectangle {
        id: bar
        y: (parent.height - height) / 2
        width: parent.width
        height: Theme.size(8)
        radius: 2
        color: Theme.line
        clip: true
        Repeater {
            model: line.parts
            Rectangle {
                id: part
                required property var modelData
                required property int index
                objectName: "part-" + modelData.kind
                x: Math.round(modelData.from * bar.width)
                width: Math.max(1, Math.round((modelData.from + modelData.share) * bar.width) - x)
                height: bar.height
                color: line.colour(modelData.kind)
                // A line between layers where there is room for one.
                Rectangle {
                    visible: part.modelData.kind === "layer" && part.width > 4
                    anchors.right: parent.right
                    width: 1
                    height: parent.height
                    color: Theme.panel
                }
                Rectangle {
                    anchors.fill: parent
                    visible: line.current === part.index
                    color: "transparent"
                    border.width: 2
                    border.color: Theme.text
                }
            }
        }
    }
    FocusRing {
        shown: line.activeFocus
        radius: 2
    }
}
