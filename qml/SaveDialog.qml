// Asks where to save, and before it replaces a file; not every platform's dialog does.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Templates as T
import Sparsight

Item {
    id: saver
    required property SparsightApp app
    property alias title: dialog.title
    property alias nameFilters: dialog.nameFilters
    property alias questionName: replace.objectName // of the question before a file is replaced
    property string suffix: ""
    signal chosen(string file)
    function ask() {
        dialog.open();
    }
    function askFrom(suggestion) {
        dialog.selectedFile = suggestion;
        dialog.open();
    }
    function take(file) {
        if (!app.exporter.isThere(file))
            return chosen(file);
        replace.file = file;
        replace.open();
    }
    visible: false
    FileDialog {
        id: dialog
        fileMode: FileDialog.SaveFile
        defaultSuffix: saver.suffix
        acceptLabel: qsTr("Save")
        options: FileDialog.DontConfirmOverwrite
        onAccepted: saver.take(selectedFile)
    }
    Dialog {
        id: replace
        property string file: ""
        parent: T.Overlay.overlay
        anchors.centerIn: parent
        width: Theme.size(420)
        modal: true
        title: qsTr("Replace the file?")
        footer: DialogButtons {
            action: qsTr("Replace")
        }
        contentItem: Text {
            text: qsTr("%1 already exists.").arg(replace.file.replace("file://", ""))
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.text
            font.pixelSize: Theme.font
        }
        onAccepted: saver.chosen(file)
    }
}
