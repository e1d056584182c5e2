// Where the focus is lost, because what had it has closed or gone, somebody has to take it. The text that is typed into
// takes it only from a text, or from a control of the chat that was reached with the keyboard; else the window's keys
// go on working. What is open over the window keeps the focus.
import QtQuick
import QtQuick.Templates as T

QtObject {
    id: keeper
    required property Window window
    required property Item within // any item of the window
    required property Item chat // its controls are near the text
    required property bool can // there is a place for it
    required property bool held // a key is
    readonly property Item overlay: within.T.Overlay.overlay // its children are the open popups
    readonly property Item at: window.activeFocusItem
    property bool typed: false // the last place of the focus, outside of popups, was a text or near it
    signal wanted
    signal keysWanted
    function lost() {
        return at === null || at === window.contentItem || !at.visible;
    }
    function inside(item, place) {
        for (let on = item; on; on = on.parent)
            if (on === place)
                return true;
        return false;
    }
    // What is open over the window and has the focus; null: nothing.
    function open() {
        for (let i = overlay === null ? -1 : overlay.children.length - 1; i >= 0; --i) {
            const popup = overlay.children[i];
            if (popup instanceof T.Page && popup.visible && (popup.focus || inside(at, popup)))
                return popup;
        }
        return null;
    }
    function isTyped(item) {
        const text = (item instanceof TextInput || item instanceof TextEdit) && !item["readOnly"];
        return text || item["visualFocus"] === true && inside(item, chat);
    }
    function ask() {
        if (!window.active || !lost() || held && at !== null && at !== window.contentItem)
            return;
        const popup = open();
        if (popup !== null) {
            if (!inside(at, popup))
                popup.forceActiveFocus(Qt.OtherFocusReason);
        } else if (can && typed && !held) {
            wanted();
        } else if (can) {
            keysWanted();
        }
    }
    onCanChanged: Qt.callLater(ask)
    onHeldChanged: Qt.callLater(ask)
    onAtChanged: {
        if (lost())
            Qt.callLater(ask);
        else if (overlay === null || !inside(at, overlay))
            typed = isTyped(at);
    }
    readonly property Connections seen: Connections {
        target: keeper.at
        function onVisibleChanged() {
            Qt.callLater(keeper.ask);
        }
    }
    readonly property Connections popups: Connections {
        target: keeper.overlay
        function onChildrenChanged() {
            Qt.callLater(keeper.ask);
        }
    }
}
