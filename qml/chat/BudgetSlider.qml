// How many visual tokens stay, from few to all; moving it answers the last question again.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: budget
    required property Conversation chat
    property bool shown: true
    readonly property var stops: chat.tokenStops
    readonly property int kept: chat.tokens
    readonly property bool prunes: chat.strategy !== "none"
    visible: shown && chat.visualTokens > 0 && stops.length > 1
    spacing: Theme.size(2)

    LineSlider {
        id: slider
        objectName: budget.shown ? "budgetSlider" : ""
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
    Text {
        id: words
        objectName: "budgetText"
        textFormat: Text.PlainText
        Layout.fillWidth: true
        Layout.minimumHeight: 2 * line.lineSpacing // room for the longest text, so that the slider does not move
        FontMetrics {
            id: line
            font: words.font
        }
        text: !budget.prunes ? qsTr("all %1 visual tokens stay").arg(Words.number(budget.chat.visualTokens)) : budget.kept > 0 ? qsTr("%1 of %2 stay, on average after the first pruning").arg(budget.chat.budgetWords).arg(Words.number(budget.chat.visualTokens)) : budget.chat.budget === "" ? qsTr("%1 visual tokens, pruned as published").arg(Words.number(budget.chat.visualTokens)) : "" // a list, or no budget at all
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
        wrapMode: Text.Wrap
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
