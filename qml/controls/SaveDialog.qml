// Asks where to save, and before it replaces a file, unless the desktop's dialog has asked that.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Templates as T
import Sparsight

Item {
    id: saver
    required property SparsightApp app
    property alias title: picker.title
    property alias nameFilters: picker.nameFilters
    property alias questionName: replace.objectName // of the question before a file is replaced
    signal chosen(string file)
    function ask(name) {
        picker.ask(name);
    }
    function take(file) {
        if (!app.exporter.isThere(file))
            return chosen(file);
        replace.file = file;
        replace.open();
    }
    visible: false
    FilePicker {
        id: picker
        objectName: "savePicker"
        app: saver.app
        kind: FileChooser.SaveFile
        place: "exports"
        acceptLabel: qsTr("Save")
        onChosen: (files, asked) => asked ? saver.chosen(files[0]) : saver.take(files[0])
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
