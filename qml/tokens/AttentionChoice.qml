// Which layer and head of the model a word's attention is shown of. It keeps its place in every mode.
import QtQuick
import Sparsight

Column {
    id: choice
    required property TraceView trace
    readonly property var layers: trace.attentionLayers
    readonly property int heads: trace.heads
    readonly property bool asked: trace.mode === TraceView.Word
    visible: layers.length > 0
    spacing: 2
    Choice {
        objectName: "attentionLayer"
        implicitWidth: Theme.size(108)
        enabled: choice.asked
        opacity: enabled ? 1 : 0.5
        hint: choice.asked ? qsTr("The layer whose attention is shown; the depth follows it") : qsTr("Choose a word first: then its attention in a layer and a head")
        model: choice.layers.map(layer => qsTr("Layer %1").arg(layer))
        currentIndex: model ? choice.layers.indexOf(choice.trace.attentionLayer) : -1 // again after another model
        onActivated: index => choice.trace.attentionLayer = choice.layers[index]
    }
    Choice {
        objectName: "attentionHead"
        implicitWidth: Theme.size(108)
        enabled: choice.asked && choice.heads > 1
        opacity: enabled ? 1 : 0.5
        hint: choice.heads > 1 ? qsTr("The head of this layer, or the mean of all") : qsTr("This layer has the mean over the heads only")
        model: [qsTr("All heads")].concat(Array.from({
            length: choice.heads
        }, (_, head) => qsTr("Head %1").arg(head)))
        currentIndex: model ? Math.min(choice.trace.head, choice.heads - 1) + 1 : -1
        onActivated: index => choice.trace.head = index - 1
    }
}
