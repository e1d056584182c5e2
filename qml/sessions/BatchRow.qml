// How far a batch of questions is; opens its page.
import QtQuick
import Sparsight

FlatButton {
    id: row
    required property Batch batch
    signal wanted
    objectName: "batchRow"
    visible: batch.running || batch.waiting > 0
    symbol: "batch"
    font.pixelSize: Theme.fontSmall
    text: batch.running ? qsTr("%1 of %2 answers").arg(Words.number(batch.count - batch.waiting)).arg(Words.number(batch.count)) : qsTr("Paused: %1 of %2 answers").arg(Words.number(batch.count - batch.waiting)).arg(Words.number(batch.count))
    hint: qsTr("Many questions, many videos (Ctrl+Shift+B)")
    onClicked: wanted()
}
