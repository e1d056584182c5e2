// One side of a comparison: its settings, the frame with its tokens, the count over depth, the answer and its cost.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: column
    required property Comparison comparison
    required property Conversation chat
    required property ComparisonSide side
    required property real wordsRoom // height for the answer and its cost; the same on both sides
    readonly property real wordsHeight: words.implicitHeight
    readonly property real pictureY: stage.y
    Layout.fillWidth: true
    Layout.fillHeight: true
    Layout.preferredWidth: 1 // both sides have the same width
    Layout.minimumWidth: 0
    spacing: Theme.gap

    Choice {
        objectName: "answers"
        readonly property var answers: column.comparison.answers
        readonly property int at: answers.findIndex(answer => answer.id === column.side.shown)
        Layout.fillWidth: true
        Layout.minimumWidth: 0
        hint: qsTr("Show an answer from the chat")
        enabled: answers.length > (at < 0 ? 0 : 1)
        model: answers.map((answer, i) => answer.setting === "" ? qsTr("Answer %1").arg(i + 1) : qsTr("Answer %1 · %2").arg(i + 1).arg(answer.setting))
        currentIndex: -1 // none: a side need not show an answer of the chat
        displayText: at < 0 ? qsTr("New answer") : model[at]
        onActivated: index => column.comparison.take(column.side, answers[index].id)
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: 4
        Choice {
            objectName: "sideStrategy"
            Layout.fillWidth: true
            implicitWidth: Theme.size(110)
            hint: qsTr("How visual tokens are pruned")
            model: column.comparison.strategies()
            currentIndex: model.indexOf(column.side.strategy)
            onActivated: column.side.strategy = currentText
        }
        BudgetField {
            id: budget
            objectName: "sideBudget"
            chat: column.chat
            Layout.preferredWidth: Math.min(Theme.size(128), column.width * 0.42)
            enabled: column.side.strategy !== "none"
            text: column.side.budget
            placeholderText: enabled ? qsTr("as published") : ""
            onTextEdited: column.side.budget = text
            onAccepted: column.comparison.run()
        }
    }
    ElidedText {
        objectName: "sideBudgetWords"
        Layout.fillWidth: true
        Layout.minimumWidth: 0
        visible: column.height > Theme.size(520) // else the tool tip of the field has it
        opacity: budget.enabled ? 1 : 0 // keeps its place
        text: budget.words
        color: budget.valid ? Theme.dim : Theme.warning
        font.pixelSize: Theme.fontSmall
    }
    Item {
        id: stage
        readonly property real aspect: column.side.trace.frameAspect
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: Theme.size(80)
        TokenOverlay {
            objectName: "sideOverlay"
            anchors.centerIn: parent
            width: Math.min(stage.width, stage.height * stage.aspect)
            height: width / stage.aspect
            view: column.side.trace
            frame: column.comparison.frame
            showFrame: true
            onFrameWanted: frame => column.comparison.frame = frame
        }
    }
    Legend {
        Layout.fillWidth: true
        brief: width < Theme.size(340)
        visible: true // keeps its place
        opacity: column.side.trace.hasTrace ? 1 : 0
        trace: column.side.trace
    }
    DepthPlot {
        Layout.fillWidth: true
        Layout.preferredHeight: Theme.size(116)
        opacity: column.side.trace.hasTrace ? 1 : 0
        enabled: column.side.trace.hasTrace
        brief: true
        trace: column.side.trace
    }
    ScrollView {
        objectName: "words"
        Layout.fillWidth: true
        Layout.preferredHeight: column.wordsRoom
        contentWidth: availableWidth
        ColumnLayout {
            id: words
            width: parent.width
            spacing: 4
            Text {
                objectName: "answer"
                Layout.fillWidth: true
                text: column.side.error !== "" ? column.side.error : column.side.answer !== "" ? column.side.answer : column.side.running ? "…" : column.side.stale ? qsTr("Press Run to ask with these settings.") : ""
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: column.side.error !== "" ? Theme.warning : column.side.answer !== "" ? Theme.text : Theme.dim
                font.pixelSize: Theme.font
            }
            Text {
                objectName: "facts"
                Layout.fillWidth: true
                visible: text !== ""
                text: [column.side.facts, column.side.line].filter(part => part !== "").join("\n")
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
        }
    }
}
