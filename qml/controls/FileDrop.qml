// Takes files that are dropped anywhere in the window, with a frame around it meanwhile.
import QtQuick
import Sparsight

Item {
    signal dropped(var files) // their URLs, as texts
    DropArea {
        id: area
        anchors.fill: parent
        onEntered: drag => drag.accepted = drag.hasUrls
        onDropped: event => parent.dropped(event.urls.map(url => url.toString()))
    }
    Rectangle {
        anchors.fill: parent
        anchors.margins: Theme.gap
        visible: area.containsDrag
        color: "transparent"
        radius: Theme.radius
        border.width: 3
        border.color: Theme.accent
    }
}
