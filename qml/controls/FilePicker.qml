// Asks for files or a folder: with the desktop's dialog, else with the program's own.
import QtQuick
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
        asking.open(Window.window, name);
    }
    visible: false
    FileChooser {
        id: asking
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
            (own.item as FileSheet).begin();
        }
    }
    Loader {
        id: own
        objectName: "ownDialog"
        active: false
        sourceComponent: FileSheet {
            chooser: asking
            kind: picker.kind
            suggestion: picker.suggestion
            nameFilters: picker.nameFilters
            title: picker.title
            acceptLabel: picker.acceptLabel
        }
    }
}
