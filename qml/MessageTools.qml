// What can be done with a question or an answer, and one chip of figures about an answer. Room is kept for what only
// the pointer or the keyboard shows.
import QtQuick
import QtQuick.Layouts
import Sparsight

Flow {
    id: tools
    required property var entry // the MessageItem
    readonly property Conversation chat: entry.app.chat
    readonly property bool shown: entry.pointed || entry.editing || copy.activeFocus || edit.activeFocus || tokens.activeFocus || again.activeFocus || details.activeFocus || former.activeFocus || next.activeFocus
    spacing: 2
    // The width in one row: implicitWidth is that of the rows as they are wrapped now.
    function natural() {
        let sum = 0;
        for (let i = 0; i < children.length; ++i)
            sum += children[i].visible ? children[i].implicitWidth + spacing : 0;
        return Math.max(0, sum - spacing);
    }
    FlatButton {
        id: details
        objectName: "details"
        visible: !tools.entry.question && !tools.entry.running
        width: Math.min(implicitWidth, tools.entry.width)
        padding: Theme.size(4)
        leftPadding: Theme.size(10)
        text: (tools.entry.chip !== "" ? tools.entry.chip : qsTr("Details")) + " ▾"
        hint: (cut ? text + "\n" : "") + qsTr("Which model answered, how and when")
        readonly property bool cut: measure.advanceWidth + leftPadding + rightPadding > tools.entry.width - 1
        TextMetrics {
            id: measure
            font: details.font
            text: details.text
        }
        font.pixelSize: Theme.fontSmall
        checked: tools.entry.explained
        background: Rectangle {
            radius: height / 2
            color: details.hovered || details.down || details.checked ? Theme.line : Theme.raised
        }
        onClicked: tools.entry.view.explain(tools.entry.index)
    }
    Row {
        objectName: "versionSwitch"
        visible: tools.entry.versions > 1 && !tools.entry.editing
        spacing: tools.spacing
        Tool {
            id: former
            objectName: "formerVersion"
            opacity: 1
            enabled: tools.entry.version > 1
            text: "‹"
            hint: qsTr("Previous version")
            Accessible.name: hint
            onClicked: tools.chat.showVersion(tools.entry.index, -1)
        }
        Text {
            objectName: "version"
            textFormat: Text.PlainText
            height: copy.implicitHeight
            verticalAlignment: Text.AlignVCenter
            text: tools.entry.version + "/" + tools.entry.versions
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            Accessible.role: Accessible.StaticText
            Accessible.name: qsTr("Version %1 of %2").arg(tools.entry.version).arg(tools.entry.versions)
        }
        Tool {
            id: next
            objectName: "nextVersion"
            opacity: 1
            enabled: tools.entry.version < tools.entry.versions
            text: "›"
            hint: qsTr("Next version")
            Accessible.name: hint
            onClicked: tools.chat.showVersion(tools.entry.index, 1)
        }
    }
    Tool {
        id: again
        objectName: "regenerate"
        visible: tools.entry.unanswered || !tools.entry.question && !tools.entry.running
        strong: tools.entry.unfinished || tools.entry.unanswered
        flat: !strong
        text: tools.entry.unanswered ? qsTr("Answer") : tools.entry.unfinished ? qsTr("Retry") : qsTr("Again")
        hint: tools.entry.unanswered ? qsTr("Answer this question") : tools.entry.last ? qsTr("Answer this question again. This answer stays as a version.") : qsTr("Answer this question again. This answer and everything after it stay as a version.")
        onClicked: tools.chat.again(tools.entry.index)
    }
    Tool {
        id: copy
        objectName: "copy"
        visible: !tools.entry.editing && !tools.entry.running && tools.entry.text !== ""
        text: qsTr("Copy")
        hint: tools.entry.question ? qsTr("Copy this question") : qsTr("Copy this answer")
        onClicked: tools.entry.app.copy(tools.entry.text)
    }
    Tool {
        id: edit
        objectName: "edit"
        visible: tools.entry.question && !tools.entry.editing
        text: qsTr("Edit")
        hint: qsTr("Rephrase this question. It and everything after it stay as a version.")
        onClicked: tools.entry.edit()
    }
    Tool {
        objectName: "askEdited"
        visible: tools.entry.editing
        flat: false
        strong: true
        text: qsTr("Ask")
        hint: qsTr("Ask the edited question (Enter)")
        onClicked: tools.entry.askEdited()
    }
    Tool {
        visible: tools.entry.editing
        text: qsTr("Cancel")
        hint: qsTr("Keep the question as it was (Esc)")
        onClicked: tools.entry.leave()
    }
    Tool {
        id: tokens
        objectName: "showTrace"
        visible: tools.entry.hasTrace && !tools.entry.question && !tools.entry.running
        text: qsTr("Tokens")
        hint: qsTr("Show what happened to the visual tokens")
        onClicked: tools.chat.showTrace(tools.entry.index)
    }

    component Tool: FlatButton {
        padding: Theme.size(4)
        leftPadding: Theme.size(6)
        opacity: strong || tools.shown ? 1 : 0
        font.pixelSize: Theme.fontSmall
        flat: true
    }
}
