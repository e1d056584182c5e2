// Tokens of a frame that have no place on the picture: CLS, newlines, and the words between the frames. A click, or Enter,
// pins one.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Flickable {
    id: row
    required property TraceView trace
    required property int frame
    property var tokens: []
    property int current: 0
    objectName: "beside"
    // Of all frames, so that nothing moves from one frame to the next; CLS alone needs no row of its own.
    visible: trace.hasBeside
    property real most: 0
    implicitHeight: Math.min(most, Theme.size(44))
    contentHeight: flow.implicitHeight
    clip: true
    activeFocusOnTab: true
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Tokens beside the picture")
    Accessible.description: qsTr("Left and right choose a token, Enter pins it")
    ScrollBar.vertical: AreaBar {}

    function renew() {
        tokens = trace.beside(frame);
        current = Math.min(current, Math.max(0, tokens.length - 1));
        most = Math.max(most, Theme.size(18));
    }
    onTraceChanged: most = 0
    Component.onCompleted: renew()
    onFrameChanged: renew()
    Connections {
        target: row.trace
        function onHeatmapChanged() {
            row.renew();
        }
        function onMediaChanged() {
            row.most = 0;
            row.renew();
        }
    }
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
    Keys.onLeftPressed: current = Math.max(0, current - 1)
    Keys.onRightPressed: current = Math.min(tokens.length - 1, current + 1)
    Keys.onReturnPressed: trace.pin(frame, tokens[current].token)
    Keys.onEnterPressed: trace.pin(frame, tokens[current].token)

    Flow {
        id: flow
        width: row.width
        onImplicitHeightChanged: row.most = Math.max(row.most, implicitHeight)
        spacing: 3
        Repeater {
            model: row.tokens
            Rectangle {
                id: token
                required property var modelData
                required property int index
                objectName: "beside" + index
                width: label.implicitWidth + Theme.size(8)
                height: Theme.size(18)
                radius: 3
                color: modelData.clear ? "transparent" : modelData.colour
                border.width: row.activeFocus && row.current === index ? 2 : 1
                border.color: row.activeFocus && row.current === index ? Theme.accent : modelData.kind === "word" ? Theme.line : Theme.dim
                Accessible.role: Accessible.ListItem
                Accessible.name: modelData.what
                Accessible.onPressAction: row.trace.pin(row.frame, modelData.token)
                Text {
                    id: label
                    anchors.centerIn: parent
                    text: token.modelData.kind === "extra" ? "\u21B5" : token.modelData.text
                    textFormat: Text.PlainText
                    color: token.modelData.clear ? Theme.text : "#ffffff"
                    style: token.modelData.clear ? Text.Normal : Text.Outline
                    styleColor: "#000000"
                    font.pixelSize: Theme.size(11)
                }
                MouseArea {
                    anchors.fill: parent
                    hoverEnabled: true
                    onClicked: {
                        row.current = token.index;
                        row.trace.pin(row.frame, token.modelData.token);
                    }
                    ToolTip.visible: containsMouse
                    ToolTip.delay: 600
                    ToolTip.text: token.modelData.what
                }
            }
        }
    }
}
