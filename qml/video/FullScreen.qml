// The window's full screen: the video alone, until it is left; then the window is as before.
import QtQuick
import Sparsight

Loader {
    id: screen
    required property SparsightApp app
    required property VideoPane video // whose switch for the tokens it shares
    required property Window window
    property bool maximizedBefore: false
    property rect placeBefore: Qt.rect(0, 0, 0, 0)
    function toggle() {
        if (!active && app.chat.video === "")
            return;
        if (!active) {
            maximizedBefore = window.visibility === Window.Maximized;
            placeBefore = Qt.rect(window.x, window.y, window.width, window.height);
        }
        active = !active;
        if (active)
            window.showFullScreen();
        else if (maximizedBefore)
            window.showMaximized();
        else
            window.showNormal();
    }
    function keepWindow() {
        const place = active ? placeBefore : Qt.rect(window.x, window.y, window.width, window.height);
        app.settings.keepWindow(place, active ? maximizedBefore : window.visibility === Window.Maximized);
    }
    active: false
    focus: active
    sourceComponent: Component {
        FullScreenVideo {
            app: screen.app
            overlayShown: screen.video.overlayShown
            onOverlayToggled: shown => screen.video.overlayShown = shown
            onLeaveWanted: screen.toggle()
        }
    }
    Connections {
        target: screen.video
        function onFullScreenWanted() {
            screen.toggle();
        }
    }
    Connections {
        target: screen.app.chat
        function onSessionChanged() {
            if (screen.active && screen.app.chat.video === "")
                screen.toggle();
        }
    }
}
