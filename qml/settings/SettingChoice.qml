// A choice among values that are shown with other names.
import QtQuick
import QtQuick.Layouts
import Sparsight

Choice {
    property var values: []
    property var value
    signal chosen(var value)
    Layout.fillWidth: true
    currentIndex: values.indexOf(value)
    // When the entries change, as with the language, the box goes to the first one.
    onModelChanged: currentIndex = Qt.binding(() => values.indexOf(value))
    onActivated: index => chosen(values[index])
}
