// The runs of a comparison as a table; a row shows its run large.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ListView {
    id: table
    required property ComparisonGrid grid
    required property int large
    signal chosen(int row)
    readonly property var widths: [0.23, 0.21, 0.16, 0.08, 0.13, 0.11, 0.08]
    function traceOf(row) {
        const item = itemAtIndex(row);
        return (item as RunRow)?.trace ?? null;
    }
    objectName: "runTable"
    implicitHeight: contentHeight
    clip: true
    cacheBuffer: 100000 // all rows are made: there are few
    boundsBehavior: Flickable.StopAtBounds
    ScrollBar.vertical: AreaBar {}
    activeFocusOnTab: true
    keyNavigationEnabled: true
    headerPositioning: ListView.OverlayHeader
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Runs")
    Keys.onReturnPressed: if (currentIndex >= 0)
        chosen(currentIndex)
    Keys.onSpacePressed: if (currentIndex >= 0)
        chosen(currentIndex)
    model: grid

    component Cell: ElidedText {
        required property int at
        width: Math.floor((table.width - Theme.size(12)) * table.widths[at]) - Theme.gap // beside the scroll bar
        font.pixelSize: Theme.fontSmall
        horizontalAlignment: at > 1 ? Text.AlignRight : Text.AlignLeft
        color: Theme.text
    }
    header: Rectangle {
        z: 2
        width: table.width
        height: names.implicitHeight + 6
        color: Theme.panel
        Row {
            id: names
            x: Theme.gap / 2
            y: 2
            spacing: Theme.gap
            Repeater {
                model: [qsTr("Setting"), qsTr("What it answered"), qsTr("Like unpruned"), qsTr("Tokens"), qsTr("FLOPs saved"), qsTr("First word"), qsTr("Time")]
                Cell {
                    required property string modelData
                    required property int index
                    at: index
                    text: modelData
                    wrapMode: Text.Wrap
                    maximumLineCount: 2
                    color: Theme.dim
                }
            }
        }
        Rectangle {
            anchors.bottom: parent.bottom
            width: parent.width
            height: 1
            color: Theme.line
        }
    }
    delegate: RunRow {}
    component RunRow: Rectangle {
        id: row
        required property int index
        required property string setting
        required property string state_
        required property string answer
        required property string agreement
        required property string tokens
        required property string saved
        required property string firstWord
        required property string time
        required property string error
        required property TraceView trace
        readonly property string said: error !== "" ? error : answer
        objectName: "runRow"
        width: table.width
        height: cells.implicitHeight + Theme.size(8)
        radius: 4
        color: table.large === index ? Theme.question : pointed.hovered ? Theme.raised : "transparent"
        Accessible.role: Accessible.ListItem
        Accessible.name: [setting, said, agreement, tokens, saved, firstWord, time].filter(part => part !== "").join(", ")
        Row {
            id: cells
            x: Theme.gap / 2
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.gap
            Cell {
                objectName: "runSetting"
                at: 0
                text: row.setting.split(" · ").reverse().join(" · ") // the budget first: names may be cut off
                font.bold: table.large === row.index
            }
            Cell {
                objectName: "runAnswer"
                at: 1
                text: row.said !== "" ? row.said.replace(/\s+/g, " ") : row.state_ === "running" ? "…" : ""
                color: row.error !== "" ? Theme.warning : Theme.text
            }
            Cell {
                at: 2
                text: row.agreement
            }
            Cell {
                at: 3
                text: row.tokens
            }
            Cell {
                at: 4
                text: row.saved
            }
            Cell {
                at: 5
                text: row.firstWord
            }
            Cell {
                at: 6
                text: row.time
            }
        }
        HoverHandler {
            id: pointed
        }
        TapHandler {
            onTapped: {
                table.currentIndex = row.index;
                table.chosen(row.index);
            }
        }
        FocusRing {
            shown: table.activeFocus && row.ListView.isCurrentItem
            gap: -2
            radius: 4
        }
    }
}
