// The model that is being fetched or made smaller: what it costs, how far it is, and what can be done next.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: card
    required property SparsightApp app
    readonly property ModelFetch fetch: app.fetch
    readonly property bool busy: fetch.working
    readonly property bool ready: fetch.folder !== "" && !busy
    objectName: "fetchCard"
    implicitHeight: column.implicitHeight + 2 * Theme.margin
    radius: Theme.radius
    color: Theme.window
    border.width: 2
    border.color: Theme.accent
    Accessible.role: Accessible.Grouping
    Accessible.name: fetch.id

    ColumnLayout {
        id: column
        anchors.fill: parent
        anchors.margins: Theme.margin
        spacing: 2
        RowLayout {
            Layout.fillWidth: true
            DimLine {
                text: card.fetch.id
                color: Theme.text
                font.pixelSize: Theme.font
                font.bold: true
            }
            FlatButton {
                objectName: "dismissFetch"
                symbol: "close"
                flat: true
                hint: card.busy ? qsTr("Stop and close; what has arrived is kept") : qsTr("Close")
                onClicked: card.fetch.dismiss()
            }
        }
        DimLine {
            objectName: "fetchState"
            text: {
                switch (card.fetch.state) {
                case ModelFetch.Asking:
                    return qsTr("Asking the hub …");
                case ModelFetch.Offered:
                    return qsTr("Nothing has been downloaded yet.");
                case ModelFetch.Fetching:
                case ModelFetch.Quantising:
                    return card.fetch.stage;
                case ModelFetch.Paused:
                    return qsTr("Paused; what has arrived is kept.");
                case ModelFetch.Fetched:
                    return qsTr("It is on this machine now.");
                case ModelFetch.Quantised:
                    return qsTr("The smaller copy is on this machine now.");
                }
                return "";
            }
            visible: text !== ""
            color: Theme.text
        }
        ProgressBar {
            Layout.fillWidth: true
            visible: card.busy
            indeterminate: card.fetch.progress < 0
            value: Math.max(0, card.fetch.progress)
            Accessible.name: card.fetch.stage
        }
        DimLine {
            objectName: "fetchProblem"
            visible: text !== ""
            text: card.fetch.problem
            color: Theme.warning
        }
        Column {
            Layout.fillWidth: true
            spacing: 2
            Repeater {
                model: card.ready ? [] : card.fetch.facts
                DimLine {
                    required property string modelData
                    width: parent.width
                    text: modelData
                }
            }
        }
        DimLine {
            objectName: "fetchTime"
            visible: text !== "" && card.fetch.state !== ModelFetch.Quantised
            text: card.fetch.time
        }
        Flow {
            Layout.fillWidth: true
            Layout.topMargin: Theme.gap
            spacing: Theme.gap
            FlatButton {
                objectName: "download"
                visible: card.fetch.state === ModelFetch.Offered
                text: qsTr("Download")
                hint: qsTr("Download %1").arg(card.fetch.id)
                strong: true
                onClicked: card.fetch.download()
            }
            FlatButton {
                objectName: "pauseFetch"
                visible: card.busy
                symbol: card.fetch.state === ModelFetch.Fetching ? "pause" : "stop"
                text: card.fetch.state === ModelFetch.Fetching ? qsTr("Pause") : qsTr("Stop")
                hint: qsTr("What is done so far is kept")
                onClicked: card.fetch.pause()
            }
            FlatButton {
                objectName: "resumeFetch"
                visible: card.fetch.state === ModelFetch.Paused
                symbol: "play"
                text: qsTr("Continue")
                hint: qsTr("Continue the download where it was")
                strong: true
                onClicked: card.fetch.download()
            }
            FlatButton {
                objectName: "retryFetch"
                visible: card.fetch.state === ModelFetch.Failed
                symbol: "again"
                text: qsTr("Try again")
                hint: qsTr("Try again; what has arrived is kept")
                strong: true
                onClicked: card.fetch.retry()
            }
            FlatButton {
                objectName: "useFetched"
                visible: card.ready
                text: qsTr("Use")
                hint: qsTr("Use %1").arg(card.fetch.id)
                strong: true
                enabled: !card.app.loading
                onClicked: card.app.chooseModel(card.fetch.folder)
            }
            Repeater {
                model: card.fetch.smaller
                FlatButton {
                    required property int index
                    required property string modelData
                    objectName: "smaller" + index
                    text: modelData
                    hint: index === 0 ? qsTr("Write a copy with 8-bit integers: half of the memory, faster answers") : qsTr("Write a copy with 4-bit integers: a quarter of the memory, less exact")
                    onClicked: card.fetch.quantise(index === 1)
                }
            }
        }
    }
}
