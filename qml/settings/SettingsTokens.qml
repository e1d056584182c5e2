// What the model sees of a video, how much of it stays, and how it is shown.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Column {
    id: section
    required property SparsightApp app
    readonly property AppSettings settings: app.settings
    width: parent ? parent.width : 0
    spacing: Theme.margin

    SettingRow {
        id: frames
        name: qsTr("Frames per video")
        what: qsTr("How many frames the model sees, from the next video on: at most %1 with this model, to leave room for a chat").arg(Words.number(section.settings.mostFrames))
        SettingChoice {
            label: frames.name
            objectName: "setFramesAsTrained"
            hint: qsTr("How many frames the model sees")
            visible: section.settings.hasOwnFrames
            model: [qsTr("As the model was trained"), qsTr("A fixed number")]
            values: [true, false]
            value: section.settings.framesAsTrained
            onChosen: value => section.settings.framesAsTrained = value
        }
        SettingCount {
            label: frames.name
            objectName: "setFrames"
            visible: !section.settings.framesAsTrained
            from: 1
            to: section.settings.mostFrames
            value: section.settings.frames
            onValueModified: section.settings.frames = value
        }
    }
    SettingRow {
        id: pruning
        name: qsTr("Pruning")
        what: qsTr("Which visual tokens are dropped on the way, for sessions without their own setting")
        SettingChoice {
            label: pruning.name
            objectName: "setStrategy"
            hint: qsTr("How visual tokens are pruned")
            model: [qsTr("Model default"), ...section.app.chat.strategies]
            values: ["", ...section.app.chat.strategies]
            value: section.settings.strategy
            onChosen: value => section.settings.strategy = value
        }
    }
    SettingRow {
        id: stay
        name: qsTr("Visual tokens that stay")
        what: qsTr("On average after the first pruning: a share (9.4%) or a number (194). Empty: the published value.")
        BudgetField {
            id: budget
            objectName: "setBudget"
            chat: section.app.chat
            Layout.fillWidth: true
            implicitHeight: Theme.size(32)
            text: section.settings.budget
            readonly property bool prunes: (section.settings.strategy || section.app.ownStrategy) !== "none"
            readonly property string own: section.settings.strategy === "" ? section.app.ownBudget : "" // of the model
            placeholderText: !budget.prunes ? "" : own !== "" && section.app.chat.budgetWords !== undefined ? section.app.chat.shareWords(own) : qsTr("as published")
            font.pixelSize: Theme.font
            enabled: budget.prunes
            // A budget belongs to a strategy: with the model's default, typing a budget chooses both.
            onEditingFinished: {
                const typed = text; // changing the settings overwrites it
                if (section.settings.strategy === "" && typed !== "")
                    section.settings.strategy = section.app.ownStrategy;
                section.settings.budget = typed;
            }
        }
        DimLine {
            objectName: "setBudgetWords"
            Layout.fillWidth: true
            visible: budget.prunes && text !== ""
            text: section.app.chat.budgetWords !== undefined ? section.app.chat.amountWords(budget.text !== "" ? budget.text : budget.own) : ""
            color: budget.valid ? Theme.dim : Theme.warning
        }
    }
    SettingRow {
        id: colours
        name: qsTr("Scores are shown in")
        what: qsTr("Colours of the scores")
        SettingChoice {
            label: colours.name
            objectName: "setColours"
            hint: colours.what
            model: ["inferno", "viridis"]
            values: model
            value: section.settings.colours
            onChosen: value => section.settings.colours = value
        }
    }
    SettingRow {
        id: strength
        name: qsTr("Opacity of the tokens over the video")
        what: qsTr("At 0 % the video is bare")
        SettingSlider {
            objectName: "setStrength"
            label: strength.name
            said: qsTr("%1 %").arg(Math.round(value * 100))
            value: section.settings.strength
            onMoved: value => section.settings.strength = value
        }
    }
}
