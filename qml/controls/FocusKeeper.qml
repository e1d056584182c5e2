// Where the focus is lost, because what had it has closed or gone, somebody has to take it: what is typed next must not
// be taken for keys of the window.
import QtQuick

QtObject {
    id: keeper
    required property Window window
    required property bool can // there is a place for it
    readonly property Item at: window.activeFocusItem
    property bool any: false // it was somewhere already
    signal wanted
    function lost() {
        return at === null || at === window.contentItem || !at.visible;
    }
    function ask() {
        if (window.active && can && lost())
            wanted();
    }
    onAtChanged: {
        if (any && lost())
            Qt.callLater(ask);
        any = any || !lost();
    }
    readonly property Connections seen: Connections {
        target: keeper.at
        function onVisibleChanged() {
            Qt.callLater(keeper.ask);
        }
    }
}
