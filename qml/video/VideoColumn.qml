// The stage, the time line of sampled frames, and what happened to the tokens; the line between the last two can be dragged.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Item {
    id: column
    required property SparsightApp app
    property alias video: videoPane
    property alias tokens: tokens
    readonly property bool low: height < Theme.size(640)
    signal modelsWanted
    SplitView {
        id: split
        anchors.fill: parent
        anchors.margins: Theme.margin
        orientation: Qt.Vertical
        onResizingChanged: if (!resizing && tokens.visible) {
            column.app.settings.tokensHeight = Math.round(tokens.height / Theme.zoom);
            tokens.SplitView.preferredHeight = Qt.binding(() => tokens.fitting); // dragging has replaced it
        }
        handle: SplitLine {
            along: Qt.Horizontal
        }

        ColumnLayout {
            id: stage
            readonly property real least: videoPane.least + (time.visible ? time.implicitHeight + spacing : 0) + Theme.gap
            SplitView.fillHeight: true
            SplitView.minimumHeight: least
            spacing: Theme.gap
            VideoPane {
                id: videoPane
                app: column.app
                onModelsWanted: column.modelsWanted()
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.minimumHeight: least
            }
            Rectangle {
                id: time
                visible: column.app.chat.video !== ""
                implicitHeight: parts.implicitHeight + 2 * Theme.gap
                Layout.fillWidth: true
                color: Theme.panel
                radius: Theme.card
                border.color: Theme.line
                ColumnLayout {
                    id: parts
                    anchors {
                        left: parent.left
                        right: parent.right
                        top: parent.top
                        margins: Theme.gap
                    }
                    spacing: Theme.gap
                    TransportBar {
                        id: transport
                        Layout.fillWidth: true
                        app: column.app
                        frame: videoPane.nearest
                        onOpenWanted: videoPane.openDialog()
                        onFullScreenWanted: videoPane.fullScreenWanted()
                    }
                    FrameStrip {
                        id: strip
                        Layout.fillWidth: true
                        Layout.leftMargin: Theme.tight
                        Layout.rightMargin: Theme.tight
                        app: column.app
                        low: column.low
                        tokensShown: videoPane.overlayShown && !videoPane.bare
                    }
                }
            }
        }
        TokenPane {
            id: tokens
            app: column.app
            frame: strip.currentIndex
            visible: column.app.chat.video !== "" && column.app.settings.tokensShown
            readonly property real wanted: column.app.settings.tokensHeight * Theme.zoom
            // A SplitView shrinks no part by itself.
            readonly property real fitting: Math.max(SplitView.minimumHeight, Math.min(wanted, split.height - stage.least - Theme.gap))
            SplitView.preferredHeight: fitting
            SplitView.minimumHeight: Theme.size(96)
        }
    }
}
