// What the colours mean, with the numbers of tokens after the current layer. A click on an entry shows these tokens alone;
// the next one shows all again.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Templates as T
import Sparsight

Item {
    id: legend
    required property TraceView trace
    property bool brief: false
    property bool glass: false // over a picture
    property real room: width // to be as wide as
    readonly property int recycled: trace.counts.recycled ?? 0
    readonly property bool scored: trace.mode === TraceView.Score || trace.mode === TraceView.Word
    readonly property bool scores: scored && trace.scale.colours !== undefined
    readonly property bool clustered: trace.mode === TraceView.Clusters && recycled > 0 && !brief
    readonly property color ink: glass ? Theme.glassText : Theme.text
    readonly property color dim: glass ? Theme.glassDim : Theme.dim
    visible: trace.hasTrace
    implicitWidth: note.visible ? Math.max(flow.wanted, glass && flow.wanted + Theme.gap + natural.advanceWidth + 1 <= room ? flow.wanted + Theme.gap + Math.ceil(natural.advanceWidth) + 1 : Math.ceil(natural.advanceWidth) + 1) : flow.wanted
    implicitHeight: flow.implicitHeight + (note.visible && !note.beside ? note.height : 0)

    component Said: NaturalText {
        room: legend.room
        height: Math.max(implicitHeight, Theme.size(20))
        verticalAlignment: Text.AlignVCenter
        color: legend.ink
    }
    component Entry: T.AbstractButton {
        id: entry
        property color colour: "transparent"
        property string label
        property bool hatched: false
        property bool chosen: false
        property bool can: true // filter
        property bool plain: false // without a colour
        implicitWidth: content.implicitWidth + 2 * Theme.tight
        implicitHeight: Theme.size(20)
        enabled: can
        text: label
        Accessible.name: label
        Accessible.description: ToolTip.text
        Accessible.checkable: can
        Accessible.checked: chosen
        ToolTip.visible: hovered && can
        ToolTip.delay: 600
        ToolTip.text: chosen ? qsTr("Show all tokens again") : qsTr("Show these alone")
        background: Rectangle {
            radius: Theme.tight
            color: entry.chosen ? (legend.glass ? Theme.glassHover : Theme.line) : "transparent"
            border.width: entry.hovered && entry.can ? 1 : 0
            border.color: legend.dim
        }
        FocusRing {
            border.color: legend.glass ? "#ffffff" : Theme.accent
        }
        contentItem: Item {
            Row {
                id: content
                anchors.verticalCenter: parent.verticalCenter
                x: Theme.tight
                spacing: Theme.tight
                Rectangle {
                    anchors.verticalCenter: parent.verticalCenter
                    visible: !entry.plain
                    width: Theme.size(11)
                    height: width
                    radius: 2
                    color: entry.colour
                    border.color: entry.colour.a === 0 ? legend.ink : legend.dim
                    clip: true
                    Repeater {
                        model: entry.hatched ? 3 : 0
                        Rectangle {
                            required property int index
                            anchors.centerIn: parent
                            anchors.horizontalCenterOffset: (index - 1) * Theme.size(6)
                            width: 2
                            height: 2 * parent.height
                            rotation: 45
                            color: "#969ca8"
                        }
                    }
                }
                Text {
                    textFormat: Text.PlainText
                    anchors.verticalCenter: parent.verticalCenter
                    text: entry.label
                    color: legend.ink
                    font.pixelSize: Theme.fontSmall
                }
            }
        }
    }

    Flow {
        id: flow
        width: parent.width
        spacing: Theme.tight
        // The width in one row: implicitWidth is that of the rows as they are wrapped now.
        readonly property real wanted: {
            let sum = 0;
            for (let i = 0; i < children.length; ++i)
                sum += children[i].visible && children[i].width > 0 ? Math.ceil(children[i].width) + spacing : 0;
            return Math.max(0, Math.ceil(sum - spacing));
        }
        Said {
            visible: legend.trace.mode === TraceView.Word
            text: qsTr("“%1” attends to").arg(legend.trace.wordText)
        }
        Item {
            visible: legend.scores
            width: Math.min(Theme.size(legend.glass ? 200 : 280), legend.room)
            height: Theme.size(28)
            Row {
                id: bar
                x: 14
                width: parent.width - 28
                height: 10
                Repeater {
                    model: legend.trace.scale.colours ?? []
                    Rectangle {
                        required property string modelData
                        width: bar.width / 32
                        height: bar.height
                        color: modelData
                    }
                }
            }
            Rectangle {
                anchors.fill: bar
                color: "transparent"
                border.color: legend.dim
            }
            Repeater {
                model: legend.trace.scale.ticks ?? []
                Item {
                    id: tick
                    required property var modelData
                    x: bar.x + modelData.at * bar.width
                    y: bar.height
                    Rectangle {
                        width: 1
                        height: 4
                        color: legend.dim
                    }
                    Text {
                        textFormat: Text.PlainText
                        y: 4
                        anchors.horizontalCenter: parent.left
                        text: tick.modelData.text
                        color: legend.ink
                        font.pixelSize: Theme.fontTiny
                    }
                }
            }
        }
        Said {
            visible: legend.scored && !legend.scores
            text: legend.trace.mode === TraceView.Word ? qsTr("No attention was recorded here") : qsTr("No scores here")
            color: legend.dim
        }
        Entry {
            objectName: "legendKept"
            visible: !legend.scored
            label: qsTr("%1 kept").arg(Words.number(legend.trace.counts.kept ?? 0))
            chosen: legend.trace.only === TraceView.OnlyKept
            onClicked: legend.trace.only = chosen ? TraceView.All : TraceView.OnlyKept
        }
        Entry {
            objectName: "legendRecycled"
            visible: !legend.scored && legend.recycled > 0 && !legend.clustered
            colour: Theme.recycled
            label: legend.brief ? qsTr("%1 recycled").arg(Words.number(legend.recycled)) : qsTr("%1 recycled into %2").arg(Words.number(legend.recycled)).arg(Words.number(legend.trace.counts.merged ?? 0))
            chosen: legend.trace.only === TraceView.OnlyRecycled
            onClicked: legend.trace.only = chosen ? TraceView.All : TraceView.OnlyRecycled
        }
        // The largest clusters, each with its number of tokens.
        Repeater {
            model: legend.clustered ? Math.min(6, legend.trace.clusters.length) : 0
            Entry {
                required property int index
                readonly property var cluster: legend.trace.clusters[index]
                objectName: "cluster" + index
                colour: cluster?.colour ?? "transparent"
                label: Words.number(cluster?.tokens ?? 0)
                Accessible.name: qsTr("Cluster of %1 tokens").arg(label)
                chosen: cluster !== undefined && legend.trace.cluster === cluster.id
                onClicked: legend.trace.cluster = chosen ? -1 : cluster.id
            }
        }
        Entry {
            objectName: "moreClusters"
            visible: legend.clustered && legend.trace.clusters.length > 6
            can: false
            plain: true
            label: qsTr("%1 more").arg(Words.number(legend.trace.clusters.length - 6))
        }
        Entry {
            objectName: "legendDropped"
            visible: !legend.scored
            colour: legend.glass ? "#5a6070" : Theme.gone
            label: qsTr("%1 dropped").arg(Words.number(legend.trace.counts.dropped ?? 0))
            chosen: legend.trace.only === TraceView.OnlyDropped
            onClicked: legend.trace.only = chosen ? TraceView.All : TraceView.OnlyDropped
        }
        Entry {
            objectName: "notSeen"
            visible: legend.trace.unseen
            colour: "#3a3e46"
            hatched: true
            can: false
            label: qsTr("not seen")
        }
    }
    // Beside the counts if there is room, so that nothing below it moves.
    ElidedText {
        id: note
        objectName: "nothingMerged"
        readonly property bool beside: flow.wanted + Theme.gap + (legend.glass ? Math.ceil(natural.advanceWidth) + 1 : Theme.size(120)) <= legend.width
        TextMetrics {
            id: natural
            font: note.font
            text: note.text
        }
        visible: legend.trace.mode === TraceView.Clusters && legend.recycled === 0 && !legend.brief
        x: beside ? flow.wanted + Theme.gap : 0
        y: beside ? 0 : flow.height
        width: legend.width - x
        // Over a picture it has as many lines as it needs; beside controls, one, so that nothing moves.
        wrapMode: legend.glass && !beside ? Text.Wrap : Text.NoWrap
        maximumLineCount: legend.glass && !beside ? 5 : 1
        height: Math.max(Theme.size(20), implicitHeight)
        verticalAlignment: Text.AlignVCenter
        text: legend.trace.whyNoClusters
        color: legend.dim
        font.pixelSize: Theme.fontSmall
    }
}
