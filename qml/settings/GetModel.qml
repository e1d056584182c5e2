// Gets a model from a hub: what it costs is shown before anything is downloaded.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: pane
    required property SparsightApp app
    readonly property ModelFetch fetch: app.fetch
    spacing: Theme.gap

    FetchCard {
        Layout.fillWidth: true
        app: pane.app
        visible: pane.fetch.state !== ModelFetch.Idle
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap
        TextField {
            id: field
            objectName: "modelId"
            Layout.fillWidth: true
            placeholderText: qsTr("A model's name on the hub: OWNER/NAME")
            placeholderTextColor: Theme.dim
            color: Theme.text
            font.pixelSize: Theme.font
            maximumLength: 200
            Accessible.name: placeholderText
            background: Rectangle {
                radius: Theme.radius
                color: Theme.window
                border.color: Theme.edge
            }
            FocusRing {
                shown: field.activeFocus
            }
            onAccepted: look.clicked()
        }
        FlatButton {
            id: look
            objectName: "askHub"
            text: qsTr("Ask the hub …")
            hint: qsTr("Ask the hub for size and licence; nothing is downloaded yet")
            enabled: field.text.trim() !== "" && !pane.fetch.working
            onClicked: pane.fetch.ask(field.text)
        }
    }
    ListView {
        id: list
        objectName: "recommended"
        Layout.fillWidth: true
        Layout.fillHeight: true
        clip: true
        spacing: Theme.gap
        model: pane.fetch.recommended
        boundsBehavior: Flickable.StopAtBounds
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Recommended models")
        ScrollBar.vertical: ScrollBar {}
        delegate: Rectangle {
            id: entry
            required property int index
            required property var modelData
            Accessible.role: Accessible.ListItem
            Accessible.name: modelData.name
            width: list.width
            implicitHeight: row.implicitHeight + 2 * Theme.gap
            radius: Theme.radius
            color: Theme.raised
            RowLayout {
                id: row
                anchors.fill: parent
                anchors.margins: Theme.gap
                anchors.leftMargin: Theme.margin
                spacing: Theme.gap
                ColumnLayout {
                    Layout.fillWidth: true
                    spacing: 2
                    DimLine {
                        text: entry.modelData.name
                        color: Theme.text
                        font.pixelSize: Theme.font
                        font.bold: true
                    }
                    DimLine {
                        text: entry.modelData.goodAt
                        color: Theme.text
                    }
                    DimLine {
                        text: entry.modelData.facts
                    }
                    DimLine {
                        objectName: "recommendedTime" + entry.index
                        visible: text !== ""
                        text: pane.fetch.times[entry.index] ?? ""
                    }
                    DimLine {
                        visible: text !== ""
                        text: entry.modelData.note
                    }
                }
                FlatButton {
                    objectName: "get" + entry.index
                    text: entry.modelData.here ? qsTr("Here") : qsTr("Get …")
                    hint: entry.modelData.here ? qsTr("%1 is on this machine").arg(entry.modelData.name) : qsTr("Ask the hub about %1; nothing is downloaded yet").arg(entry.modelData.name)
                    enabled: !entry.modelData.here && !pane.fetch.working
                    onClicked: pane.fetch.ask(entry.modelData.id)
                }
            }
        }
    }
}
