// One of the prunings to choose from: its name, what it does, and how accurate it was.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

RadioButton {
    id: entry
    required property var modelData // {key, name, line, accuracy, chosen}
    objectName: "pruning-" + modelData.key
    checked: modelData.chosen
    autoExclusive: true
    padding: Theme.size(6)
    leftPadding: Theme.gap
    text: modelData.name
    font.pixelSize: Theme.font
    Accessible.name: modelData.name
    Accessible.description: modelData.accuracy !== "" ? modelData.line + " " + modelData.accuracy : modelData.line
    indicator: Rectangle {
        x: entry.leftPadding
        y: entry.topPadding + Theme.size(2)
        width: Theme.size(14)
        height: width
        radius: width / 2
        color: "transparent"
        border.width: entry.modelData.chosen ? Theme.size(4) : 1
        border.color: entry.modelData.chosen ? Theme.accent : Theme.edge
    }
    contentItem: Column {
        leftPadding: entry.indicator.width + Theme.gap
        spacing: 1
        Text {
            textFormat: Text.PlainText
            text: entry.modelData.name
            color: Theme.text
            font.pixelSize: Theme.font
        }
        Text {
            textFormat: Text.PlainText
            width: entry.availableWidth - parent.leftPadding
            text: entry.modelData.line
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
        }
        Text {
            textFormat: Text.PlainText
            width: entry.availableWidth - parent.leftPadding
            visible: text !== ""
            text: entry.modelData.accuracy
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: entry.hovered || entry.modelData.chosen ? Theme.raised : "transparent"
    }
    FocusRing {
        gap: -2
    }
}
