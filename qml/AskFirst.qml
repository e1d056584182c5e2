// Asks before answers that are being written are lost: what was wanted is done now, or when they are there, or not at all.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property SparsightApp app
    required property string action // what is done then
    required property string consequence // for what was said and what waits, now
    required property string later // what is done when nothing would be lost any more
    readonly property string what: qsTr("Answers in progress or waiting: %1.").arg(app.answering.pending) + " " + later
    property bool wanted: false // was neither done nor given up
    property bool putOff: false // until then
    signal agreed
    function act() {
        wanted = false;
        putOff = false;
        close();
        agreed();
    }
    function actLast() {
        if (wanted && app.answering.pending === 0)
            act();
    }
    function giveUp() {
        wanted = false;
        putOff = false;
    }
    onAboutToShow: {
        wanted = true;
        putOff = false;
    }
    onAboutToHide: if (!putOff)
        giveUp()
    onOpened: Words.announce(words)
    Connections {
        target: sheet.app.answering
        function onChanged() {
            Qt.callLater(sheet.actLast);
        }
    }
    wantedWidth: Theme.size(460)
    contentItem: ColumnLayout {
        spacing: Theme.margin
        Text {
            id: words
            Layout.fillWidth: true
            text: sheet.what + " " + sheet.consequence
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.text
            font.pixelSize: Theme.font
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        Flow {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                objectName: "stay"
                strong: true
                focus: true
                text: qsTr("Let them finish")
                onClicked: {
                    sheet.putOff = true;
                    sheet.close();
                    sheet.actLast();
                }
            }
            FlatButton {
                objectName: "agree"
                text: sheet.action
                onClicked: sheet.act()
            }
            FlatButton {
                objectName: "cancel"
                text: qsTr("Cancel")
                onClicked: sheet.close()
            }
        }
    }
}
