// The progress of an import of sessions, with a button to stop it.
import QtQuick
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: row
    required property SessionList sessions
    objectName: "importRow"
    visible: sessions.importing
    spacing: Theme.gap
    Text {
        objectName: "importText"
        textFormat: Text.PlainText
        Layout.fillWidth: true
        text: row.sessions.importProgress < 0 ? qsTr("Importing …") : qsTr("Importing: %1 %").arg(Math.floor(100 * row.sessions.importProgress))
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
        elide: Text.ElideRight
    }
    FlatButton {
        objectName: "stopImport"
        text: qsTr("Stop")
        hint: qsTr("Stop the import; no session is added")
        onClicked: row.sessions.stopImport()
    }
}
