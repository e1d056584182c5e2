// The table of a batch, how far it is, and what can be done with it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: table
    required property SparsightApp app
    readonly property Batch batch: app.batch
    readonly property int ready: batch.count - batch.waiting
    readonly property string far: batch.waiting === 0 ? batch.done === 1 ? qsTr("Done: 1 answer") : qsTr("Done: %1 answers").arg(Words.number(batch.done)) : batch.running ? qsTr("%1 of %2 answers").arg(Words.number(ready)).arg(Words.number(batch.count)) : qsTr("Paused: %1 of %2 answers").arg(Words.number(ready)).arg(Words.number(batch.count))
    readonly property string remaining: batch.secondsLeft < 0 ? "" : batch.secondsLeft < 90 ? qsTr("about %1 s left").arg(Words.number(Math.ceil(batch.secondsLeft))) : qsTr("about %1 min left").arg(Words.number(Math.ceil(batch.secondsLeft / 60)))
    readonly property var widths: [0.2, 0.27, 0.37, 0.07, 0.09] // of the columns
    signal newWanted
    signal sessionWanted(var session)
    spacing: Theme.gap

    SaveDialog {
        id: save
        app: table.app
        title: qsTr("Save the table")
        nameFilters: [qsTr("Tables (*.csv)"), qsTr("All files (*)")]
        onChosen: file => table.batch.saveTo(file)
    }
    ColumnLayout {
        Layout.fillWidth: true
        spacing: Theme.size(4)
        Text {
            objectName: "batchFar"
            textFormat: Text.PlainText
            Layout.fillWidth: true
            text: [table.far, table.remaining, table.batch.failed > 0 ? qsTr("%1 failed").arg(Words.number(table.batch.failed)) : "", table.batch.pruning, table.batch.asked].filter(part => part !== "").join(" · ")
            color: Theme.text
            font.pixelSize: Theme.font
            elide: Text.ElideRight
        }
        ProgressBar {
            id: bar
            objectName: "batchProgress"
            Layout.fillWidth: true
            value: table.batch.count > 0 ? table.ready / table.batch.count : 0
            Accessible.name: table.far
            background: Rectangle {
                implicitHeight: Theme.size(5)
                radius: height / 2
                color: Theme.line
            }
            contentItem: Item {
                Rectangle {
                    width: bar.visualPosition * parent.width
                    height: parent.height
                    radius: height / 2
                    color: Theme.accent
                }
            }
        }
    }
    Row {
        id: heading
        Layout.fillWidth: true
        leftPadding: Theme.gap
        Repeater {
            model: [qsTr("Video"), qsTr("Question"), qsTr("What it answered"), qsTr("Time"), qsTr("Tokens")]
            Text {
                required property string modelData
                required property int index
                textFormat: Text.PlainText
                width: table.widths[index] * (list.width - 2 * Theme.gap)
                horizontalAlignment: index >= 3 ? Text.AlignRight : Text.AlignLeft
                text: modelData
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
                elide: Text.ElideRight
            }
        }
    }
    ListView {
        id: list
        objectName: "batchCells"
        Layout.fillWidth: true
        Layout.fillHeight: true
        clip: true
        model: table.batch
        activeFocusOnTab: true
        keyNavigationEnabled: true
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.Table
        Accessible.name: qsTr("Answers")
        ScrollBar.vertical: ScrollBar {}
        onActiveFocusChanged: if (activeFocus && currentIndex < 0 && count > 0)
            currentIndex = 0
        Keys.onReturnPressed: (currentItem as ItemDelegate)?.clicked()
        FocusRing {
            shown: list.activeFocus
            gap: -2
        }
        delegate: ItemDelegate {
            id: cell
            required property string video
            required property string path
            required property string question
            required property string answer
            required property string notes
            required property string cellState
            required property double seconds
            required property int tokens
            required property var sessionId
            required property int index
            readonly property bool done: cellState === "done"
            readonly property string said: done ? answer + (notes !== "" ? "\n⚠ " + notes : "") : cellState === "failed" ? qsTr("Failed: %1").arg(answer) : cellState === "running" ? qsTr("● Answering …") : ""
            readonly property var texts: [video, question, said, done ? Words.time(seconds, 1) : "", done ? Words.number(tokens) : ""]
            objectName: "batchCell"
            width: list.width
            padding: Theme.size(6)
            leftPadding: Theme.gap
            rightPadding: Theme.gap
            focusPolicy: Qt.NoFocus
            Accessible.name: texts.filter(part => part !== "").join(", ")
            onClicked: {
                list.currentIndex = index;
                if (sessionId !== 0)
                    table.sessionWanted(sessionId);
            }
            contentItem: Row {
                Repeater {
                    model: cell.texts
                    ElidedText {
                        required property string modelData
                        required property int index
                        width: table.widths[index] * cell.availableWidth
                        rightPadding: index < 3 ? Theme.gap : 0
                        horizontalAlignment: index >= 3 ? Text.AlignRight : Text.AlignLeft
                        text: modelData
                        color: index === 2 && cell.cellState === "failed" ? Theme.warning : index === 2 && cell.cellState === "running" ? Theme.accent : index === 0 || index >= 3 ? Theme.dim : Theme.text
                        font.pixelSize: index >= 3 || index === 0 ? Theme.fontSmall : Theme.font
                        wrapMode: index === 1 || index === 2 ? Text.Wrap : Text.NoWrap
                        maximumLineCount: index === 2 && cell.notes !== "" ? 5 : 3
                        elide: index === 0 ? Text.ElideMiddle : Text.ElideRight
                    }
                }
            }
            background: Rectangle {
                radius: Theme.radius
                color: cell.hovered || list.activeFocus && cell.ListView.isCurrentItem ? Theme.raised : "transparent"
                Rectangle {
                    anchors.bottom: parent.bottom
                    width: parent.width
                    height: 1
                    color: Theme.line
                }
            }
        }
    }
    Column {
        id: remarks
        Layout.fillWidth: true
        visible: table.batch.failure !== "" || table.batch.note !== ""
        Repeater {
            model: [table.batch.failure !== "" ? qsTr("The first failure: %1").arg(table.batch.failure) : "", table.batch.note]
            ElidedText {
                required property string modelData
                required property int index
                objectName: index === 0 ? "batchFailure" : "batchNote"
                width: remarks.width
                visible: modelData !== ""
                text: modelData
                color: Theme.warning
                font.pixelSize: Theme.fontSmall
                wrapMode: Text.Wrap
                maximumLineCount: 2
                elide: Text.ElideRight
                Accessible.role: Accessible.StaticText
                Accessible.name: text
            }
        }
    }
    ElidedText {
        objectName: "batchSaved"
        Layout.fillWidth: true
        visible: table.batch.saved !== ""
        text: qsTr("Saved: %1").arg(table.batch.saved)
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
        elide: Text.ElideMiddle
        Accessible.role: Accessible.StaticText
        Accessible.name: text
    }
    Flow {
        Layout.fillWidth: true
        spacing: Theme.gap
        FlatButton {
            objectName: "batchGo"
            visible: table.batch.waiting > 0
            strong: !table.batch.running
            symbol: table.batch.running ? "pause" : "play"
            text: table.batch.running ? qsTr("Pause") : qsTr("Go on")
            onClicked: table.batch.running ? table.batch.pause() : table.batch.go()
        }
        FlatButton {
            objectName: "batchStop"
            visible: table.batch.waiting > 0
            symbol: "stop"
            text: qsTr("Stop")
            hint: qsTr("Leave out what is not answered yet")
            onClicked: table.batch.stop()
        }
        FlatButton {
            objectName: "batchRetry"
            visible: table.batch.failed > 0
            symbol: "again"
            text: qsTr("Retry %1 failed").arg(Words.number(table.batch.failed))
            onClicked: table.batch.retry()
        }
        FlatButton {
            objectName: "batchSave"
            enabled: table.ready > 0
            strong: table.batch.waiting === 0
            symbol: "export"
            text: qsTr("Save as CSV …")
            onClicked: save.ask(qsTr("answers") + ".csv")
        }
        FlatButton {
            objectName: "batchNew"
            symbol: "plus"
            text: qsTr("New …")
            hint: qsTr("Other videos and questions. The table gives way to the new one; its sessions stay")
            onClicked: table.newWanted()
        }
    }
}
