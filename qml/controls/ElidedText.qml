// A line of plain text; if it does not fit, its tool tip shows all of it.
import QtQuick
import QtQuick.Controls.Basic

Text {
    id: line
    textFormat: Text.PlainText
    horizontalAlignment: Text.AlignLeft // also names in scripts from right to left
    elide: Text.ElideRight
    HoverHandler {
        id: pointed
    }
    ToolTip.visible: pointed.hovered && truncated
    ToolTip.delay: 600
    ToolTip.text: text
}
