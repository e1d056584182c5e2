// How a session or a batch is pruned: a few choices, each with what it does, and behind "Advanced" every strategy and budget.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import QtQuick.Templates as T
import Sparsight

Popup {
    id: menu
    required property SparsightApp app
    property var chat: app.chat // or a PruningDraft
    readonly property bool ofSession: chat === app.chat
    property bool advanced: false
    onAboutToShow: advanced = advanced || !chat.pruningChoices.some(choice => choice.chosen)
    onOpened: choices.focusChosen()
    y: -height - Theme.gap
    width: Math.min(Theme.size(340), T.Overlay.overlay ? T.Overlay.overlay.width - 2 * Theme.gap : Theme.size(340))
    height: Math.min(implicitHeight, T.Overlay.overlay ? T.Overlay.overlay.height - 2 * Theme.gap : implicitHeight)
    margins: Theme.gap
    padding: Theme.gap
    modal: true // its keys are its own
    dim: false
    focus: true
    background: Rectangle {
        radius: Theme.size(12)
        color: Theme.panel
        border.color: Theme.line
    }
    contentItem: Flickable {
        implicitHeight: all.implicitHeight
        contentHeight: all.implicitHeight
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        ScrollBar.vertical: AreaBar {}
        ColumnLayout {
            id: all
            width: parent.width
            spacing: Theme.gap
            Column {
                id: choices
                function focusChosen() {
                    for (let i = 0; i < children.length; ++i)
                        if (children[i]["checked"])
                            return children[i].forceActiveFocus(Qt.PopupFocusReason);
                    more.forceActiveFocus(Qt.PopupFocusReason);
                }
                Layout.fillWidth: true
                spacing: 2
                Accessible.role: Accessible.Grouping
                Accessible.name: qsTr("Pruning")
                Repeater {
                    model: menu.chat.pruningChoices
                    PruningEntry {
                        width: choices.width
                        onClicked: menu.chat.choosePruning(modelData.key)
                    }
                }
            }
            BudgetSlider {
                chat: menu.app.chat
                shown: menu.ofSession
                Layout.fillWidth: true
                Layout.leftMargin: Theme.gap
                Layout.rightMargin: Theme.gap
            }
            RowLayout {
                Layout.fillWidth: true
                spacing: Theme.gap
                FlatButton {
                    id: more
                    objectName: menu.ofSession ? "advanced" : "batch-advanced"
                    flat: true
                    checkable: true
                    checked: menu.advanced
                    text: qsTr("Advanced") + " ▾"
                    hint: qsTr("Every strategy and any budget")
                    font.pixelSize: Theme.fontSmall
                    onToggled: menu.advanced = checked
                }
                Item {
                    Layout.fillWidth: true
                }
                FlatButton {
                    objectName: menu.ofSession ? "pruneAsUsual" : "batch-pruneAsUsual"
                    enabled: menu.chat.pruningChosen
                    opacity: enabled ? 1 : 0 // keeps its place, so that nothing moves
                    text: menu.app.settings.strategy === "" ? qsTr("Model default") : qsTr("As in the settings")
                    hint: menu.ofSession ? qsTr("Prune this session like the others again. The last question is answered again.") : ""
                    font.pixelSize: Theme.fontSmall
                    onClicked: menu.chat.pruneAsUsual()
                }
            }
            RowLayout {
                Layout.fillWidth: true
                visible: menu.advanced
                spacing: Theme.gap
                Choice {
                    objectName: menu.ofSession ? "strategy" : "batch-strategy"
                    Layout.fillWidth: true
                    label: qsTr("Strategy")
                    hint: qsTr("How visual tokens are pruned")
                    model: menu.chat.strategies
                    currentIndex: model.indexOf(menu.chat.strategy)
                    onActivated: menu.chat.strategy = currentText
                }
                BudgetField {
                    objectName: menu.ofSession ? "budget" : "batch-budget"
                    chat: menu.chat
                    Layout.preferredWidth: Theme.size(110)
                    enabled: menu.chat.strategy !== "none"
                    text: menu.chat.budget
                    onEditingFinished: menu.chat.budget = text
                }
            }
            Text {
                objectName: menu.ofSession ? "accuracy" : "batch-accuracy"
                Layout.fillWidth: true
                Layout.leftMargin: Theme.gap
                Layout.rightMargin: Theme.gap
                visible: menu.ofSession && menu.advanced && text !== "" && menu.app.chat.video !== ""
                text: menu.app.chat.accuracy
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            Text {
                Layout.fillWidth: true
                Layout.leftMargin: Theme.gap
                Layout.rightMargin: Theme.gap
                text: menu.ofSession ? qsTr("For this session, from the next question on; the slider answers the last one again.") : qsTr("For all questions of this table.")
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
        }
    }
}
