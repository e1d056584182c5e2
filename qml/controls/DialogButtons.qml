// The buttons of a dialog, in the language of the window, which Qt's own buttons do not always follow.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

DialogButtonBox {
    id: box
    required property string action // the button that accepts
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
