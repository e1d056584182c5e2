// How many visual tokens stay, from few to all; the last question gets another answer with it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: budget
    required property Conversation chat
    readonly property var stops: chat.tokenStops
    readonly property int kept: chat.tokens
    visible: chat.visualTokens > 0 && stops.length > 1
    enabled: chat.strategy !== "none"
    spacing: Theme.gap

    LineSlider {
        id: slider
        objectName: "budgetSlider"
        Layout.fillWidth: true
        from: 0
        to: Math.max(1, budget.stops.length - 1)
        stepSize: 1
        snapMode: Slider.SnapAlways
        opacity: enabled ? 1 : 0.5
        Accessible.name: qsTr("Visual tokens that stay")
        ToolTip.visible: hovered
        ToolTip.delay: 600
        ToolTip.text: qsTr("Moving it answers the last question once more, beside the answer that is there; the video is not looked at again")
        onMoved: budget.chat.keepTokens(budget.stops[Math.round(value)])
        Binding on value {
            when: !slider.pressed
            value: budget.nearest(budget.kept)
        }
    }
    Text {
        objectName: "budgetText"
        text: !budget.enabled ? qsTr("all %1").arg(budget.chat.visualTokens) : budget.kept > 0 ? qsTr("%1 of %2").arg(budget.kept).arg(budget.chat.visualTokens) : qsTr("as published")
        color: Theme.dim
        font.pixelSize: Theme.fontSmall
    }
    function nearest(count) {
        if (!enabled)
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
