// A dark pill over a picture, in which controls stand out from whatever the picture shows.
import QtQuick
import QtQuick.Controls.Basic

Control {
    id: glass
    default property alias items: row.data
    padding: Theme.tight
    contentItem: Row {
        id: row
        spacing: Theme.tight
    }
    background: Rectangle {
        color: Theme.glass
        radius: Math.min(height / 2, Theme.size(18))
    }
}
