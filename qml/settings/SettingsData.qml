// Where the program keeps what belongs to the user, and how much it is.
import QtQuick
import QtQuick.Layouts
import Sparsight

Column {
    id: section
    required property SparsightApp app
    property bool shown: false
    readonly property var names: ({
            "chats": [qsTr("Sessions"), qsTr("All questions and answers with their tokens. Copy this file to keep or move them.")],
            "settings": [qsTr("Settings"), qsTr("A text file. Without it, the program starts as new.")],
            "cache": [qsTr("Downloaded models"), qsTr("The cache that Hugging Face's own programs use, too.")],
            "made": [qsTr("Smaller models"), qsTr("Models that were made smaller here.")],
            "demo": [qsTr("Demo model"), qsTr("Comes with the program.")]
        })
    width: parent ? parent.width : 0
    spacing: Theme.margin
    onShownChanged: if (shown)
        app.places.measure()

    DimLine {
        width: section.width
        text: qsTr("All of it is on this machine. Nothing is sent anywhere; only the page Models downloads, when you ask it to.")
    }
    Repeater {
        model: section.app.places.places
        Column {
            id: place
            required property var modelData
            required property int index
            readonly property string name: section.names[modelData.key][0]
            objectName: "place-" + modelData.key
            width: section.width
            spacing: 2
            SettingRow {
                name: place.name
                what: section.names[place.modelData.key][1]
                RowLayout {
                    Layout.fillWidth: true
                    spacing: Theme.gap
                    Text {
                        objectName: "placeSize"
                        textFormat: Text.PlainText
                        Layout.fillWidth: true
                        Layout.preferredWidth: 1
                        horizontalAlignment: Text.AlignRight
                        text: !place.modelData.there ? qsTr("nothing yet") : place.modelData.size !== "" ? place.modelData.size : "…"
                        color: Theme.text
                        font.pixelSize: Theme.font
                    }
                    FlatButton {
                        objectName: "openPlace"
                        text: qsTr("Open folder")
                        hint: qsTr("Open folder: %1").arg(place.name)
                        font.pixelSize: Theme.fontSmall
                        onClicked: section.app.places.openFolder(place.index)
                    }
                }
            }
            TextEdit {
                objectName: "placePath"
                width: place.width
                text: place.modelData.path
                textFormat: TextEdit.PlainText
                readOnly: true
                selectByMouse: true
                wrapMode: TextEdit.WrapAnywhere
                color: Theme.dim
                selectionColor: Theme.accent
                selectedTextColor: Theme.accentText
                font.pixelSize: Theme.fontSmall
                Accessible.name: place.name + ": " + text
            }
        }
    }
}
