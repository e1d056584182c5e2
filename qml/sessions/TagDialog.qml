// Which tags some sessions have. Each change is kept at once.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: dialog
    required property SparsightApp app
    property var ids: []
    property var all: [] // {name, count, here}
    function ask(sessions) {
        ids = [...sessions]; // the selection may change
        refresh();
        name.clear();
        open();
        name.forceActiveFocus();
    }
    function refresh() {
        all = app.sessions.tagsOf(ids);
    }
    function set(tag, has) {
        app.sessions.setTag(ids, tag, has);
        refresh();
    }
    function add() {
        if (name.text.trim() === "")
            return;
        set(name.text, true);
        name.clear();
    }
    title: ids.length === 1 ? qsTr("Tags of the session") : qsTr("Tags of %1 sessions").arg(Words.number(ids.length))
    wantedWidth: Theme.size(440)
    Connections { // the write may take a moment
        target: dialog.app.sessions
        enabled: dialog.visible
        function onDataChanged() {
            Qt.callLater(dialog.refresh);
        }
    }
    contentItem: ColumnLayout {
        spacing: Theme.margin
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            TextField {
                id: name
                objectName: "newTag"
                Layout.fillWidth: true
                maximumLength: 60
                placeholderText: qsTr("New tag")
                placeholderTextColor: Theme.dim
                color: Theme.text
                font.pixelSize: Theme.font
                Accessible.name: placeholderText
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: name.activeFocus
                }
                Keys.onReturnPressed: dialog.add()
                Keys.onEnterPressed: dialog.add()
            }
            FlatButton {
                objectName: "addTag"
                strong: true
                text: qsTr("Add")
                enabled: name.text.trim() !== ""
                onClicked: dialog.add()
            }
        }
        Flickable { // there may be hundreds
            id: tags
            objectName: "tags"
            function show(tag) {
                contentY = Math.max(Math.min(contentY, tag.y), tag.y + tag.height - height);
            }
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Math.min(flow.implicitHeight, Theme.size(320))
            visible: dialog.all.length > 0
            contentHeight: flow.implicitHeight
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: AreaBar {
                id: bar
            }
            Flow {
                id: flow
                width: tags.width - bar.width
                spacing: Theme.gap
                Repeater {
                    model: dialog.all
                    FlatButton {
                        required property var modelData
                        readonly property bool whole: modelData.here === dialog.ids.length
                        objectName: "tag:" + modelData.name
                        width: Math.min(implicitWidth, flow.width)
                        symbol: whole ? "check" : ""
                        checked: whole
                        text: whole || modelData.here === 0 ? modelData.name : qsTr("%1 (%2 of %3)").arg(modelData.name).arg(modelData.here).arg(dialog.ids.length)
                        hint: whole ? qsTr("Take the tag off") : qsTr("Put the tag on")
                        onClicked: dialog.set(modelData.name, !whole)
                        onActiveFocusChanged: if (activeFocus)
                            tags.show(this)
                    }
                }
            }
        }
        Text {
            textFormat: Text.PlainText
            Layout.fillWidth: true
            text: qsTr("Search for tag:name to see the sessions with a tag.")
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
            wrapMode: Text.Wrap
        }
    }
}
