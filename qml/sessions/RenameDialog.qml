// Asks for a new name for a session.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: rename
    property var sessionId: 0
    signal renamed(var id, string name)
    function ask(id, title) {
        sessionId = id;
        name.text = title;
        open();
        name.selectAll();
        name.forceActiveFocus();
    }
    wantedWidth: Theme.size(400)
    title: qsTr("Rename the session")
    onAccepted: if (name.text.trim() !== "")
        renamed(sessionId, name.text)
    contentItem: ColumnLayout {
        spacing: Theme.margin
        TextField {
            id: name
            objectName: "newName"
            Layout.fillWidth: true
            maximumLength: 200
            color: Theme.text
            font.pixelSize: Theme.font
            Accessible.name: rename.title
            background: Rectangle {
                radius: Theme.radius
                color: Theme.window
                border.color: Theme.edge
            }
            FocusRing {
                shown: name.activeFocus
            }
            onAccepted: if (text.trim() !== "")
                rename.accept()
        }
        Flow {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                objectName: "agree"
                strong: true
                text: qsTr("Rename")
                enabled: name.text.trim() !== ""
                onClicked: rename.accept()
            }
            FlatButton {
                objectName: "stay"
                text: qsTr("Cancel")
                onClicked: rename.reject()
            }
        }
    }
}
