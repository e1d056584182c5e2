// How fast the video plays; its sound keeps its pitch.
import QtQuick
import Sparsight

Choice {
    id: speed
    required property MediaPlayer player
    readonly property var rates: player.rates()
    implicitWidth: Theme.size(80)
    hint: qsTr("Speed ([ and ])")
    model: rates.map(rate => rate.toString().replace(".", Qt.locale().decimalPoint) + "×")
    currentIndex: rates.indexOf(player.rate)
    onActivated: index => player.rate = rates[index]
}
