// The video, and below it what happened to its tokens; scrolls if banners and long texts leave too little room.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Flickable {
    id: column
    required property SparsightApp app
    property alias video: videoPane
    property alias tokens: tokens
    signal compareWanted
    signal modelsWanted
    clip: true
    contentWidth: width
    contentHeight: Math.max(height, videoPane.least + (tokens.visible ? parts.spacing + tokens.least : 0) + 2 * Theme.margin)
    boundsBehavior: Flickable.StopAtBounds
    ScrollBar.vertical: AreaBar {}
    ColumnLayout {
        id: parts
        x: Theme.margin
        y: Theme.margin
        width: column.width - 2 * Theme.margin
        height: column.contentHeight - 2 * Theme.margin
        spacing: Theme.gap
        VideoPane {
            id: videoPane
            app: column.app
            onModelsWanted: column.modelsWanted()
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: least
        }
        Flickable {
            id: tokens
            readonly property real least: Math.min(tokenPane.implicitHeight, Theme.size(120))
            visible: column.app.chat.video !== "" && column.app.settings.tokensShown
            clip: true
            contentHeight: tokenPane.implicitHeight
            boundsBehavior: Flickable.StopAtBounds
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            Layout.maximumHeight: Math.max(least, parts.height - parts.spacing - Math.max(videoPane.least, Theme.size(260)))
            ScrollBar.vertical: AreaBar {}
            TokenPane {
                id: tokenPane
                app: column.app
                width: tokens.width
                height: implicitHeight
                onCompareWanted: column.compareWanted()
            }
        }
    }
}
