// Two answers to one question side by side; both show the same layer, frame and token.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    readonly property Comparison comparison: app.comparison
    readonly property Conversation chat: app.chat
    property bool many: false // a grid of runs in place of two sides
    readonly property bool busy: many ? comparison.grid.busy : comparison.busy
    readonly property TraceView trace: many && comparison.grid.first !== null ? comparison.grid.first : comparison.left.trace.hasTrace ? comparison.left.trace : comparison.right.trace
    // The whole text if there is room, so that the pictures keep theirs; otherwise it scrolls.
    readonly property real wordsRoom: Math.min(Math.max(Theme.size(60), left.wordsHeight, right.wordsHeight), height * 0.3)
    // Down to the pictures, over which messages may lie.
    readonly property real controlsHeight: area.y + Theme.gap - area.contentY + (many ? runs.y + ((runs.item as CompareGrid)?.pictureY ?? 0) : pair.y + left.pictureY)
    signal closed
    signal copied
    color: Theme.panel
    radius: Theme.radius
    border.color: Theme.line
    onVisibleChanged: if (visible)
        comparison.refresh()

    Flickable {
        id: area
        anchors.fill: parent
        anchors.margins: Theme.margin
        clip: true
        contentWidth: width
        contentHeight: Math.max(height, sides.implicitHeight)
        boundsBehavior: Flickable.StopAtBounds
        ScrollBar.vertical: AreaBar {}
        ColumnLayout {
            id: sides
            width: area.width
            height: area.contentHeight
            spacing: Theme.gap
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.gap
                ElidedText {
                    objectName: "compared"
                    Layout.fillWidth: true
                    text: pane.comparison.question !== "" ? pane.comparison.question : qsTr("Ask a question about the video first. Then you can compare its answers.")
                    color: Theme.text
                    font.pixelSize: Theme.font
                    font.bold: true
                }
                Row {
                    spacing: 4
                    Accessible.role: Accessible.Grouping
                    Accessible.name: qsTr("What is compared")
                    ModeButton {
                        id: two
                        objectName: "compareTwo"
                        text: qsTr("Two")
                        hint: qsTr("Two answers side by side")
                        checked: !pane.many
                        activeFocusOnTab: checked || activeFocus
                        Keys.onRightPressed: manyRuns.go()
                        Keys.onLeftPressed: manyRuns.go()
                        onClicked: pane.many = false
                        function go() {
                            forceActiveFocus(Qt.TabFocusReason);
                            pane.many = false;
                        }
                    }
                    ModeButton {
                        id: manyRuns
                        objectName: "compareMany"
                        text: qsTr("Many")
                        hint: qsTr("One question under many settings, with a table")
                        checked: pane.many
                        activeFocusOnTab: checked || activeFocus
                        Keys.onRightPressed: two.go()
                        Keys.onLeftPressed: two.go()
                        onClicked: pane.many = true
                        function go() {
                            forceActiveFocus(Qt.TabFocusReason);
                            pane.many = true;
                        }
                    }
                }
                FlatButton {
                    objectName: "runComparison"
                    strong: true
                    readonly property bool again: pane.many && !pane.comparison.grid.stale
                    text: pane.busy ? qsTr("Stop") : again ? qsTr("Run again") : qsTr("Run")
                    hint: pane.busy ? qsTr("Stop (Esc)") : pane.many ? qsTr("Ask once with each setting") : qsTr("Ask with the settings of each side")
                    enabled: pane.busy || pane.comparison.question !== "" && (pane.many || pane.comparison.stale)
                    onClicked: {
                        const what = pane.many ? pane.comparison.grid : pane.comparison;
                        if (pane.busy)
                            what.stop();
                        else
                            what.run();
                    }
                }
                FlatButton {
                    objectName: "closeComparison"
                    symbol: "close"
                    hint: qsTr("Back to the video (Ctrl+D)")
                    onClicked: pane.closed()
                }
            }
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.gap
                FlatButton {
                    objectName: "frameBefore"
                    visible: !pane.trace.still
                    symbol: "back"
                    hint: qsTr("Previous frame")
                    enabled: pane.comparison.frame > 0
                    onClicked: pane.comparison.frame -= 1
                }
                Text {
                    objectName: "comparedFrame"
                    textFormat: Text.PlainText
                    visible: pane.trace.frameCount > 0
                    text: pane.trace.still ? qsTr("The picture") : qsTr("Frame %1 of %2 at %3").arg(pane.comparison.frame + 1).arg(pane.trace.frameCount).arg(Words.time(pane.trace.frameTimes[pane.comparison.frame] ?? 0, 2))
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                }
                FlatButton {
                    objectName: "nextFrame"
                    visible: !pane.trace.still
                    symbol: "forward"
                    hint: qsTr("Next frame")
                    enabled: pane.comparison.frame + 1 < pane.trace.frameCount
                    onClicked: pane.comparison.frame += 1
                }
                Rectangle {
                    visible: !pane.many && pane.comparison.differing >= 0
                    implicitWidth: Theme.size(12)
                    implicitHeight: Theme.size(12)
                    color: Theme.differs
                    border.color: Theme.dim
                }
                ElidedText {
                    objectName: "differing"
                    Layout.fillWidth: true
                    text: pane.many || pane.comparison.differing < 0 ? "" : pane.trace.still ? qsTr("%1 tokens differ here").arg(Words.number(pane.comparison.differing)) : qsTr("%1 tokens differ here, %2 of them in this frame").arg(Words.number(pane.comparison.differing)).arg(Words.number(pane.comparison.differingHere))
                    color: Theme.text
                    font.pixelSize: Theme.fontSmall
                }
            }
            ModeRow {
                Layout.fillWidth: true
                trace: pane.trace
            }
            RowLayout {
                Layout.fillWidth: true
                visible: pane.height > Theme.size(720) && pane.trace.hasWords
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
            Loader {
                id: runs
                Layout.fillWidth: true
                Layout.fillHeight: true
                visible: pane.many
                active: pane.many
                sourceComponent: CompareGrid {
                    app: pane.app
                    comparison: pane.comparison
                    onCopied: pane.copied()
                }
            }
            RowLayout {
                id: pair
                Layout.fillWidth: true
                Layout.fillHeight: true
                visible: !pane.many
                spacing: Theme.margin
                CompareSide {
                    id: left
                    wordsRoom: pane.wordsRoom
                    objectName: "leftSide"
                    chat: pane.chat
                    comparison: pane.comparison
                    side: pane.comparison.left
                }
                CompareSide {
                    id: right
                    wordsRoom: pane.wordsRoom
                    objectName: "rightSide"
                    chat: pane.chat
                    comparison: pane.comparison
                    side: pane.comparison.right
                }
            }
        }
    }
}
