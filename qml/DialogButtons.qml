// What a dialog is answered with, in the language of the window: Qt's own buttons are not always.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

DialogButtonBox {
    id: box
    required property string action // what is done then
    property string other: qsTr("Cancel")
    background: null
    FlatButton {
        objectName: "agree"
        text: box.action
        onClicked: box.accepted()
    }
    FlatButton {
        objectName: "stay"
        text: box.other
        onClicked: box.rejected()
    }
}
