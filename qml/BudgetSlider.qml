// How many visual tokens stay, from few to all; moving it answers the last question again.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: budget
    required property Conversation chat
    required property AppSettings settings
    readonly property var stops: chat.tokenStops
    readonly property int kept: chat.tokens
    readonly property bool prunes: chat.strategy !== "none"
    visible: chat.visualTokens > 0 && stops.length > 1
    spacing: Theme.size(4)

    LineSlider {
        id: slider
        objectName: "budgetSlider"
        Layout.fillWidth: true
        enabled: budget.prunes
        from: 0
        to: Math.max(1, budget.stops.length - 1)
        stepSize: 1
        snapMode: Slider.SnapAlways
        opacity: enabled ? 1 : 0.5
        Accessible.name: qsTr("Visual tokens that stay")
        Accessible.description: words.text
        property bool tried: false // pressed, since the pointer came
        onPressedChanged: tried = pressed || hovered
        onHoveredChanged: tried = tried && (pressed || hovered)
        ToolTip {
            objectName: "budgetTip"
            width: Math.min(implicitWidth, Theme.size(320))
            x: (slider.width - width) / 2
            visible: slider.hovered && !slider.pressed && !slider.tried
            delay: 600
            text: qsTr("Answers the last question again; the earlier answer is kept. For this session only.")
        }
        onMoved: budget.chat.keepTokens(budget.stops[Math.round(value)])
        Binding on value {
            when: !slider.pressed
            value: budget.nearest(budget.kept)
        }
    }
    RowLayout {
        Layout.fillWidth: true
        spacing: Theme.gap
        Text {
            id: words
            objectName: "budgetText"
            textFormat: Text.PlainText
            function all() {
                return Words.number(budget.chat.visualTokens);
            }
            Layout.fillWidth: true
            Layout.minimumHeight: 2 * line.lineSpacing // room for the longest text, so that the slider does not move
            FontMetrics {
                id: line
                font: words.font
            }
            text: !budget.prunes ? qsTr("all %1 visual tokens stay").arg(all()) : budget.kept > 0 ? qsTr("%1 of %2 visual tokens stay, on average after the first pruning").arg(Words.number(budget.kept)).arg(all()) : budget.chat.budget === "" ? qsTr("%1 visual tokens, pruned as published").arg(all()) : "" // a list, or no budget at all
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
        }
        FlatButton {
            objectName: "pruneAsUsual"
            enabled: budget.chat.pruningChosen
            opacity: enabled ? 1 : 0 // keeps its place, so that the slider does not move
            text: budget.settings.strategy === "" ? qsTr("Model default") : qsTr("As in the settings")
            hint: qsTr("Prune this session like the others again. The last question is answered again.")
            font.pixelSize: Theme.fontSmall
            onClicked: budget.chat.pruneAsUsual()
        }
    }
    function nearest(count) {
        if (!prunes)
            return stops.length - 1;
        if (count === 0)
            return Math.floor(stops.length / 3);
        let best = 0;
        for (let i = 1; i < stops.length; ++i)
            if (Math.abs(stops[i] - count) < Math.abs(stops[best] - count))
                best = i;
        return best;
    }
}
