// Shown if the file of a session is gone or has changed, or the model does not look at it: find it, use this one, or
// choose another model.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: banner
    required property SparsightApp app
    readonly property Conversation chat: app.chat
    signal modelsWanted
    objectName: "fileBanner"
    visible: chat.missing !== "" || chat.refused !== "" || chat.differs
    implicitHeight: row.implicitHeight + 2 * Theme.gap
    radius: Theme.radius
    color: Theme.warningBack
    onVisibleChanged: if (visible)
        Qt.callLater(() => Words.announce(words))
    RowLayout {
        id: row
        anchors {
            left: parent.left
            right: parent.right
            verticalCenter: parent.verticalCenter
            margins: Theme.gap
        }
        spacing: Theme.gap
        Text {
            id: words
            Layout.fillWidth: true
            text: banner.chat.differs ? qsTr("%1 is not the file of this session: its content is different.").arg(banner.chat.video) : banner.chat.refusedByModel ? qsTr("This model does not look at %1.").arg(banner.chat.refused) : banner.chat.refused !== "" ? qsTr("%1 is not open yet: it is opened as soon as a model can read it.").arg(banner.chat.refused) : qsTr("%1 no longer exists or cannot be read.").arg(banner.chat.missing)
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.warning
            font.pixelSize: Theme.font
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        FlatButton {
            objectName: "useAnyway"
            visible: banner.chat.differs
            text: qsTr("Use it anyway")
            onClicked: banner.chat.useAnyway()
        }
        FlatButton {
            objectName: "chooseModel"
            visible: banner.chat.refused !== ""
            strong: true
            text: qsTr("Choose a model …")
            onClicked: banner.modelsWanted()
        }
        FlatButton {
            objectName: "findFile"
            visible: banner.chat.refused === ""
            strong: true
            text: qsTr("Locate the file …")
            onClicked: picker.ask()
        }
    }
    VideoPicker {
        id: picker
        objectName: "findPicker"
        app: banner.app
        title: qsTr("Locate the file of this session")
        onChosen: files => banner.chat.findFile(files[0])
    }
}
