// An icon from resources/icons, by name, in a colour of the theme.
import QtQuick
import QtQuick.Controls.impl

IconImage {
    required property string symbol
    property int size: Theme.size(18)
    source: symbol !== "" ? Qt.resolvedUrl("icons/" + symbol + ".svg") : ""
    sourceSize {
        width: size
        height: size
    }
    width: size
    height: size
    color: Theme.text
}
