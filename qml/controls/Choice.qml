// A drop-down list in the colours of the theme.
import QtQuick
import QtQuick.Controls.Basic

ComboBox {
    id: choice
    property string label: "" // the caption beside it
    property string hint: ""
    property real widest: 0 // of the entries that were made
    font.pixelSize: Theme.fontSmall
    implicitHeight: Theme.size(30)
    Accessible.name: label !== "" ? label : hint
    Accessible.description: label !== "" ? hint : ""
    ToolTip.visible: hovered && ToolTip.text !== ""
    ToolTip.delay: 600
    ToolTip.text: [shown.truncated ? displayText : "", hint].filter(line => line !== "").join("\n")
    palette.buttonText: Theme.text
    contentItem: Text {
        id: shown
        textFormat: Text.PlainText
        leftPadding: Theme.size(10)
        text: choice.displayText
        font: choice.font
        color: Theme.text
        verticalAlignment: Text.AlignVCenter
        elide: Text.ElideRight
    }
    indicator: Icon {
        x: choice.width - width - Theme.tight
        y: (choice.height - height) / 2
        symbol: "chevron"
        color: Theme.dim
    }
    rightPadding: Theme.size(24)
    background: Rectangle {
        implicitWidth: Theme.size(150)
        radius: Theme.radius
        color: choice.hovered || choice.down ? Theme.raised : Theme.panel
        border.width: 1
        border.color: Theme.line
    }
    FocusRing {}
    delegate: ItemDelegate {
        id: entry
        required property string modelData
        required property int index
        width: ListView.view ? ListView.view.width : choice.width
        onImplicitWidthChanged: choice.widest = Math.max(choice.widest, Math.ceil(implicitWidth) + 2)
        highlighted: choice.highlightedIndex === index
        contentItem: Text {
            textFormat: Text.PlainText
            text: entry.modelData
            font: choice.font
            color: Theme.text
            elide: Text.ElideRight
            verticalAlignment: Text.AlignVCenter
        }
        background: Rectangle {
            color: entry.highlighted ? Theme.raised : Theme.panel
            border.width: entry.highlighted ? 2 : 0
            border.color: Theme.accent
        }
    }
    popup: Popup {
        y: choice.height + 2
        width: Math.max(choice.width, Theme.size(180), Math.min(choice.widest, Theme.size(420)))
        implicitHeight: Math.min(contentItem.implicitHeight + 2, Theme.size(420))
        padding: 1
        modal: true // as PopupMenu
        dim: false
        contentItem: ListView {
            clip: true
            implicitHeight: contentHeight
            model: choice.delegateModel
            currentIndex: choice.highlightedIndex
            ScrollIndicator.vertical: ScrollIndicator {}
        }
        background: Rectangle {
            radius: Theme.radius
            color: Theme.panel
            border.color: Theme.line
        }
    }
}
