// Asks for another name of a session.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Dialog {
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
    x: Theme.margin
    y: Theme.size(60)
    width: Theme.size(360)
    modal: true
    title: qsTr("Rename the session")
    footer: DialogButtons {
        action: qsTr("Rename")
    }
    onAccepted: if (name.text.trim() !== "")
        renamed(sessionId, name.text)
    contentItem: TextField {
        id: name
        objectName: "newName"
        implicitWidth: Theme.size(320)
        Accessible.name: rename.title
        onAccepted: rename.accept()
    }
}
