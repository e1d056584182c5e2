// Asks where to save what the Exporter writes, and before it replaces a file.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Templates as T
import Sparsight

Item {
    id: save
    required property Exporter exporter
    property int frame: 0 // the sampled frame that a picture shows
    property int kind: Exporter.Markdown
    property string file: ""
    function choose(what) {
        kind = what;
        dialog.selectedFile = exporter.place(what);
        dialog.open();
    }
    function saveTo(where) {
        file = where;
        if (exporter.isThere(file))
            replace.open();
        else
            exporter.save(kind, file, frame);
    }
    FileDialog {
        id: dialog
        title: qsTr("Save as")
        fileMode: FileDialog.SaveFile
        acceptLabel: qsTr("Save")
        options: FileDialog.DontConfirmOverwrite // not every platform's dialog asks
        onAccepted: save.saveTo("" + selectedFile)
    }
    Dialog {
        id: replace
        objectName: "replaceChat"
        parent: T.Overlay.overlay
        anchors.centerIn: parent
        width: Theme.size(420)
        modal: true
        title: qsTr("Replace the file?")
        footer: DialogButtons {
            action: qsTr("Replace")
        }
        contentItem: Text {
            text: qsTr("%1 already exists.").arg(save.file.replace("file://", ""))
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.text
            font.pixelSize: Theme.font
        }
        onAccepted: save.exporter.save(save.kind, save.file, save.frame)
    }
}
