// As wide as its text; the text wraps if there is not enough room.
import QtQuick

Text {
    id: words
    required property real room
    width: Math.min(Math.ceil(natural.advanceWidth) + 1, room)
    textFormat: Text.PlainText
    wrapMode: Text.Wrap
    color: Theme.text
    font.pixelSize: Theme.fontSmall
    TextMetrics {
        id: natural
        font: words.font
        text: words.text
    }
}
