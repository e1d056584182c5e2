// Places tool tips above the item that they describe or, without room there, below it; never over it. None is shown
// while a menu or a page is open that does not hold its item.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Templates as T

QtObject {
    id: tips
    required property Item within // any item of the window
    readonly property Item overlay: within.T.Overlay.overlay // its children are the open popups
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
    function holds(popup, item) {
        for (let at = item; at; at = at.parent)
            if (at === popup)
                return true;
        return false;
    }
    function yieldToPopups() {
        const own = tip.contentItem.parent;
        for (let i = 0; overlay !== null && i < overlay.children.length && tip.visible; ++i) {
            const popup = overlay.children[i];
            if (popup instanceof T.Page && popup !== own && popup.visible && !holds(popup, tip.parent))
                tip.close();
        }
    }
    readonly property Connections popups: Connections {
        target: tips.overlay
        function onChildrenChanged() {
            Qt.callLater(tips.yieldToPopups);
        }
    }
    readonly property Connections connections: Connections {
        target: tips.tip
        function onAboutToShow() {
            Qt.callLater(tips.yieldToPopups);
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
