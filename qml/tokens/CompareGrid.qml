// One question under many pruning settings: a picture for each run, all at the same layer, frame and token, and a table.
// A click on either shows that run large.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: pane
    required property SparsightApp app
    required property Comparison comparison
    readonly property ComparisonGrid grid: comparison.grid
    signal copied
    property int large: -1 // the run that is shown large; -1: all
    readonly property real pictureY: pictures.y + Theme.size(36) // each run has a button above its picture
    readonly property real aspect: grid.first !== null ? grid.first.frameAspect : comparison.left.trace.frameAspect
    // As many columns as make the pictures largest; if much room stays empty, half as many, to be scrolled.
    readonly property int columns: {
        const count = Math.max(1, grid.count);
        let best = 1, size = 0;
        for (let n = 1; n <= count; ++n) {
            const side = Math.min(pictures.width / n, (pictures.height / Math.ceil(count / n) - caption) * aspect);
            if (side > size) {
                best = n;
                size = side;
            }
        }
        return count * size * size / aspect < 0.6 * pictures.width * pictures.height ? Math.min(best, Math.ceil(count / 2)) : best;
    }
    readonly property real caption: Theme.size(22) // above a picture
    spacing: Theme.gap
    Connections {
        target: pane.grid
        function onModelReset() {
            pane.large = -1;
        }
    }

    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap
        FlatButton {
            objectName: "chooseRuns"
            text: qsTr("Choose runs …")
            hint: qsTr("Which strategies and budgets are compared")
            enabled: !pane.grid.busy
            onClicked: choice.open()
        }
        FlatButton {
            objectName: "allRuns"
            visible: pane.large >= 0
            text: qsTr("All runs")
            hint: qsTr("Back to all pictures")
            onClicked: pane.large = -1
        }
        ColumnLayout {
            Layout.fillWidth: true
            opacity: pane.grid.busy ? 1 : 0
            spacing: 2
            ElidedText {
                objectName: "gridProgress"
                Layout.fillWidth: true
                text: pane.grid.progress
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            Rectangle {
                Layout.fillWidth: true
                implicitHeight: 3
                radius: 1
                color: Theme.line
                Rectangle {
                    width: parent.width * pane.grid.share
                    height: parent.height
                    radius: 1
                    color: Theme.accent
                }
            }
        }
        FlatButton {
            objectName: "copyTable"
            symbol: "copy"
            text: qsTr("CSV")
            hint: qsTr("Copy the table as CSV, for a spreadsheet")
            onClicked: {
                pane.app.copy(pane.grid.csv());
                pane.copied();
            }
        }
    }
    Item {
        id: pictures
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: Theme.size(120)
        Layout.preferredHeight: 3
        GridView {
            id: cells
            objectName: "cells"
            anchors.fill: parent
            visible: pane.large < 0
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            cellWidth: Math.floor((width - Theme.size(8)) / pane.columns)
            cellHeight: Math.floor(Math.max(height / Math.ceil(Math.max(1, pane.grid.count) / pane.columns), Math.min(height, cellWidth / pane.aspect + pane.caption)))
            cacheBuffer: 100000 // all cells are made: there are few
            ScrollBar.vertical: AreaBar {}
            model: pane.grid
            delegate: CompareCell {
                required property int index
                readonly property bool focused: {
                    for (let at = Window.activeFocusItem; at; at = at.parent)
                        if (at === this)
                            return true;
                    return false;
                }
                onFocusedChanged: if (focused)
                    cells.positionViewAtIndex(index, GridView.Contain)
                width: cells.cellWidth
                height: cells.cellHeight
                frame: pane.comparison.frame
                onLargeWanted: pane.large = index
                onFrameWanted: frame => pane.comparison.frame = frame
            }
        }
        Repeater {
            model: pane.grid
            CompareCell {
                required property int index
                objectName: "largeCell"
                visible: pane.large === index
                anchors.fill: parent
                frame: pane.comparison.frame
                onFrameWanted: frame => pane.comparison.frame = frame
            }
        }
    }
    DepthPlot {
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.size(110)
        visible: pane.height > Theme.size(420)
        opacity: pane.grid.first !== null ? 1 : 0
        enabled: pane.grid.first !== null
        brief: true
        trace: shownTrace ?? pane.comparison.left.trace
        readonly property TraceView shownTrace: pane.large >= 0 ? table.traceOf(pane.large) : pane.grid.first
    }
    CompareTable {
        id: table
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.preferredHeight: 2
        Layout.minimumHeight: Theme.size(90)
        Layout.maximumHeight: implicitHeight
        grid: pane.grid
        large: pane.large
        onChosen: row => pane.large = pane.large === row ? -1 : row
    }
    CompareChoice {
        id: choice
        objectName: "runChoice"
        grid: pane.grid
    }
}
