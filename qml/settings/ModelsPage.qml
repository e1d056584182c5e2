// The models on this machine: what they need, what is wrong with them, and which one is in use; and others to get.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: page
    required property SparsightApp app
    property bool getting: false
    function choose(part) {
        getting = part === 1;
        parts.itemAt(part).forceActiveFocus(Qt.TabFocusReason);
    }
    title: qsTr("Models")
    wantedWidth: Theme.size(760)
    wantedHeight: Theme.size(560)
    onAboutToShow: {
        app.models.search();
        app.measureSpeed();
    }

    FilePicker {
        id: folder
        objectName: "modelPicker"
        app: page.app
        kind: FileChooser.OpenFolder
        place: "models"
        title: qsTr("A folder with one model or several")
        onChosen: files => page.app.models.addFolder(files[0])
    }

    contentItem: ColumnLayout {
        spacing: Theme.gap
        // As with all radio buttons, Tab goes to the chosen one, and the arrows choose.
        Row {
            spacing: 4
            Accessible.role: Accessible.Grouping
            Accessible.name: qsTr("Which models are shown")
            Repeater {
                id: parts
                model: [qsTr("On this machine"), qsTr("Get a model")]
                ModeButton {
                    required property string modelData
                    required property int index
                    objectName: ["modelsHere", "modelsToGet"][index]
                    text: modelData
                    checked: page.getting === (index === 1)
                    activeFocusOnTab: checked || activeFocus
                    Keys.onLeftPressed: page.choose(0)
                    Keys.onRightPressed: page.choose(1)
                    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
                    onClicked: page.getting = index === 1
                }
            }
        }
        Text {
            visible: !page.getting
            textFormat: Text.PlainText
            Layout.fillWidth: true
            text: page.app.models.searching ? qsTr("Looking for models …") : page.app.models.memory
            color: Theme.dim
            font.pixelSize: Theme.font
            wrapMode: Text.Wrap
        }
        ListView {
            id: list
            objectName: "models"
            visible: !page.getting
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            spacing: Theme.gap
            model: page.app.models
            boundsBehavior: Flickable.StopAtBounds
            Accessible.role: Accessible.List
            Accessible.name: page.title
            ScrollBar.vertical: ScrollBar {}
            delegate: Rectangle {
                id: entry
                required property int index
                required property string path
                required property string name
                required property string origin
                required property string shape
                required property string needed
                required property string time
                required property string problem
                required property string doubt
                required property string notes
                required property bool added
                readonly property bool current: page.app.modelPath === path
                Accessible.role: Accessible.ListItem
                Accessible.name: name
                width: list.width
                implicitHeight: row.implicitHeight + 2 * Theme.gap
                radius: Theme.radius
                color: Theme.raised
                border.width: current ? 2 : 0
                border.color: Theme.accent
                RowLayout {
                    id: row
                    anchors.fill: parent
                    anchors.margins: Theme.gap
                    anchors.leftMargin: Theme.margin
                    spacing: Theme.gap
                    ColumnLayout {
                        Layout.fillWidth: true
                        spacing: 2
                        DimLine {
                            text: entry.name
                            color: Theme.text
                            font.pixelSize: Theme.font
                            font.bold: true
                        }
                        DimLine {
                            text: [entry.origin, entry.needed].filter(part => part !== "").join(" · ")
                        }
                        DimLine {
                            visible: entry.shape !== ""
                            text: entry.shape
                        }
                        DimLine {
                            objectName: "time" + entry.index
                            visible: entry.time !== ""
                            text: entry.time
                        }
                        DimLine {
                            visible: entry.notes !== ""
                            text: entry.notes
                        }
                        DimLine {
                            visible: entry.problem !== ""
                            text: entry.problem
                            color: Theme.warning
                        }
                        DimLine {
                            visible: entry.doubt !== ""
                            text: entry.doubt
                            color: Theme.warning
                        }
                    }
                    FlatButton {
                        objectName: "removeFolder" + entry.index
                        visible: entry.added
                        symbol: "close"
                        flat: true
                        hint: qsTr("Remove this folder from the list; its files stay")
                        onClicked: page.app.models.removeFolder(entry.index)
                    }
                    FlatButton {
                        objectName: "choose" + entry.index
                        text: entry.current ? qsTr("In use") : qsTr("Use")
                        hint: entry.current ? qsTr("%1 is in use").arg(entry.name) : qsTr("Use %1").arg(entry.name)
                        strong: !entry.current
                        enabled: !entry.current && entry.problem === "" && !page.app.loading
                        onClicked: page.app.chooseModel(entry.path)
                    }
                }
            }
        }
        GetModel {
            visible: page.getting
            Layout.fillWidth: true
            Layout.fillHeight: true
            app: page.app
        }
        RowLayout {
            visible: !page.getting
            Layout.fillWidth: true
            spacing: Theme.gap
            Item {
                Layout.fillWidth: true
            }
            FlatButton {
                symbol: "again"
                hint: qsTr("Search again")
                enabled: !page.app.models.searching
                onClicked: page.app.models.search()
            }
            FlatButton {
                objectName: "addFolder"
                symbol: "folder-add"
                text: qsTr("Add a folder …")
                onClicked: folder.ask()
            }
        }
    }
}
