// A number on a slider, with the number beside it.
import QtQuick
import QtQuick.Layouts
import Sparsight

RowLayout {
    id: row
    required property string label
    property string said: Words.number(slider.value, 2)
    property alias value: slider.value
    property alias from: slider.from
    property alias to: slider.to
    property alias stepSize: slider.stepSize
    property alias slider: slider
    signal moved(real value)
    Layout.fillWidth: true
    spacing: Theme.gap
    LineSlider {
        id: slider
        Layout.fillWidth: true
        Accessible.name: row.label
        onMoved: row.moved(value)
    }
    Text {
        textFormat: Text.PlainText
        Layout.preferredWidth: Theme.size(40)
        horizontalAlignment: Text.AlignRight
        text: row.said
        color: row.enabled ? Theme.text : Theme.dim
        font.pixelSize: Theme.fontSmall
    }
}
