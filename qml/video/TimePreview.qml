// The time under the pointer on the time line, and a small picture of that place.
import QtQuick
import Sparsight

Rectangle {
    id: preview
    required property MediaPlayer player
    required property real time // seconds
    required property real middle // where it is, in the parent
    readonly property real ratio: picture.pictureSize.width > 0 ? picture.pictureSize.height / picture.pictureSize.width : 0
    readonly property real side: Theme.size(160)
    objectName: "preview"
    x: Math.max(0, Math.min(parent.width - width, middle - width / 2))
    y: -height - Theme.gap
    z: 10
    width: Math.max(clock.implicitWidth, ratio > 0 ? picture.width : 0) + Theme.gap
    height: clock.implicitHeight + (ratio > 0 ? picture.height + 2 : 0) + Theme.gap
    radius: Theme.radius
    color: Theme.raised
    border.color: Theme.line
    PreviewItem {
        id: picture
        objectName: "previewPicture"
        player: preview.player
        time: preview.visible ? preview.time : -1
        visible: preview.ratio > 0
        opacity: ready ? 1 : 0.5
        x: (preview.width - width) / 2
        y: Theme.gap / 2
        width: preview.ratio > 1 ? height / preview.ratio : preview.side
        height: preview.ratio > 1 ? preview.side * 0.75 : Math.round(preview.side * preview.ratio)
    }
    Text {
        id: clock
        objectName: "previewTime"
        textFormat: Text.PlainText
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.gap / 2
        text: Words.clock(preview.time)
        color: Theme.text
        font.pixelSize: Theme.fontSmall
    }
}
