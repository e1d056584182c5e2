// The words after the video: those that rated the tokens are coloured by weight; a click, or Enter, shows what a word
// attends to; the next one ends it.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Flickable {
    id: row
    required property TraceView trace
    property int current: 0
    objectName: "words"
    implicitHeight: Math.min(words.implicitHeight, Theme.size(66))
    contentHeight: words.implicitHeight
    clip: true
    activeFocusOnTab: trace.hasWords
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Words of the question")
    Accessible.description: qsTr("Left and right choose a word, Enter shows what it attends to")
    ScrollBar.vertical: AreaBar {}

    // The question that was answered is at the end.
    function showEnd() {
        Qt.callLater(() => row.contentY = Math.max(0, row.contentHeight - row.height));
    }
    onTraceChanged: showEnd()
    onVisibleChanged: showEnd()
    Connections {
        target: row.trace
        function onWordsChanged() {
            row.showEnd();
        }
    }

    // To the next visible one.
    function go(by) {
        let next = current + by;
        while (trace.words[next]?.text === "")
            next += by;
        if (trace.words[next])
            current = next;
    }
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
    Keys.onLeftPressed: go(-1)
    Keys.onRightPressed: go(1)
    Keys.onReturnPressed: trace.word = current
    Keys.onEnterPressed: trace.word = current

    Flow {
        id: words
        width: row.width
        Repeater {
            model: row.trace.words
            Rectangle {
                id: word
                required property var modelData
                required property int index
                readonly property bool shown: row.trace.word === index
                objectName: "word" + index
                visible: modelData.text !== ""
                width: label.implicitWidth
                height: label.implicitHeight + 4
                radius: 3
                color: shown ? Theme.accent : modelData.rater ? Qt.alpha(Theme.recycled, 0.2 + 0.6 * modelData.weight) : mouse.containsMouse && row.trace.hasWords ? Theme.raised : "transparent"
                border.width: row.activeFocus && row.current === index ? 2 : 0
                border.color: shown ? Theme.text : Theme.accent
                Accessible.role: Accessible.ListItem
                Accessible.selectable: true
                Accessible.selected: shown
                Accessible.name: modelData.name || modelData.text
                Accessible.onPressAction: row.trace.word = index
                Text {
                    id: label
                    anchors.centerIn: parent
                    text: word.modelData.text
                    textFormat: Text.PlainText
                    color: word.shown ? Theme.accentText : word.modelData.rater ? Theme.text : Theme.dim
                    font.pixelSize: Theme.font
                    font.italic: word.modelData.name !== ""
                    font.bold: word.modelData.rater
                }
                MouseArea {
                    id: mouse
                    anchors.fill: parent
                    hoverEnabled: true
                    onClicked: if (row.trace.hasWords) {
                        row.current = word.index;
                        row.trace.word = word.index;
                    }
                    ToolTip.visible: containsMouse
                    ToolTip.delay: 600
                    readonly property string use: word.modelData.rater ? qsTr("Rates tokens; weight, relative to the largest: %1").arg(Words.number(word.modelData.weight, 2)) : row.trace.hasWords ? qsTr("Show what this word attends to") : ""
                    ToolTip.text: [word.modelData.name, use, qsTr("Token %1 of the text: %2").arg(word.index + 1).arg(word.modelData.piece)].filter(line => line !== "").join("\n")
                }
            }
        }
    }
}
