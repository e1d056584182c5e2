// The program's own dialog for files and folders, where the desktop has none.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property FileChooser chooser
    property int kind: FileChooser.OpenFile
    property string suggestion: "" // the name that is suggested
    property string acceptLabel: ""
    property var nameFilters: []
    property url currentFolder
    property bool told: false // the chooser has the answer
    property string problem: ""
    readonly property bool saves: kind === FileChooser.SaveFile
    readonly property bool several: kind === FileChooser.OpenFiles
    readonly property bool folders: kind === FileChooser.OpenFolder
    readonly property string filter: nameFilters[filters.currentIndex] ?? ""
    function begin() {
        told = false;
        filters.currentIndex = 0;
        places.model = chooser.places();
        const before = chooser.folder();
        open();
        go(before);
        name.text = suggestion;
        name.forceActiveFocus();
        const stem = suggestion.lastIndexOf(".");
        name.select(0, stem > 0 ? stem : suggestion.length);
    }
    function go(folder) {
        problem = "";
        currentFolder = folder;
        files.unselect();
        path.text = chooser.pathOf(folder);
        if (!saves)
            name.text = "";
    }
    function up() {
        go(chooser.parentOf(currentFolder));
    }
    // What is named: that is opened or saved, a folder entered.
    function take() {
        problem = "";
        if (!saves && files.chosen.length > 0 && name.text === files.named)
            return finish(files.chosen);
        if (folders && name.text.trim() === "")
            return finish([currentFolder]);
        const file = chooser.meant(currentFolder, name.text);
        if (file.toString() === "")
            problem = saves ? qsTr("Give the file a name.") : qsTr("Choose a file.");
        else if (chooser.isFolder(file))
            folders ? finish([file]) : go(file);
        else if (saves && !chooser.isFolder(chooser.parentOf(file)))
            problem = qsTr("There is no folder %1.").arg(chooser.pathOf(chooser.parentOf(file)));
        else if (saves || !folders && chooser.isFile(file))
            finish([file]);
        else
            problem = (folders ? qsTr("There is no folder %1.") : qsTr("There is no file %1.")).arg(chooser.pathOf(file));
    }
    function finish(found) {
        told = true;
        close();
        chooser.take(found, filter);
    }
    wantedWidth: Theme.size(820)
    wantedHeight: Theme.size(600)
    onClosed: if (!told)
        chooser.cancel()

    component Field: TextField {
        id: field
        color: Theme.text
        selectionColor: Theme.accent
        selectedTextColor: Theme.accentText
        font.pixelSize: Theme.font
        selectByMouse: true
        background: Rectangle {
            radius: Theme.radius
            color: Theme.window
            border.color: Theme.edge
        }
        FocusRing {
            shown: field.activeFocus
        }
    }
    component Place: Rectangle {
        id: place
        required property var modelData
        required property int index
        function enter() {
            sheet.go(modelData.folder);
        }
        objectName: "filePlace"
        width: places.width
        height: Theme.size(30)
        radius: Theme.radius
        color: modelData.folder.toString() === sheet.currentFolder.toString() ? Theme.question : placePointed.hovered || places.activeFocus && ListView.isCurrentItem ? Theme.raised : "transparent"
        Accessible.role: Accessible.ListItem
        Accessible.name: placeName.text
        Accessible.onPressAction: enter()
        ElidedText {
            id: placeName
            anchors.fill: parent
            anchors.leftMargin: Theme.gap
            verticalAlignment: Text.AlignVCenter
            text: places.names[place.modelData.kind]
            color: Theme.text
            font.pixelSize: Theme.font
        }
        HoverHandler {
            id: placePointed
        }
        TapHandler {
            onTapped: place.enter()
        }
    }
    contentItem: ColumnLayout {
        spacing: Theme.gap
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                objectName: "fileUp"
                symbol: "back"
                hint: qsTr("To the folder above (Alt+Up)")
                onClicked: sheet.up()
            }
            Field {
                id: path
                objectName: "filePath"
                Layout.fillWidth: true
                Accessible.name: qsTr("Folder")
                onAccepted: {
                    const folder = sheet.chooser.meant(sheet.currentFolder, text);
                    if (sheet.chooser.isFolder(folder))
                        sheet.go(folder);
                    else
                        sheet.problem = qsTr("There is no folder %1.").arg(text);
                }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            spacing: Theme.gap
            ListView {
                id: places
                objectName: "filePlaces"
                Layout.preferredWidth: Theme.size(150)
                Layout.fillHeight: true
                clip: true
                activeFocusOnTab: true
                keyNavigationEnabled: true
                boundsBehavior: Flickable.StopAtBounds
                readonly property var names: ({
                        "home": qsTr("Home"),
                        "movies": qsTr("Videos"),
                        "pictures": qsTr("Pictures"),
                        "documents": qsTr("Documents"),
                        "downloads": qsTr("Downloads")
                    })
                Accessible.role: Accessible.List
                Accessible.name: qsTr("Places")
                Keys.onReturnPressed: (currentItem as Place)?.enter()
                Keys.onSpacePressed: (currentItem as Place)?.enter()
                FocusRing {
                    shown: places.activeFocus
                    gap: -2
                }
                delegate: Place {}
            }
            FileList {
                id: files
                objectName: "fileList"
                Layout.fillWidth: true
                Layout.fillHeight: true
                folder: sheet.currentFolder
                patterns: sheet.chooser.patternsOf(sheet.filter)
                onlyFolders: sheet.folders
                several: sheet.several
                onNamedChanged: if (named !== "")
                    name.text = named
                onEntered: folder => sheet.go(folder)
                onTaken: sheet.take()
                onUpWanted: sheet.up()
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            Field {
                id: name
                objectName: "fileName"
                Layout.fillWidth: true
                Accessible.name: placeholderText
                placeholderText: sheet.folders ? qsTr("Name of the folder") : qsTr("Name of the file")
                placeholderTextColor: Theme.dim
                onTextEdited: sheet.problem = ""
                onAccepted: sheet.take()
                Keys.onDownPressed: files.focusList()
            }
            Choice {
                id: filters
                objectName: "fileFilter"
                visible: !sheet.folders
                Layout.preferredWidth: Theme.size(200)
                label: qsTr("Kind of file")
                model: sheet.nameFilters.map(filter => sheet.chooser.nameOfFilter(filter))
                onActivated: files.unselect()
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            ElidedText {
                id: problemLine
                objectName: "fileProblem"
                Layout.fillWidth: true
                text: sheet.problem
                onTextChanged: if (sheet.problem !== "")
                    Words.announce(problemLine)
                color: Theme.warning
                font.pixelSize: Theme.fontSmall
                elide: Text.ElideMiddle
                Accessible.role: Accessible.AlertMessage
                Accessible.name: text
            }
            FlatButton {
                objectName: "stay"
                text: qsTr("Cancel")
                onClicked: sheet.close()
            }
            FlatButton {
                objectName: "agree"
                strong: true
                text: sheet.acceptLabel !== "" ? sheet.acceptLabel : sheet.folders ? qsTr("Choose") : qsTr("Open")
                onClicked: sheet.take()
            }
        }
        Keys.onPressed: event => {
            if (event.key !== Qt.Key_Up || !(event.modifiers & Qt.AltModifier))
                return event.accepted = false;
            sheet.up();
        }
    }
}
