// Below everything: the model, and what it is doing.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: bar
    required property SparsightApp app
    signal sessionsToggled

    implicitHeight: 32
    color: Theme.panel
    Rectangle {
        width: parent.width
        height: 1
        color: Theme.line
    }
    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Theme.gap
        anchors.rightMargin: Theme.margin
        spacing: Theme.gap
        FlatButton {
            objectName: "toggleSessions"
            text: "☰"
            hint: qsTr("Show or hide the sessions")
            flat: true
            onClicked: bar.sessionsToggled()
        }
        Text {
            text: bar.app.model !== "" ? bar.app.model : qsTr("Loading the model …")
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
        Item {
            Layout.fillWidth: true
        }
        Text {
            objectName: "exported"
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
            implicitWidth: 90
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
            text: "✕"
            hint: qsTr("Close this message")
            font.pixelSize: Theme.fontSmall
            flat: true
            onClicked: bar.app.exporter.forget()
        }
        Text {
            objectName: "stage"
            text: bar.app.chat.stage
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
        ProgressBar {
            visible: bar.app.chat.busy
            indeterminate: bar.app.chat.progress < 0
            value: Math.max(0, bar.app.chat.progress)
            implicitWidth: 140
            Accessible.name: bar.app.chat.stage
        }
    }
}
