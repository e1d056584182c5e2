// A budget as it is typed: a share of the visual tokens, or a number of them. It is the same in all of the window.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

TextField {
    id: field
    required property var chat // a Conversation or a PruningDraft
    // How much that is, in the words of the menu of prunings: "25 % (514 tokens)"; or what is wrong with it.
    readonly property string words: chat.budgetWords !== undefined ? chat.amountWords(text) : "" // again with another clip or language
    readonly property bool valid: chat.isBudget(text)
    implicitWidth: Theme.size(110)
    implicitHeight: Theme.size(30)
    padding: Theme.size(6)
    leftPadding: Theme.size(8)
    verticalAlignment: TextInput.AlignVCenter
    maximumLength: 60
    placeholderText: qsTr("as published")
    placeholderTextColor: Theme.dim
    color: valid ? Theme.text : Theme.warning
    font.pixelSize: Theme.fontSmall
    Accessible.name: qsTr("Visual tokens that stay")
    Accessible.description: words
    ToolTip.visible: hovered
    ToolTip.delay: 600
    ToolTip.text: (text.trim() !== "" && words !== "" ? words + "\n" : "") + qsTr("Visual tokens that stay, on average after the first pruning: a share (9.4%) or a number (194). Leave empty for the published value.")
    background: Rectangle {
        radius: Theme.radius
        color: Theme.window
        border.color: Theme.edge
    }
    FocusRing {
        shown: field.activeFocus
    }
}
