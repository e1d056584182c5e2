// The bar at the bottom: the model, what it is doing, and buttons for the pages.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: bar
    required property SparsightApp app
    property bool progressSaid: false // beside the answer, so that it is not said twice
    signal sessionsToggled
    signal modelsWanted
    signal settingsWanted
    signal keysWanted

    implicitHeight: Theme.size(34)
    color: Theme.panel
    Rectangle {
        width: parent.width
        height: 1
        color: Theme.line
    }
    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.gap
        spacing: Theme.gap
        FlatButton {
            objectName: "toggleSessions"
            symbol: "sidebar"
            hint: qsTr("Show or hide the sessions (Ctrl+B)")
            flat: true
            onClicked: bar.sessionsToggled()
        }
        FlatButton {
            objectName: "model"
            Layout.maximumWidth: bar.width * 0.4
            symbol: "model"
            text: bar.app.loading ? qsTr("Loading the model …") : bar.app.model !== "" ? bar.app.model : qsTr("No model")
            font.pixelSize: Theme.fontSmall
            hint: qsTr("Models (Ctrl+M)")
            flat: true
            onClicked: bar.modelsWanted()
        }
        Text {
            objectName: "device"
            textFormat: Text.PlainText
            Layout.maximumWidth: bar.width * 0.2
            text: bar.app.devices.used
            visible: text !== ""
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            elide: Text.ElideRight
            Accessible.role: Accessible.StaticText
            Accessible.name: qsTr("Computed on: %1").arg(text)
        }
        Item {
            Layout.fillWidth: true
        }
        Text {
            objectName: "exported"
            textFormat: Text.PlainText
            Layout.maximumWidth: bar.width * 0.4
            readonly property Exporter exporter: bar.app.exporter
            text: exporter.busy ? exporter.stage : exporter.saved !== "" ? qsTr("Saved: %1").arg(exporter.saved) : ""
            visible: text !== ""
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            elide: Text.ElideMiddle
            Accessible.role: Accessible.StaticText
            Accessible.name: text
        }
        ProgressBar {
            visible: bar.app.exporter.busy
            indeterminate: bar.app.exporter.progress < 0
            value: Math.max(0, bar.app.exporter.progress)
            implicitWidth: Theme.size(90)
            Accessible.name: bar.app.exporter.stage
        }
        FlatButton {
            objectName: "stopExport"
            visible: bar.app.exporter.busy
            text: qsTr("Stop")
            hint: qsTr("Stop saving; nothing is left behind")
            font.pixelSize: Theme.fontSmall
            onClicked: bar.app.exporter.stop()
        }
        FlatButton {
            objectName: "openFolder"
            visible: bar.app.exporter.saved !== ""
            text: qsTr("Open the folder")
            font.pixelSize: Theme.fontSmall
            onClicked: bar.app.exporter.openFolder()
        }
        FlatButton {
            objectName: "forgetExport"
            visible: bar.app.exporter.saved !== ""
            symbol: "close"
            hint: qsTr("Close this message")
            font.pixelSize: Theme.fontSmall
            flat: true
            onClicked: bar.app.exporter.forget()
        }
        Text {
            objectName: "statusStage"
            textFormat: Text.PlainText
            Layout.maximumWidth: bar.width * 0.3
            text: bar.app.checking !== "" ? qsTr("Opening %1").arg(bar.app.recent.nameOf(bar.app.checking)) : bar.progressSaid ? "" : bar.app.chat.stage || bar.app.reading
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            elide: Text.ElideRight
        }
        ProgressBar {
            objectName: "statusProgress"
            visible: bar.app.chat.busy && !bar.progressSaid
            indeterminate: bar.app.chat.progress < 0
            value: Math.max(0, bar.app.chat.progress)
            implicitWidth: Theme.size(140)
            Accessible.name: bar.app.chat.stage
        }
        FlatButton {
            objectName: "settings"
            symbol: "settings"
            hint: qsTr("Settings (Ctrl+,)")
            flat: true
            onClicked: bar.settingsWanted()
        }
        FlatButton {
            objectName: "keys"
            symbol: "help"
            hint: qsTr("Keys (F1)")
            flat: true
            onClicked: bar.keysWanted()
        }
    }
}
