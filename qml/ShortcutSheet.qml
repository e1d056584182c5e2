// All keys, as qml/Shortcuts.qml holds them.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property Shortcuts shortcuts
    signal tourWanted
    title: qsTr("Keys")
    wantedWidth: Theme.size(720)
    contentItem: ColumnLayout {
        spacing: Theme.margin
        ScrollView {
            id: scroll
            Layout.fillWidth: true
            Layout.fillHeight: true
            contentWidth: availableWidth
            GridLayout {
                width: scroll.availableWidth
                columns: sheet.width > Theme.size(600) ? 2 : 1
                columnSpacing: Theme.margin * 3
                rowSpacing: Theme.gap
                Repeater {
                    model: sheet.shortcuts.entries
                    RowLayout {
                        id: line
                        required property var modelData
                        Layout.fillWidth: true
                        Layout.preferredWidth: 1
                        spacing: Theme.gap
                        Text {
                            Layout.fillWidth: true
                            text: line.modelData.name
                            color: Theme.text
                            font.pixelSize: Theme.font
                            wrapMode: Text.Wrap
                        }
                        Repeater {
                            model: line.modelData.sequences.filter(sequence => sequence !== "Ctrl+=")
                            Rectangle {
                                id: key
                                required property string modelData
                                implicitWidth: cap.implicitWidth + Theme.size(14)
                                implicitHeight: cap.implicitHeight + Theme.size(6)
                                color: Theme.raised
                                border.color: Theme.line
                                radius: Theme.size(4)
                                Text {
                                    id: cap
                                    anchors.centerIn: parent
                                    text: sheet.shortcuts.label(key.modelData)
                                    color: Theme.text
                                    font.pixelSize: Theme.fontSmall
                                }
                            }
                        }
                    }
                }
            }
        }
        FlatButton {
            objectName: "showTour"
            text: qsTr("Show me around")
            hint: qsTr("The short tour of the first start")
            onClicked: {
                sheet.close();
                sheet.tourWanted();
            }
        }
    }
}
