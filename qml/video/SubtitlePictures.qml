// The subtitles that are pictures, over the picture of the video.
import QtQuick
import Sparsight

SubtitlePictureItem {
    required property MediaPlayer player
    required property rect content // the picture's place
    subtitles: player.subtitles
    stored: Qt.size(player.pictureSize.width, player.pictureSize.height)
    visible: player.subtitles.hasPictures
    x: content.x
    y: content.y
    width: content.width
    height: content.height
    Accessible.role: Accessible.Graphic
    Accessible.name: qsTr("Subtitles as a picture")
}
