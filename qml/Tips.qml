// Places tool tips above the item that they describe or, without room there, below it; never over it.
import QtQuick
import QtQuick.Controls.Basic

QtObject {
    id: tips
    required property Item within // any item of the window
    readonly property var tip: within.ToolTip.toolTip
    readonly property int space: 3
    Component.onCompleted: tip.contentItem.textFormat = Text.PlainText // the text may come from a file
    function settle() {
        const item = tip.parent;
        if (!item)
            return;
        const room = item.mapToItem(null, 0, 0).y - tip.implicitHeight - space;
        tip.y = room >= tip.topMargin ? -tip.implicitHeight - space : item.height + space;
    }
    readonly property Connections connections: Connections {
        target: tips.tip
        function onAboutToShow() {
            tips.settle();
        }
        function onParentChanged() {
            tips.settle();
        }
        function onImplicitHeightChanged() {
            tips.settle();
        }
    }
}
