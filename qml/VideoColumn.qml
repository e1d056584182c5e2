// The video, and below it what became of its tokens.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

ColumnLayout {
    id: column
    required property SparsightApp app
    required property real room // height of the window
    property alias video: videoPane
    property alias tokens: tokens
    signal compareWanted
    spacing: Theme.gap
    VideoPane {
        id: videoPane
        app: column.app
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.minimumHeight: Theme.size(220)
    }
    Flickable {
        id: tokens
        visible: column.app.chat.video !== "" && column.app.settings.tokensShown
        clip: true
        contentHeight: tokenPane.implicitHeight
        boundsBehavior: Flickable.StopAtBounds
        Layout.fillWidth: true
        Layout.preferredHeight: contentHeight
        Layout.maximumHeight: column.room - Theme.size(320)
        ScrollBar.vertical: ScrollBar {}
        TokenPane {
            id: tokenPane
            app: column.app
            width: tokens.width
            height: implicitHeight
            onCompareWanted: column.compareWanted()
        }
    }
}
