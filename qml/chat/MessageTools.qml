// What can be done with a question or an answer, and one chip of figures about an answer. Room is kept for what only
// the pointer or the keyboard shows; what does not apply is not made.
import QtQuick
import QtQuick.Layouts
import Sparsight

Flow {
    id: tools
    required property var entry // the MessageItem
    readonly property Conversation chat: entry.app.chat
    readonly property bool shown: entry.pointed || entry.editing || focused
    readonly property bool focused: details.activeFocus || versions.activeFocus || again.activeFocus || copy.activeFocus || edit.activeFocus || tokens.activeFocus
    spacing: 2
    // The width in one row: implicitWidth is that of the rows as they are wrapped now.
    function natural() {
        let sum = 0;
        for (let i = 0; i < children.length; ++i)
            sum += children[i].visible ? (children[i] === details ? details.width : children[i].implicitWidth) + spacing : 0;
        return Math.max(0, sum - spacing);
    }
    Wanted {
        id: details
        active: !tools.entry.question && !tools.entry.running
        // All in one row: the figures are cut before an action wraps.
        readonly property real others: versions.room(versions) + versions.room(again) + versions.room(copy) + versions.room(tokens)
        width: Math.min(implicitWidth, Math.max(Theme.size(110), tools.entry.width - others - 1))
        sourceComponent: FlatButton {
            id: chip
            objectName: "details"
            padding: Theme.size(4)
            leftPadding: Theme.size(10)
            text: (tools.entry.chip !== "" ? tools.entry.chip : qsTr("Details")) + " ▾"
            hint: (cut ? text + "\n" : "") + qsTr("Which model answered, how and when")
            readonly property bool cut: measure.advanceWidth + leftPadding + rightPadding > width - 1
            TextMetrics {
                id: measure
                font: chip.font
                text: chip.text
            }
            font.pixelSize: Theme.fontSmall
            checked: tools.entry.explained
            background: Rectangle {
                radius: height / 2
                color: chip.hovered || chip.down || chip.checked ? Theme.line : Theme.raised
            }
            onClicked: tools.entry.view.explain(tools.entry.index)
        }
    }
    Wanted {
        id: versions
        active: tools.entry.versions > 1 && !tools.entry.editing
        sourceComponent: Row {
            objectName: "versionSwitch"
            spacing: tools.spacing
            Tool {
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
                height: parent.height
                verticalAlignment: Text.AlignVCenter
                text: tools.entry.version + "/" + tools.entry.versions
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
                Accessible.role: Accessible.StaticText
                Accessible.name: qsTr("Version %1 of %2").arg(tools.entry.version).arg(tools.entry.versions)
            }
            Tool {
                objectName: "nextVersion"
                opacity: 1
                enabled: tools.entry.version < tools.entry.versions
                text: "›"
                hint: qsTr("Next version")
                Accessible.name: hint
                onClicked: tools.chat.showVersion(tools.entry.index, 1)
            }
        }
    }
    Wanted {
        id: again
        active: tools.entry.unanswered || !tools.entry.question && !tools.entry.running
        sourceComponent: Tool {
            objectName: "regenerate"
            strong: tools.entry.unfinished || tools.entry.unanswered
            flat: !strong
            text: tools.entry.unanswered ? qsTr("Answer") : tools.entry.unfinished ? qsTr("Retry") : qsTr("Again")
            hint: tools.entry.unanswered ? qsTr("Answer this question") : tools.entry.last ? qsTr("Answer this question again. This answer stays as a version.") : qsTr("Answer this question again. This answer and everything after it stay as a version.")
            onClicked: tools.chat.again(tools.entry.index)
        }
    }
    Wanted {
        id: copy
        active: !tools.entry.editing && !tools.entry.running && tools.entry.text !== ""
        sourceComponent: Tool {
            objectName: "copy"
            symbol: "copy"
            hint: tools.entry.question ? qsTr("Copy this question") : qsTr("Copy this answer")
            onClicked: tools.entry.app.copy(tools.entry.text)
        }
    }
    Wanted {
        id: edit
        active: tools.entry.question && !tools.entry.editing
        sourceComponent: Tool {
            objectName: "edit"
            text: qsTr("Edit")
            hint: qsTr("Rephrase this question. It and everything after it stay as a version.")
            onClicked: tools.entry.edit()
        }
    }
    Wanted {
        active: tools.entry.editing
        sourceComponent: Row {
            spacing: tools.spacing
            Tool {
                objectName: "askEdited"
                flat: false
                strong: true
                text: qsTr("Ask")
                hint: qsTr("Ask the edited question (Enter)")
                onClicked: tools.entry.askEdited()
            }
            Tool {
                text: qsTr("Cancel")
                hint: qsTr("Keep the question as it was (Esc)")
                onClicked: tools.entry.leave()
            }
        }
    }
    Wanted {
        id: tokens
        active: tools.entry.hasTrace && !tools.entry.question && !tools.entry.running
        sourceComponent: Tool {
            objectName: "showTrace"
            text: qsTr("Tokens")
            hint: qsTr("Show what happened to the visual tokens")
            onClicked: tools.chat.showTrace(tools.entry.index)
        }
    }

    component Wanted: Loader {
        function room(other) {
            return other.active ? other.implicitWidth + tools.spacing : 0;
        }
        visible: active
    }
    component Tool: FlatButton {
        padding: Theme.size(4)
        leftPadding: Theme.size(6)
        opacity: strong || tools.shown ? 1 : 0
        font.pixelSize: Theme.fontSmall
        flat: true
    }
}
