// All keys by group, as qml/Shortcuts.qml holds them.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property Shortcuts shortcuts
    signal tourWanted
    title: qsTr("Keys")
    wantedWidth: Theme.size(760)
    // A sequence as the keys are labelled.
    function label(sequence) {
        const names = {
            "Left": "←",
            "Right": "→",
            "Up": "↑",
            "Down": "↓",
            "Space": qsTr("Space"),
            "Backspace": qsTr("Backspace"),
            "Esc": qsTr("Esc"),
            "Tab": qsTr("Tab"),
            "Return": qsTr("Enter"),
            "Del": qsTr("Del"),
            "Menu": qsTr("Menu"),
            "Home": qsTr("Home"),
            "End": qsTr("End"),
            "PgUp": qsTr("Page Up"),
            "PgDown": qsTr("Page Down"),
            "Wheel": qsTr("Wheel")
        };
        const keys = sequence.split("+").filter(key => key !== "").map(key => key === "Ctrl" ? qsTr("Ctrl") : key === "Shift" ? qsTr("Shift") : names[key] ?? key);
        return keys.join("+") + (sequence.endsWith("++") ? "++" : "");
    }

    component Group: Column {
        id: group
        required property string name
        spacing: Theme.gap
        bottomPadding: Theme.margin
        Text {
            textFormat: Text.PlainText
            text: group.name
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            font.bold: true
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Repeater {
            model: sheet.shortcuts.inGroup(group.name)
            Item {
                id: line
                required property var modelData
                width: group.width
                height: Math.max(name.height, caps.height)
                Text {
                    id: name
                    textFormat: Text.PlainText
                    anchors.verticalCenter: parent.verticalCenter
                    width: parent.width - caps.width - Theme.gap
                    text: line.modelData.name
                    color: Theme.text
                    font.pixelSize: Theme.font
                    wrapMode: Text.Wrap
                }
                Flow {
                    id: caps
                    anchors.right: parent.right
                    anchors.verticalCenter: parent.verticalCenter
                    // On one line if there is room.
                    function natural() {
                        let sum = 0;
                        for (let i = 0; i < children.length; ++i)
                            sum += children[i].width > 0 ? children[i].width + spacing : 0;
                        return sum - spacing;
                    }
                    width: Math.ceil(Math.min(natural(), parent.width * 0.55))
                    spacing: Theme.gap
                    Repeater {
                        model: (line.modelData.shown ?? line.modelData.sequences).filter(sequence => sequence !== "Ctrl+=")
                        Rectangle {
                            id: key
                            objectName: "keyCap"
                            readonly property string text: cap.text
                            required property string modelData
                            width: cap.implicitWidth + Theme.size(14)
                            height: cap.implicitHeight + Theme.size(6)
                            color: Theme.raised
                            border.color: Theme.line
                            radius: Theme.size(4)
                            Text {
                                id: cap
                                textFormat: Text.PlainText
                                anchors.centerIn: parent
                                text: sheet.label(key.modelData)
                                color: Theme.text
                                font.pixelSize: Theme.fontSmall
                            }
                        }
                    }
                }
            }
        }
    }

    contentItem: ColumnLayout {
        spacing: Theme.margin
        ScrollView {
            id: scroll
            Layout.fillWidth: true
            Layout.fillHeight: true
            contentWidth: availableWidth
            rightPadding: bar.visible ? bar.width + Theme.gap : 0
            ScrollBar.vertical: AreaBar {
                id: bar
                parent: scroll
                x: scroll.width - width
                height: scroll.height
                visible: size < 1
            }
            contentHeight: columns.height
            implicitHeight: columns.height
            Row {
                id: columns
                spacing: Theme.margin * 3
                Repeater {
                    model: sheet.shortcuts.columns
                    Column {
                        id: column
                        required property var modelData
                        width: Math.floor((scroll.availableWidth - columns.spacing) / 2) - 1
                        Repeater {
                            model: column.modelData
                            Group {
                                required property string modelData
                                name: modelData
                                width: column.width
                            }
                        }
                    }
                }
            }
        }
        FlatButton {
            objectName: "showTour"
            text: qsTr("Show me around")
            hint: qsTr("The short tour from the first start")
            onClicked: {
                sheet.close();
                sheet.tourWanted();
            }
        }
    }
}
