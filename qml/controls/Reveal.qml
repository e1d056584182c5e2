// Scrolls the item with the focus into view.
import QtQuick

QtObject {
    property Item focused: null
    onFocusedChanged: {
        for (let area = focused?.parent ?? null; area !== null; area = area.parent) {
            if (!(area instanceof Flickable) || focused.height > area.height)
                continue;
            const top = focused.mapToItem(area.contentItem, 0, 0).y;
            if (top < area.contentY)
                area.contentY = Math.max(area.originY, top - Theme.gap);
            else if (top + focused.height > area.contentY + area.height)
                area.contentY = top + focused.height - area.height + Theme.gap;
        }
    }
}
