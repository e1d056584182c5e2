// What happened to the tokens: modes, legend, sampled frames, the count over depth, the rating words, one token.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    objectName: "tokenPane"
    required property SparsightApp app
    signal compareWanted
    readonly property TraceView trace: app.trace
    readonly property bool low: Window.height < Theme.size(760)
    // Keeps its place while frames are read, so that nothing moves under a pointer that drags a handle.
    readonly property real needed: column.implicitHeight + 2 * Theme.margin
    property real held: 0
    implicitHeight: Math.max(needed, held)
    Connections {
        target: pane.trace
        function onMediaChanged() {
            pane.held = pane.trace.hasMedia ? 0 : pane.height;
        }
    }
    color: Theme.panel
    radius: Theme.radius
    border.color: Theme.line

    ColumnLayout {
        id: column
        anchors {
            left: parent.left
            right: parent.right
            top: parent.top
            margins: Theme.margin
        }
        spacing: Theme.gap

        ModeRow {
            Layout.fillWidth: true
            trace: pane.trace
            FlatButton {
                objectName: "compare"
                text: qsTr("Compare")
                hint: qsTr("Two answers side by side (Ctrl+D)")
                font.pixelSize: Theme.fontSmall
                enabled: pane.trace.hasTrace
                onClicked: pane.compareWanted()
            }
        }
        Legend {
            Layout.fillWidth: true
            trace: pane.trace
        }

        Text {
            objectName: "answeredBy"
            Layout.fillWidth: true
            visible: pane.trace.model !== "" && pane.trace.model !== pane.app.modelPath.split("/").pop()
            text: qsTr("This answer is from another model, %1.").arg(pane.trace.model)
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }

        ListView {
            id: strip
            objectName: "strip"
            Layout.fillWidth: true
            // As high as its frames, which share the width.
            readonly property real frameWidth: (width - 28) / Math.max(1, Math.min(8, count))
            implicitHeight: Math.max(Theme.size(34), Math.min(Theme.size(pane.low ? 60 : 84), frameWidth / pane.trace.frameAspect))
            orientation: ListView.Horizontal
            Accessible.role: Accessible.List
            Accessible.name: pane.trace.still ? qsTr("The picture that the model sees") : qsTr("Frames that the model sees")
            spacing: 4
            clip: true
            model: pane.trace.frameCount
            readonly property int now: pane.trace.hasMedia ? pane.trace.frameAt(pane.app.player.position) : -1
            currentIndex: now < count ? now : -1 // a ListView goes to the first item when its model changes
            Text {
                textFormat: Text.PlainText
                anchors.centerIn: parent
                visible: !pane.trace.hasMedia
                text: pane.app.chat.stage
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            delegate: Item {
                id: cell
                required property int index
                readonly property bool current: ListView.isCurrentItem
                readonly property var span: pane.trace.spans.find(span => span.first <= index && index <= span.last)
                Accessible.role: Accessible.ListItem
                Accessible.name: ToolTip.text
                width: Math.min(strip.height * pane.trace.frameAspect, strip.frameWidth)
                height: width / pane.trace.frameAspect
                TokenOverlay {
                    id: tokens
                    objectName: "strip" + cell.index
                    anchors.fill: parent
                    activeFocusOnTab: false
                    view: pane.trace
                    frame: cell.index
                    showFrame: true
                    onClicked: pane.app.player.seek(pane.trace.frameTimes[cell.index])
                    onFrameWanted: frame => pane.app.player.seek(pane.trace.frameTimes[frame])
                }
                // A bar joins frames that share their tokens.
                Rectangle {
                    objectName: "span" + cell.index
                    readonly property int before: cell.span && cell.index > cell.span.first ? strip.spacing : 0
                    visible: cell.span !== undefined
                    x: before > 0 ? -before : 2
                    width: (cell.span && cell.index < cell.span.last ? parent.width : parent.width - 2) - x
                    y: parent.height - height
                    height: 4
                    color: Theme.recycled
                }
                Rectangle {
                    anchors.fill: parent
                    color: "transparent"
                    border.width: cell.current ? 2 : 0
                    border.color: Theme.accent
                }
                ToolTip.visible: tokens.pointedAt
                ToolTip.delay: 600
                ToolTip.text: pane.trace.still ? qsTr("The picture") : span ? qsTr("Frame at %1; the frames from %2 to %3 share their tokens").arg(time(pane.trace.frameTimes[index])).arg(time(span.from)).arg(time(span.to)) : qsTr("Frame at %1").arg(time(pane.trace.frameTimes[index]))
                function time(seconds) {
                    return Words.time(seconds, 2);
                }
            }
        }

        BesideRow {
            Layout.fillWidth: true
            trace: pane.trace
            frame: Math.max(0, strip.currentIndex)
        }

        GridLayout {
            Layout.fillWidth: true
            visible: pane.trace.hasTrace
            columns: width < Theme.size(520) ? 1 : 2
            columnSpacing: Theme.margin
            rowSpacing: Theme.gap
            DepthPlot {
                trace: pane.trace
                Layout.fillWidth: true
                Layout.preferredHeight: Theme.size(pane.low ? 128 : 152)
            }
            TokenCard {
                trace: pane.trace
                Layout.fillWidth: parent.columns === 1
                Layout.preferredWidth: Theme.size(240)
                Layout.preferredHeight: Theme.size(pane.low ? 128 : 152)
            }
        }

        RowLayout {
            Layout.fillWidth: true
            visible: pane.trace.hasTrace && (pane.trace.hasWords || pane.trace.words.some(word => word.weight > 0))
            spacing: Theme.margin
            WordRow {
                Layout.fillWidth: true
                Layout.alignment: Qt.AlignTop
                trace: pane.trace
            }
            AttentionChoice {
                trace: pane.trace
            }
        }
    }
}
