// A step plot of the visual tokens that are left at each depth of the decoder, with a slider and a player over the depth.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Item {
    id: plot
    required property TraceView trace
    // High enough for the labels of the counts.
    readonly property real least: caption.height + Theme.size(84)
    property bool brief: false // leaves out the mean over the layers
    readonly property var layers: trace.layers
    readonly property int columns: trace.layerCount + 1 // the input, then one column for each layer
    readonly property real column: area.width / columns
    readonly property int most: Math.max(1, trace.visualTokens)
    readonly property int labelEvery: [1, 2, 4, 8, 16, 32].find(n => n * column >= Theme.size(22)) ?? 64
    // Tokens that leave a column, as the title counts them; -1: not computed yet.
    function tokens(index) {
        if (index === 0)
            return layers.length > 0 ? layers[0].tokensIn : trace.visualTokens;
        return index <= layers.length ? layers[index - 1].tokensOut : -1;
    }
    function walk() {
        if (trace.stepsDone === trace.stepCount)
            trace.stepsDone = 0;
        player.running = !player.running;
    }

    Timer {
        id: player
        interval: 600
        repeat: true
        onTriggered: {
            plot.trace.stepsDone += 1;
            running = plot.trace.stepsDone < plot.trace.stepCount;
        }
    }
    RowLayout {
        id: caption
        width: parent.width
        height: Math.max(Theme.size(24), titles.implicitHeight)
        spacing: 4
        Flow {
            id: titles
            Layout.fillWidth: true
            spacing: Theme.gap
            NaturalText {
                room: parent.width
                visible: !plot.brief
                text: qsTr("Tokens by layer")
                font.weight: Font.DemiBold
            }
            NaturalText {
                objectName: "stepTitle"
                room: parent.width
                text: plot.trace.stepTitle
            }
            NaturalText {
                objectName: "meanTitle"
                room: parent.width
                visible: text !== "" && !plot.brief
                text: plot.trace.meanTitle
                color: Theme.dim
            }
        }
        FlatButton {
            objectName: "walk"
            Layout.alignment: Qt.AlignTop
            symbol: player.running ? "pause" : "play"
            hint: player.running ? qsTr("Pause") : qsTr("Play through the layers")
            font.pixelSize: Theme.fontSmall
            padding: 2
            flat: true
            implicitWidth: Theme.size(28)
            implicitHeight: Theme.size(22)
            enabled: plot.trace.stepCount > 0
            onClicked: plot.walk()
        }
    }
    Item {
        id: area
        anchors {
            left: parent.left
            leftMargin: Theme.size(40)
            right: parent.right
            rightMargin: Theme.size(8)
            top: caption.bottom
            topMargin: 8
            bottom: slider.top
            bottomMargin: Theme.size(14)
        }
        Repeater {
            model: [1, 0.5, 0]
            Item {
                id: tick
                required property real modelData
                y: area.height * (1 - modelData)
                width: area.width
                Rectangle {
                    width: parent.width
                    height: 1
                    color: Theme.line
                }
                Text {
                    textFormat: Text.PlainText
                    anchors.right: parent.left
                    anchors.rightMargin: 4
                    anchors.verticalCenter: parent.top
                    text: qsTr("%1").arg(Words.number(plot.most * tick.modelData)) // qsTr: evaluated again when the language changes
                    color: Theme.dim
                    font.pixelSize: Theme.size(10)
                }
            }
        }
        Repeater {
            model: plot.columns
            Item {
                id: step
                required property int index
                readonly property int here: plot.tokens(index)
                readonly property int before: index > 0 ? plot.tokens(index - 1) : plot.trace.visualTokens
                readonly property bool current: index === plot.trace.depth - 1
                x: index * plot.column
                width: plot.column
                height: area.height
                Rectangle {
                    anchors.fill: parent
                    visible: step.current
                    color: Qt.alpha(Theme.accent, 0.12)
                }
                Rectangle {
                    id: level
                    objectName: "level" + step.index
                    anchors.bottom: parent.bottom
                    width: parent.width
                    height: area.height * step.here / plot.most
                    visible: step.here >= 0
                    color: step.current ? Qt.alpha(Theme.accent, 0.45) : Qt.alpha(Theme.accent, 0.14)
                    Rectangle {
                        width: parent.width + 1
                        height: 2
                        color: Theme.accent
                    }
                }
                Rectangle {
                    readonly property real former: area.height * (1 - step.before / plot.most)
                    x: -1
                    y: Math.min(level.y, former)
                    width: 2
                    height: Math.abs(level.y - former)
                    visible: step.here >= 0
                    color: Theme.accent
                }
                Text {
                    textFormat: Text.PlainText
                    anchors.top: parent.bottom
                    anchors.topMargin: 1
                    anchors.horizontalCenter: parent.horizontalCenter
                    visible: step.index === 0 ? plot.labelEvery === 1 : (step.index - 1) % plot.labelEvery === 0
                    text: step.index === 0 ? qsTr("in") : step.index - 1
                    color: step.current ? Theme.text : Theme.dim
                    font.pixelSize: Theme.size(10)
                    font.bold: step.current
                }
            }
        }
        MouseArea {
            anchors.fill: parent
            function showDepthAt(x) {
                plot.trace.depth = Math.floor(x / plot.column) + 1;
            }
            onPressed: event => showDepthAt(event.x)
            onPositionChanged: event => showDepthAt(event.x)
        }
    }
    Slider {
        id: slider
        objectName: "depth"
        // Its handle is below the boundary after the layer.
        x: area.x - Theme.size(7)
        width: area.width + Theme.size(14)
        anchors.bottom: parent.bottom
        height: Theme.size(22)
        padding: 0
        from: 0
        to: plot.columns
        stepSize: 1
        snapMode: Slider.SnapAlways
        Accessible.name: qsTr("Depth in the decoder: %1").arg(plot.trace.stepTitle)
        onMoved: plot.trace.depth = value
        Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_Left || event.key === Qt.Key_Right
        Binding on value {
            when: !slider.pressed
            restoreMode: Binding.RestoreNone
            value: Math.min(plot.trace.depth, slider.to) // evaluated again if only the slider's end moves
        }
        background: Rectangle {
            x: Theme.size(7)
            y: slider.height / 2 - 2
            width: slider.width - Theme.size(14)
            height: 4
            radius: 2
            color: Theme.line
        }
        handle: Rectangle {
            x: slider.visualPosition * (slider.width - width)
            y: slider.height / 2 - height / 2
            width: Theme.size(14)
            height: width
            radius: width / 2
            color: Theme.accent
        }
        FocusRing {
            gap: 0
        }
    }
}
