// How the tokens are drawn: strength, colours, tiles or the whole picture, zoom; and a copy of what is seen.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

FlatButton {
    id: button
    required property TraceView trace
    required property real zoom // 1: the whole picture
    readonly property bool scored: trace.mode === TraceView.Score || trace.mode === TraceView.Word
    signal zoomWanted(real zoom)
    signal copyWanted
    glass: true
    symbol: "tune"
    hint: qsTr("How the tokens are drawn")
    padding: Theme.tight
    checked: popup.opened
    onClicked: popup.opened ? popup.close() : popup.open()

    component Line: RowLayout {
        id: line
        property string name
        Layout.fillWidth: true
        spacing: Theme.gap
        Text {
            textFormat: Text.PlainText
            Layout.preferredWidth: Theme.size(92)
            text: line.name
            color: Theme.text
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
        }
    }
    Popup {
        id: popup
        objectName: "viewMenu"
        y: button.height + Theme.tight
        width: Theme.size(280)
        padding: Theme.margin
        modal: true // as PopupMenu
        dim: false
        focus: true
        background: Rectangle {
            color: Theme.panel
            radius: Theme.card
            border.color: Theme.line
        }
        contentItem: ColumnLayout {
            spacing: Theme.gap
            Line {
                name: qsTr("Opacity")
                LineSlider {
                    objectName: "strength"
                    Layout.fillWidth: true
                    value: button.trace.strength
                    onMoved: button.trace.strength = value
                    Accessible.name: qsTr("Opacity of the tokens over the video")
                }
                Text {
                    textFormat: Text.PlainText
                    text: qsTr("%1 %").arg(Words.number(100 * button.trace.strength))
                    color: Theme.dim
                    font.pixelSize: Theme.fontSmall
                }
            }
            Line {
                name: qsTr("Colours")
                visible: button.scored
                Choice {
                    objectName: "colours"
                    Layout.fillWidth: true
                    hint: qsTr("Colours of the scores")
                    model: ["viridis", "inferno"]
                    currentIndex: model.indexOf(button.trace.colours)
                    onActivated: button.trace.colours = currentText
                }
            }
            Line {
                name: qsTr("Shown")
                visible: button.trace.hasOverview
                Choice {
                    objectName: "views"
                    Layout.fillWidth: true
                    hint: qsTr("The model looked at tiles of the picture and at the whole of it")
                    model: [qsTr("Tiles"), qsTr("Overview")]
                    currentIndex: button.trace.overview ? 1 : 0
                    onActivated: index => button.trace.overview = index === 1
                }
            }
            Line {
                name: qsTr("Zoom")
                LineSlider {
                    objectName: "zoom"
                    Layout.fillWidth: true
                    from: 1
                    to: 4
                    value: button.zoom
                    onMoved: button.zoomWanted(value)
                    Accessible.name: qsTr("Zoom of the picture")
                    Accessible.description: qsTr("Ctrl and the wheel do the same; drag the picture to move it")
                }
                Text {
                    textFormat: Text.PlainText
                    text: qsTr("%1 %").arg(Words.number(100 * button.zoom))
                    color: Theme.dim
                    font.pixelSize: Theme.fontSmall
                }
            }
            FlatButton {
                objectName: "copyPicture"
                Layout.fillWidth: true
                symbol: "copy"
                text: qsTr("Copy the picture")
                hint: qsTr("As it is seen, with its tokens (Ctrl+Shift+C)")
                font.pixelSize: Theme.fontSmall
                onClicked: {
                    button.copyWanted();
                    popup.close();
                }
            }
            Text {
                textFormat: Text.PlainText
                Layout.fillWidth: true
                text: qsTr("Hold B for the bare picture. Click an entry of the legend to see these tokens alone.")
                wrapMode: Text.Wrap
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
        }
    }
}
