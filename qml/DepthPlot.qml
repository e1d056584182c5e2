// The number of visual tokens over the decoder's layers; click or drag to look behind a layer.
import QtQuick
import Sparsight

Item {
    id: plot
    required property TraceView trace
    readonly property var layers: trace.layers
    readonly property real column: width / Math.max(1, layers.length)

    Text {
        id: caption
        text: plot.trace.stepTitle
        color: Theme.text
        font.pixelSize: Theme.fontSmall
    }
    Row {
        id: bars
        anchors.top: caption.bottom
        anchors.topMargin: 4
        anchors.bottom: parent.bottom
        Repeater {
            model: plot.layers
            Item {
                id: layer
                required property var modelData
                required property int index
                width: plot.column
                height: bars.height
                Rectangle {
                    anchors.bottom: parent.bottom
                    width: parent.width - 2
                    height: Math.max(2, parent.height * layer.modelData.tokensIn / Math.max(1, plot.trace.visualTokens))
                    color: plot.trace.stepsBehindLayer(layer.index) === plot.trace.behind ? Theme.accent : Theme.line
                    Behavior on height {
                        NumberAnimation {
                            duration: 160
                        }
                    }
                }
                Text {
                    anchors.horizontalCenter: parent.horizontalCenter
                    anchors.bottom: parent.bottom
                    anchors.bottomMargin: 2
                    visible: plot.column > Theme.size(34)
                    text: layer.modelData.tokensIn
                    color: Theme.text
                    font.pixelSize: Theme.size(11)
                }
            }
        }
    }
    MouseArea {
        anchors.fill: bars
        anchors.rightMargin: -plot.width
        function look(x) {
            const layer = Math.max(0, Math.min(plot.layers.length - 1, Math.floor(x / plot.column)));
            plot.trace.behind = plot.trace.stepsBehindLayer(layer);
        }
        onPressed: event => look(event.x)
        onPositionChanged: event => look(event.x)
    }
}
