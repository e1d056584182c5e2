// A small line of plain text that wraps, for facts under a name.
import QtQuick
import QtQuick.Layouts

Text {
    Layout.fillWidth: true
    textFormat: Text.PlainText
    wrapMode: Text.Wrap
    color: Theme.dim
    font.pixelSize: Theme.fontSmall
}
