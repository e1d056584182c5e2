// Asks before answers in progress are lost: the action is taken now, after the answers are done, or not at all.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property SparsightApp app
    required property string action // the button that acts now
    required property string consequence // what acting now means for the answers
    required property string later // what happens once the answers are done
    readonly property string what: qsTr("Answers in progress or waiting: %1.").arg(app.answering.pending) + " " + later
    property bool wanted: false // asked for, neither taken nor given up
    property bool putOff: false // until the answers are done
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
