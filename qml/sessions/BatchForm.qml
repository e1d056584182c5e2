// What a batch asks: videos, questions and the pruning.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: form
    required property SparsightApp app
    property bool cancellable: false
    property var videos: [] // paths
    readonly property int questions: app.batch.questionsIn(text.text)
    readonly property int answers: videos.length * questions
    signal cancelled
    function add(found) {
        videos = videos.concat(found.filter((path, i) => videos.indexOf(path) < 0 && found.indexOf(path) === i));
    }
    function removeAt(row) {
        videos = videos.filter((path, i) => i !== row);
    }
    spacing: Theme.gap
    Connections {
        target: form.app.batch
        function onFound(found) {
            form.add(found);
        }
    }
    VideoPicker {
        id: files
        objectName: "batchPicker"
        app: form.app
        kind: FileChooser.OpenFiles
        title: qsTr("Videos")
        onChosen: files => form.app.batch.find(files.map(file => file.toString()))
    }
    FilePicker {
        id: folder
        objectName: "batchFolderPicker"
        app: form.app
        kind: FileChooser.OpenFolder
        title: qsTr("A folder with videos")
        onChosen: files => form.app.batch.find([files[0].toString()])
    }
    RowLayout {
        Layout.fillWidth: true
        Layout.fillHeight: true
        spacing: Theme.margin
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredWidth: 1
            spacing: Theme.gap
            Item {
                id: heading
                Layout.fillWidth: true
                implicitHeight: Math.max(name.implicitHeight, sources.implicitHeight)
                Text {
                    id: name
                    anchors.verticalCenter: parent.verticalCenter
                    width: Math.max(0, sources.x - Theme.gap)
                    textFormat: Text.PlainText
                    text: form.videos.length === 0 ? qsTr("Videos") : qsTr("Videos: %1").arg(Words.number(form.videos.length))
                    color: Theme.text
                    font.pixelSize: Theme.font
                    font.bold: true
                    elide: Text.ElideRight
                }
                Row {
                    id: sources
                    anchors.right: parent.right
                    anchors.verticalCenter: parent.verticalCenter
                    spacing: Theme.gap
                    FlatButton {
                        objectName: "batchFiles"
                        symbol: "plus"
                        text: qsTr("Files …")
                        onClicked: files.ask()
                    }
                    FlatButton {
                        objectName: "batchFolder"
                        symbol: "folder-add"
                        text: qsTr("Folder …")
                        onClicked: folder.ask()
                    }
                }
            }
            Rectangle {
                Layout.fillWidth: true
                Layout.fillHeight: true
                radius: Theme.radius
                color: drop.containsDrag ? Theme.question : Theme.window
                border.color: Theme.edge
                DropArea {
                    id: drop
                    anchors.fill: parent
                    onEntered: drag => drag.accepted = drag.hasUrls
                    onDropped: event => form.app.batch.find(event.urls.map(url => url.toString()))
                }
                Text {
                    anchors.centerIn: parent
                    width: parent.width - 2 * Theme.margin
                    visible: form.videos.length === 0
                    textFormat: Text.PlainText
                    text: qsTr("Drop videos or folders here")
                    color: Theme.dim
                    font.pixelSize: Theme.font
                    wrapMode: Text.Wrap
                    horizontalAlignment: Text.AlignHCenter
                }
                ListView {
                    id: list
                    objectName: "batchVideos"
                    anchors.fill: parent
                    anchors.margins: Theme.size(4)
                    clip: true
                    model: form.videos
                    activeFocusOnTab: count > 0
                    keyNavigationEnabled: true
                    boundsBehavior: Flickable.StopAtBounds
                    Accessible.role: Accessible.List
                    Accessible.name: qsTr("Videos")
                    ScrollBar.vertical: ScrollBar {}
                    onActiveFocusChanged: if (activeFocus && currentIndex < 0 && count > 0)
                        currentIndex = 0
                    Keys.onDeletePressed: form.removeAt(currentIndex)
                    FocusRing {
                        shown: list.activeFocus
                        gap: -2
                    }
                    delegate: Rectangle {
                        id: entry
                        required property string modelData
                        required property int index
                        width: list.width
                        height: Theme.size(40)
                        radius: Theme.radius
                        color: list.activeFocus && ListView.isCurrentItem ? Theme.raised : "transparent"
                        Accessible.role: Accessible.ListItem
                        Accessible.name: file.text
                        RowLayout {
                            anchors.fill: parent
                            anchors.leftMargin: Theme.size(4)
                            spacing: Theme.gap
                            ThumbnailItem {
                                implicitWidth: Theme.size(51)
                                implicitHeight: Theme.size(34)
                                thumbnails: form.app.thumbnails
                                path: entry.modelData
                                radius: Theme.size(4)
                            }
                            ElidedText {
                                id: file
                                Layout.fillWidth: true
                                text: form.app.recent.nameOf(entry.modelData)
                                color: Theme.text
                                font.pixelSize: Theme.font
                                elide: Text.ElideMiddle
                            }
                            FlatButton {
                                symbol: "close"
                                flat: true
                                focusPolicy: Qt.NoFocus // Del in the list
                                hint: qsTr("Leave %1 out (Del)").arg(file.text)
                                onClicked: form.removeAt(entry.index)
                            }
                        }
                    }
                }
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredWidth: 1
            spacing: Theme.gap
            Text {
                textFormat: Text.PlainText
                Layout.fillWidth: true
                Layout.preferredHeight: heading.height
                verticalAlignment: Text.AlignVCenter
                text: qsTr("Questions, one in each line")
                color: Theme.text
                font.pixelSize: Theme.font
                font.bold: true
                elide: Text.ElideRight
            }
            Rectangle {
                Layout.fillWidth: true
                Layout.fillHeight: true
                radius: Theme.radius
                color: Theme.window
                border.color: Theme.edge
                ScrollView {
                    anchors.fill: parent
                    anchors.margins: Theme.size(4)
                    TextArea {
                        id: text
                        objectName: "batchQuestions"
                        wrapMode: TextEdit.Wrap
                        textFormat: TextEdit.PlainText
                        color: Theme.text
                        font.pixelSize: Theme.font
                        selectByMouse: true
                        KeyNavigation.priority: KeyNavigation.BeforeItem
                        KeyNavigation.tab: pruning
                        placeholderText: qsTr("What happens?\nHow many people are there?")
                        placeholderTextColor: Theme.dim
                        Accessible.name: qsTr("Questions, one in each line")
                        background: null
                    }
                }
                FocusRing {
                    shown: text.activeFocus
                }
            }
        }
    }
    // A positioner: it follows its texts also while the page is closed.
    Item {
        Layout.fillWidth: true
        implicitHeight: actions.implicitHeight
        FlatButton {
            id: pruning
            objectName: "batchPruning"
            anchors.verticalCenter: parent.verticalCenter
            padding: Theme.size(5)
            leftPadding: Theme.margin
            text: form.app.batch.pruned.pruningName + " ▾"
            hint: qsTr("How visual tokens are pruned for all of these questions")
            font.pixelSize: Theme.fontSmall
            background: Rectangle {
                radius: height / 2
                color: pruning.hovered || pruning.down || menu.visible ? Theme.line : Theme.raised
            }
            onClicked: menu.open()
            PruningMenu {
                id: menu
                objectName: "batchPruningMenu"
                app: form.app
                chat: form.app.batch.pruned
            }
        }
        Row {
            id: actions
            anchors.right: parent.right
            spacing: Theme.gap
            FlatButton {
                objectName: "batchCancel"
                visible: form.cancellable
                text: qsTr("Back")
                onClicked: form.cancelled()
            }
            FlatButton {
                objectName: "batchBegin"
                strong: true
                enabled: form.answers > 0 && form.app.batch.pruned.isBudget(form.app.batch.pruned.budget)
                text: form.answers === 0 ? qsTr("Ask") : form.answers === 1 ? qsTr("Ask for 1 answer") : qsTr("Ask for %1 answers").arg(Words.number(form.answers))
                hint: qsTr("They are answered behind what you ask yourself, with the settings of Answers")
                onClicked: form.app.batch.begin(form.videos, text.text, form.app.batch.pruned.strategy, form.app.batch.pruned.strategy === "none" ? "" : form.app.batch.pruned.budget)
            }
        }
    }
}
