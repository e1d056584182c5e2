// The words of the question, coloured by weight where they rated the tokens, and below them those of the answer. A click,
// or Enter, shows what a word attends to; the next one ends it. Earlier turns are folded behind "…".
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Flickable {
    id: row
    required property TraceView trace
    readonly property var asked: trace.words
    readonly property var answered: trace.answerWords
    readonly property int askedCount: asked.length
    property int current: firstNow // in the words of the question, then in those of the answer
    property bool earlier: false // unfolded
    readonly property int firstNow: Math.max(0, asked.findIndex(word => !word.earlier))
    objectName: "words"
    implicitHeight: Math.min(words.implicitHeight, Theme.size(66))
    contentHeight: words.implicitHeight
    clip: true
    activeFocusOnTab: trace.hasWords
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Words of the question and the answer")
    Accessible.description: qsTr("Left and right choose a word, Enter shows what it attends to")
    ScrollBar.vertical: AreaBar {}
    Connections {
        target: row.trace
        function onWordsChanged() {
            row.contentY = 0;
            row.earlier = false;
            row.current = Qt.binding(() => row.firstNow);
        }
    }

    function isThere(at) {
        return at < asked.length ? asked[at].text !== "" && (earlier || !asked[at].earlier) : at < asked.length + answered.length;
    }
    // To the next one that is there.
    function go(by) {
        let next = current + by;
        while (next >= 0 && next < asked.length && !isThere(next))
            next += by;
        if (next >= 0 && isThere(next)) {
            current = next;
            const item = next < asked.length ? questions.itemAt(next) : answers.itemAt(next - asked.length);
            const top = item.mapToItem(words, 0, 0).y;
            contentY = Math.max(0, Math.min(contentY, top), top + item.height - height);
        }
    }
    function choose(at) {
        current = at;
        if (at < asked.length)
            trace.word = at;
        else
            trace.answerWord = at - asked.length;
    }
    function places(word) {
        return word.first === word.last ? qsTr("Token %1 of the text: %2").arg(word.first).arg(word.piece) : qsTr("Tokens %1 to %2 of the text: %3").arg(word.first).arg(word.last).arg(word.piece);
    }
    function use(word) {
        const several = word.first === word.last ? qsTr("Show what this word attends to") : qsTr("Show what this word attends to: the mean of its tokens");
        const rates = word.rater ? qsTr("Rates tokens; weight, relative to the largest: %1").arg(Words.number(word.weight, 2)) : "";
        return [word.name, rates, word.known ? several : "", places(word)].filter(line => line !== "").join("\n");
    }
    Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
    Keys.onLeftPressed: go(-1)
    Keys.onRightPressed: go(1)
    Keys.onReturnPressed: choose(current)
    Keys.onEnterPressed: choose(current)

    Column {
        id: words
        width: row.width
        spacing: 2
        Flow {
            width: parent.width
            FlatButton {
                objectName: "earlierWords"
                visible: row.firstNow > 0
                implicitHeight: Theme.size(22)
                text: row.earlier ? "‹" : "…"
                hint: row.earlier ? qsTr("Fold the earlier turns") : qsTr("Show the words of earlier turns")
                Accessible.name: hint
                onClicked: row.earlier = !row.earlier
            }
            Repeater {
                id: questions
                model: row.asked
                WordChip {
                    required property var modelData
                    required property int index
                    objectName: "word" + index
                    visible: modelData.text !== "" && (row.earlier || !modelData.earlier)
                    text: modelData.text
                    name: modelData.name
                    known: modelData.known
                    rater: modelData.rater
                    weight: modelData.weight
                    shown: row.trace.word === index
                    current: row.activeFocus && row.current === index
                    tip: () => row.use(modelData)
                    onClicked: row.choose(index)
                }
            }
        }
        Flow {
            objectName: "answerWords"
            width: parent.width
            visible: row.answered.some(word => word.known)
            Text {
                text: qsTr("Answer:")
                textFormat: Text.PlainText
                color: Theme.dim
                font.pixelSize: Theme.font
                leftPadding: Theme.size(3)
                rightPadding: Theme.size(4)
                topPadding: Theme.size(2)
            }
            Repeater {
                id: answers
                model: row.answered
                WordChip {
                    required property var modelData
                    required property int index
                    objectName: "answerWord" + index
                    text: modelData.text
                    known: modelData.known
                    shown: row.trace.answerWord === index
                    current: row.activeFocus && row.current - row.askedCount === index
                    tip: () => known ? qsTr("Show what the model looked at when it said this word") : qsTr("The trace has no attention of this word")
                    onClicked: row.choose(row.asked.length + index)
                }
            }
        }
        Text {
            objectName: "attentionNote"
            width: parent.width
            visible: text !== "" && row.trace.mode === TraceView.Word
            text: row.trace.attentionNote
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
    }
}
