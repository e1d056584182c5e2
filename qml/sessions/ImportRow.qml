// The progress of long work on the sessions (import, export, sessions for many videos), with a button to stop it; then
// where an export is.
import QtQuick
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: row
    required property SessionList sessions
    objectName: "importRow"
    visible: sessions.importing || sessions.exportedTo !== ""
    spacing: Theme.gap
    ElidedText {
        objectName: "importText"
        Layout.fillWidth: true
        text: row.sessions.importing ? row.sessions.work : qsTr("Saved: %1").arg(row.sessions.exportedTo)
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
        elide: Text.ElideMiddle
        Accessible.role: Accessible.StaticText
        Accessible.name: text
    }
    FlatButton {
        objectName: "stopImport"
        visible: row.sessions.importing
        text: qsTr("Stop")
        hint: qsTr("Stop it; nothing is added or changed")
        onClicked: row.sessions.stopImport()
    }
    FlatButton {
        objectName: "forgetExport"
        visible: !row.sessions.importing
        symbol: "close"
        flat: true
        hint: qsTr("Close this message")
        onClicked: row.sessions.forgetExport()
    }
}
