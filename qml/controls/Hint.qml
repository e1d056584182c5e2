// A message over the window that may offer an action and can be closed. It has at most two lines; "More" shows the rest.
// One that `shrinks` becomes a small pill after a while, or when its place is asked for; a click makes it whole again.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: bar
    required property string text
    property string action: ""
    property bool closable: true
    property bool shrinks: false
    property string brief: qsTr("Note") // as a pill
    property bool small: false
    property bool unfolded: false
    readonly property bool narrow: width < Theme.size(460)
    // Does not fit into two lines, or its action has no room beside it.
    readonly property bool folds: narrow && action !== "" || natural.advanceWidth > 1.7 * Math.max(1, width - used)
    readonly property real used: Theme.size(90) + (closable ? Theme.size(30) : 0) + (!narrow && action !== "" ? act.implicitWidth : 0)
    signal acted
    signal dismissed
    function shrink() {
        unfolded = false;
        small = shrinks;
    }
    implicitWidth: small ? pill.implicitWidth : parts.implicitWidth + Theme.margin + Theme.gap
    implicitHeight: small ? pill.implicitHeight : parts.implicitHeight + 2 * Theme.tight
    radius: small ? height / 2 : Theme.card
    color: Theme.warningBack
    border.color: Theme.warning
    function announce() {
        if (visible && text !== "")
            Words.announce(words);
    }
    onTextChanged: {
        small = false;
        unfolded = false;
        Qt.callLater(announce);
    }
    onVisibleChanged: {
        small = false;
        unfolded = false;
        Qt.callLater(announce);
    }
    TextMetrics {
        id: natural
        font: words.font
        text: bar.text
    }
    HoverHandler {
        id: pointed
    }
    Timer {
        interval: 8000
        running: bar.visible && bar.shrinks && !bar.small && !bar.unfolded && !pointed.hovered
        onTriggered: bar.shrink()
    }
    FlatButton {
        id: pill
        objectName: "wholeHint"
        visible: bar.small
        flat: true
        padding: Theme.size(4)
        symbol: "warning"
        text: bar.brief
        hint: bar.text
        font.pixelSize: Theme.fontSmall
        onClicked: {
            bar.small = false;
            bar.unfolded = bar.folds;
        }
    }
    ColumnLayout {
        id: parts
        visible: !bar.small
        anchors.fill: parent
        anchors.leftMargin: Theme.margin
        anchors.rightMargin: Theme.gap
        anchors.topMargin: Theme.tight
        anchors.bottomMargin: Theme.tight
        spacing: Theme.tight
        RowLayout {
            spacing: Theme.tight
            Icon {
                symbol: "warning"
                color: Theme.warning
            }
            Text {
                id: words
                objectName: "hintWords"
                Layout.fillWidth: true
                text: bar.text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                maximumLineCount: bar.unfolded ? 12 : 2
                elide: Text.ElideRight
                color: Theme.warning
                font.pixelSize: Theme.font
                Accessible.role: Accessible.AlertMessage
                Accessible.name: text
                ToolTip.visible: truncated && over.hovered
                ToolTip.delay: 600
                ToolTip.text: text
                HoverHandler {
                    id: over
                }
            }
            FlatButton {
                objectName: "moreHint"
                visible: bar.folds
                flat: true
                text: bar.unfolded ? qsTr("Less") : qsTr("More")
                hint: bar.unfolded ? qsTr("Show only the beginning of this message") : qsTr("Show all of this message")
                font.pixelSize: Theme.fontSmall
                onClicked: bar.unfolded = !bar.unfolded
            }
            FlatButton {
                id: act
                objectName: "act"
                visible: bar.action !== "" && !bar.narrow
                text: bar.action
                onClicked: bar.acted()
            }
            FlatButton {
                objectName: "dismiss"
                visible: bar.closable
                symbol: "close"
                flat: true
                hint: qsTr("Close this message")
                onClicked: bar.dismissed()
            }
        }
        FlatButton {
            objectName: "actBelow"
            Layout.alignment: Qt.AlignRight
            visible: bar.action !== "" && bar.narrow && bar.unfolded
            text: bar.action
            onClicked: bar.acted()
        }
    }
}
