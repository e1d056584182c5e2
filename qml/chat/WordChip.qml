// A word that can be asked what it attends to.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Rectangle {
    id: chip
    required property string text
    property string name: "" // of a sign that stands for an invisible character
    property var tip: () => "" // asked for when the pointer comes: there may be hundreds of words
    property bool known: true
    property bool shown: false
    property bool current: false // with the keyboard
    property bool rater: false
    property real weight: 0
    signal clicked
    width: label.implicitWidth + Theme.size(6)
    height: label.implicitHeight + Theme.size(4)
    radius: 3
    color: shown ? Theme.accent : rater ? Qt.alpha(Theme.recycled, 0.2 + 0.6 * weight) : mouse.containsMouse && known ? Theme.raised : "transparent"
    border.width: current ? 2 : 0
    border.color: shown ? Theme.text : Theme.accent
    Accessible.role: Accessible.ListItem
    Accessible.selectable: known
    Accessible.selected: shown
    Accessible.name: name || text
    Accessible.onPressAction: if (known)
        clicked()
    Text {
        id: label
        anchors.centerIn: parent
        text: chip.text
        textFormat: Text.PlainText
        color: chip.shown ? Theme.accentText : chip.rater ? Theme.text : Theme.dim
        font.pixelSize: Theme.font
        font.italic: chip.name !== ""
        font.bold: chip.rater
    }
    MouseArea {
        id: mouse
        anchors.fill: parent
        hoverEnabled: true
        onClicked: if (chip.known)
            chip.clicked()
        onEntered: {
            ToolTip.delay = 600;
            ToolTip.text = chip.tip.call(chip);
            ToolTip.visible = ToolTip.text !== "";
        }
        onExited: ToolTip.visible = false
    }
}
