// Asks before answers that are being written are lost: go on with what was wanted, or leave them be.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property SparsightApp app
    required property string action // what is done then
    required property string consequence // for what was said and what waits
    signal agreed
    onOpened: Words.announce(words)
    Connections {
        target: sheet.app.answering
        function onChanged() {
            if (sheet.app.answering.pending === 0)
                sheet.close(); // nothing would be lost any more
        }
    }
    wantedWidth: Theme.size(460)
    contentItem: ColumnLayout {
        spacing: Theme.margin
        Text {
            id: words
            Layout.fillWidth: true
            text: qsTr("Answers that are being written or wait: %1.").arg(sheet.app.answering.pending) + " " + sheet.consequence
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
                text: qsTr("Let them be finished")
                onClicked: sheet.close()
            }
            FlatButton {
                objectName: "agree"
                text: sheet.action
                onClicked: {
                    sheet.close();
                    sheet.agreed();
                }
            }
        }
    }
}
