// Asks which of several dropped files to open, or all of them. It stays until one could be opened, or the user closes it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property SparsightApp app
    readonly property int files: app.choices.length
    signal batchWanted(var files)
    title: qsTr("Several files: open which one?")
    wantedWidth: Theme.size(520)
    wantedHeight: Theme.size(480)
    onFilesChanged: files > 0 ? open() : close()
    onOpened: list.forceActiveFocus()
    onClosed: app.dismissChoices()

    contentItem: ColumnLayout {
        spacing: Theme.gap
        Text {
            Layout.fillWidth: true
            visible: text !== ""
            text: sheet.app.notice
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.warning
            font.pixelSize: Theme.font
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        ListView {
            id: list
            objectName: "choices"
            activeFocusOnTab: true
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            model: sheet.app.choices
            keyNavigationEnabled: true
            boundsBehavior: Flickable.StopAtBounds
            Accessible.role: Accessible.List
            Accessible.name: sheet.title
            ScrollBar.vertical: ScrollBar {}
            Keys.onReturnPressed: sheet.app.check(model[currentIndex])
            Keys.onEnterPressed: sheet.app.check(model[currentIndex])
            delegate: ItemDelegate {
                id: entry
                required property string modelData
                required property int index
                readonly property bool current: ListView.isCurrentItem
                width: list.width
                focusPolicy: Qt.NoFocus
                Accessible.name: label.text
                onClicked: {
                    list.currentIndex = index;
                    sheet.app.check(modelData);
                }
                contentItem: Text {
                    id: label
                    text: sheet.app.recent.nameOf(entry.modelData)
                    textFormat: Text.PlainText
                    color: Theme.text
                    font.pixelSize: Theme.font
                    elide: Text.ElideMiddle
                }
                background: Rectangle {
                    radius: Theme.radius
                    color: entry.hovered || entry.current ? Theme.raised : "transparent"
                    border.width: entry.current && list.activeFocus ? 2 : 0
                    border.color: Theme.accent
                }
                ToolTip.visible: hovered
                ToolTip.delay: 600
                ToolTip.text: modelData
            }
        }
        Flow {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                objectName: "openAll"
                strong: true
                text: qsTr("Open all %1, one session each").arg(Words.number(sheet.files))
                enabled: !sheet.app.sessions.importing
                onClicked: sheet.app.openAllChoices()
            }
            FlatButton {
                objectName: "batchOfChoices"
                text: qsTr("Ask them all the same …")
                onClicked: {
                    const files = sheet.app.choices;
                    sheet.close();
                    sheet.batchWanted(files);
                }
            }
        }
    }
}
