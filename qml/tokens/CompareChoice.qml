// Which runs a grid compares: strategies, each with every budget.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: sheet
    required property ComparisonGrid grid
    property var chosen: []
    property string problem: ""
    readonly property int runs: grid.wouldRun(chosen, budgets.text)
    title: qsTr("Runs to compare")
    wantedWidth: Theme.size(560)
    onAboutToShow: {
        chosen = grid.strategies();
        budgets.text = grid.budgets();
        problem = "";
    }
    function agree() {
        problem = grid.choose(chosen, budgets.text);
        if (problem === "")
            close();
        else
            Words.announce(complaint);
    }
    contentItem: ColumnLayout {
        spacing: Theme.margin
        Text {
            textFormat: Text.PlainText
            text: qsTr("Strategies")
            color: Theme.text
            font.pixelSize: Theme.font
        }
        Flow {
            Layout.fillWidth: true
            spacing: 4
            Repeater {
                model: sheet.grid.allStrategies
                FlatButton {
                    required property string modelData
                    objectName: "strategy-" + modelData
                    text: modelData
                    checkable: true
                    checked: sheet.chosen.includes(modelData)
                    symbol: checked ? "check" : ""
                    font.pixelSize: Theme.fontSmall
                    onToggled: sheet.chosen = checked ? [...sheet.chosen, modelData] : sheet.chosen.filter(name => name !== modelData)
                }
            }
        }
        SettingRow {
            id: wanted
            name: qsTr("Budgets")
            what: qsTr("Visual tokens that stay, separated by commas: shares (25%) or numbers (194). Empty: as published.")
            TextField {
                id: budgets
                objectName: "runBudgets"
                Layout.fillWidth: true
                implicitHeight: Theme.size(32)
                color: Theme.text
                font.pixelSize: Theme.font
                Accessible.name: wanted.name
                Accessible.description: wanted.what
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: budgets.activeFocus
                }
                onTextEdited: sheet.problem = ""
                onAccepted: sheet.agree()
            }
        }
        DimLine {
            id: complaint
            objectName: "runProblem"
            text: sheet.problem !== "" ? sheet.problem : sheet.runs === 0 ? qsTr("This does not work as it is.") : qsTr("%1 runs, one of them without pruning").arg(Words.number(sheet.runs)) + "\n" + sheet.grid.amounts(budgets.text)
            color: sheet.problem !== "" || sheet.runs === 0 ? Theme.warning : Theme.dim
            Accessible.name: text
        }
        Flow {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                objectName: "agree"
                strong: true
                text: qsTr("Compare these")
                onClicked: sheet.agree()
            }
            FlatButton {
                objectName: "usualRuns"
                text: qsTr("The usual five")
                hint: qsTr("No pruning, the model's own, half of that, and two other strategies")
                onClicked: {
                    sheet.grid.chooseUsual();
                    sheet.close();
                }
            }
            FlatButton {
                objectName: "stay"
                text: qsTr("Cancel")
                onClicked: sheet.close()
            }
        }
    }
}
