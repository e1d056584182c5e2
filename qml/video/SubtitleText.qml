// The subtitles over the lower part of the video.
import QtQuick
import Sparsight

SubtitleItem {
    id: words
    required property MediaPlayer player
    required property rect content // the picture's place
    property real lift: 0 // above the lower edge of what is around the picture
    readonly property real lower: Math.min(content.y + content.height, parent.height - lift)
    subtitles: player.subtitles
    visible: player.subtitles.text !== ""
    fontSize: Math.max(Theme.fontSmall, Math.min(Math.round(content.height / 17), Theme.size(64)))
    x: content.x
    y: lower - height
    width: content.width
    height: Math.round(content.height * 0.6)
    Accessible.role: Accessible.StaticText
    Accessible.name: player.subtitles.text
}
