// How full the model's context gets by the next prompt and its answer.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

Item {
    id: gauge
    required property Conversation chat
    readonly property bool known: chat.context >= 0
    readonly property color ink: chat.context >= 0.9 ? Theme.warning : Theme.accent
    implicitWidth: bar.width + words.implicitWidth + Theme.size(6)
    implicitHeight: Math.max(bar.height, words.implicitHeight)
    opacity: known ? 1 : 0 // keeps its place
    activeFocusOnTab: known
    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("Context: %1").arg(words.text)
    Accessible.description: chat.contextText
    Accessible.ignored: !known
    Rectangle {
        id: bar
        anchors.verticalCenter: parent.verticalCenter
        width: Theme.size(28)
        height: Theme.size(6)
        radius: height / 2
        color: Theme.line
        Rectangle {
            width: Math.max(height, parent.width * Math.max(0, gauge.chat.context))
            height: parent.height
            radius: parent.radius
            color: gauge.ink
        }
    }
    Text {
        id: words
        objectName: "context"
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        textFormat: Text.PlainText
        text: qsTr("%1 %").arg(Words.number(Math.round(100 * Math.max(0, gauge.chat.context))))
        color: gauge.chat.context >= 0.9 ? Theme.warning : Theme.dim
        font.pixelSize: Theme.fontSmall
    }
    HoverHandler {
        id: pointed
    }
    FocusRing {
        shown: gauge.activeFocus
    }
    ToolTip {
        objectName: "contextTip"
        width: Math.min(implicitWidth, Theme.size(320))
        x: Math.round((gauge.width - width) / 2)
        visible: gauge.known && (pointed.hovered || gauge.activeFocus)
        delay: 600
        text: gauge.chat.contextText
    }
}
