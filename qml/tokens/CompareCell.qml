// The frame with the tokens of one run, its setting above.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Item {
    id: cell
    required property string setting
    required property string state_
    required property string tokens
    required property TraceView trace
    property int frame: 0
    signal largeWanted
    signal frameWanted(int frame)
    readonly property string shown: setting.split(" · ").reverse().join(" · ") // the budget first: names may be cut off
    readonly property bool empty: !trace || !trace.hasTrace

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: 3
        spacing: 2
        FlatButton {
            objectName: "cellSetting"
            Layout.fillWidth: true
            flat: true
            padding: 2
            text: cell.tokens !== "" && width > Theme.size(240) ? qsTr("%1 · %2 tokens").arg(cell.shown).arg(cell.tokens) : cell.shown
            hint: qsTr("%1: show this run large").arg(cell.shown)
            font.pixelSize: Theme.fontSmall
            onClicked: cell.largeWanted()
        }
        Item {
            id: stage
            Layout.fillWidth: true
            Layout.fillHeight: true
            readonly property real aspect: cell.trace ? cell.trace.frameAspect : 1
            TokenOverlay {
                objectName: "cellOverlay"
                anchors.centerIn: parent
                width: Math.floor(Math.min(stage.width, stage.height * stage.aspect))
                height: width / stage.aspect
                view: cell.trace
                frame: cell.frame
                showFrame: true
                activeFocusOnTab: !cell.empty
                onFrameWanted: frame => cell.frameWanted(frame)
                Rectangle {
                    anchors.fill: parent
                    visible: cell.empty
                    color: Theme.shade
                }
                Text {
                    anchors.centerIn: parent
                    width: parent.width - 2 * Theme.gap
                    horizontalAlignment: Text.AlignHCenter
                    visible: cell.empty
                    textFormat: Text.PlainText
                    text: ({
                            "running": qsTr("running …"),
                            "failed": qsTr("failed"),
                            "stopped": qsTr("stopped"),
                            "done": qsTr("no tokens")
                        })[cell.state_] ?? qsTr("not run yet")
                    color: "#ffffff"
                    elide: Text.ElideRight
                    font.pixelSize: Theme.fontSmall
                }
            }
        }
    }
}
