// A message over the window that may offer an action and can be closed.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: bar
    required property string text
    property string action: ""
    property bool closable: true
    signal acted
    signal dismissed
    implicitHeight: row.implicitHeight + 2 * Theme.gap
    radius: Theme.card
    color: Theme.warningBack
    border.color: Theme.warning
    function announce() {
        if (visible && text !== "")
            Words.announce(words);
    }
    onTextChanged: Qt.callLater(announce)
    onVisibleChanged: Qt.callLater(announce)
    RowLayout {
        id: row
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.gap
        spacing: Theme.gap
        Icon {
            symbol: "warning"
            color: Theme.warning
        }
        Text {
            id: words
            Layout.fillWidth: true
            text: bar.text
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.warning
            font.pixelSize: Theme.font
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        FlatButton {
            objectName: "act"
            visible: bar.action !== ""
            text: bar.action
            onClicked: bar.acted()
        }
        FlatButton {
            objectName: "dismiss"
            visible: bar.closable
            symbol: "close"
            flat: true
            hint: qsTr("Close this message")
            onClicked: bar.dismissed()
        }
    }
}
