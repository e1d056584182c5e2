// The models on this machine: what they need, what is wrong with them, and which one is in use.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts
import Sparsight

Sheet {
    id: page
    required property SparsightApp app
    title: qsTr("Models")
    wantedWidth: Theme.size(760)
    wantedHeight: Theme.size(560)
    onAboutToShow: app.models.search()

    FolderDialog {
        id: folder
        title: qsTr("A folder with one model or several")
        onAccepted: page.app.models.addFolder(selectedFolder)
    }

    contentItem: ColumnLayout {
        spacing: Theme.gap
        Text {
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
                required property string problem
                required property string doubt
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
                        Line {
                            text: entry.name
                            color: Theme.text
                            font.pixelSize: Theme.font
                            font.bold: true
                        }
                        Line {
                            text: [entry.origin, entry.needed].filter(part => part !== "").join(" · ")
                        }
                        Line {
                            visible: entry.shape !== ""
                            text: entry.shape
                        }
                        Line {
                            visible: entry.problem !== ""
                            text: entry.problem
                            color: Theme.warning
                        }
                        Line {
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
        Text {
            textFormat: Text.PlainText
            Layout.fillWidth: true
            text: qsTr("Sparsight downloads nothing. To ask about real videos, download LanguageBind/Video-LLaVA-7B-hf from huggingface.co yourself, for example with:")
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            TextEdit {
                Layout.fillWidth: true
                text: "huggingface-cli download LanguageBind/Video-LLaVA-7B-hf"
                readOnly: true
                selectByMouse: true
                wrapMode: TextEdit.WrapAnywhere
                color: Theme.text
                selectionColor: Theme.accent
                selectedTextColor: Theme.accentText
                font.family: "monospace"
                font.pixelSize: Theme.fontSmall
                Accessible.name: text
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
                onClicked: folder.open()
            }
        }
    }

    component Line: Text {
        Layout.fillWidth: true
        textFormat: Text.PlainText
        wrapMode: Text.Wrap
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
}
