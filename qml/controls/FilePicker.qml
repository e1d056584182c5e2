// Asks for files or a folder: with the desktop's dialog, else with the one that Qt has for this system.
import QtQuick
import QtQuick.Dialogs
import Sparsight

Item {
    id: picker
    required property SparsightApp app
    property int kind: FileChooser.OpenFile
    property string title: ""
    property string place: "videos" // whose folder it begins in
    property string acceptLabel: ""
    property var nameFilters: [qsTr("All files (*)")]
    property string suggestion: "" // the name that is suggested
    signal chosen(var files, bool asked) // asked: the dialog has asked whether to replace the file
    signal cancelled
    function ask(name = "") {
        suggestion = name;
        chooser.open(Window.window, name);
    }
    visible: false
    FileChooser {
        id: chooser
        objectName: picker.objectName + "Chooser"
        settings: picker.app.settings
        kind: picker.kind
        title: picker.title
        acceptLabel: picker.acceptLabel
        place: picker.place
        filters: picker.nameFilters
        onChosen: (files, asked) => picker.chosen(files, asked)
        onCancelled: picker.cancelled()
        onOwnWanted: {
            own.active = true;
            own.item.begin();
        }
    }
    Loader {
        id: own
        objectName: "ownDialog"
        active: false
        sourceComponent: picker.kind === FileChooser.OpenFolder ? forFolder : forFile
    }
    Component {
        id: forFile
        FileDialog {
            function begin() {
                currentFolder = chooser.folder();
                if (picker.suggestion !== "")
                    selectedFile = chooser.file(picker.suggestion);
                open();
            }
            parentWindow: picker.Window.window
            title: picker.title
            acceptLabel: picker.acceptLabel
            nameFilters: picker.nameFilters
            fileMode: picker.kind === FileChooser.SaveFile ? FileDialog.SaveFile : picker.kind === FileChooser.OpenFiles ? FileDialog.OpenFiles : FileDialog.OpenFile
            options: FileDialog.DontConfirmOverwrite
            onAccepted: chooser.take(picker.kind === FileChooser.OpenFiles ? selectedFiles : [selectedFile], picker.nameFilters[selectedNameFilter.index] ?? "")
            onRejected: chooser.cancel()
        }
    }
    Component {
        id: forFolder
        FolderDialog {
            function begin() {
                currentFolder = chooser.folder();
                open();
            }
            parentWindow: picker.Window.window
            title: picker.title
            acceptLabel: picker.acceptLabel
            onAccepted: chooser.take([selectedFolder], "")
            onRejected: chooser.cancel()
        }
    }
}
