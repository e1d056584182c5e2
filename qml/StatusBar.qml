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
