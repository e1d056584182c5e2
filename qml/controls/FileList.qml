// The files and folders in a folder, with size and date. A click chooses, a double click or Enter takes; with Ctrl,
// Shift and Ctrl+A several, if they may be several.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Qt.labs.folderlistmodel
import Sparsight

ColumnLayout {
    id: area
    property alias folder: found.folder
    property alias patterns: found.nameFilters
    property bool onlyFolders: false
    property bool several: false
    property var chosen: [] // addresses
    property int from: -1 // where a range with Shift begins
    readonly property string named: chosen.map(file => chosen.length === 1 ? nameOf(file) : '"' + nameOf(file) + '"').join(" ")
    signal entered(url folder)
    signal taken
    signal upWanted
    function nameOf(file) {
        return decodeURIComponent(file.toString().split("/").pop());
    }
    function unselect() {
        chosen = [];
        from = -1;
        list.currentIndex = -1;
    }
    function focusList() {
        list.forceActiveFocus(Qt.TabFocusReason);
    }
    function can(row) {
        return row >= 0 && row < found.count && (onlyFolders || !found.isFolder(row));
    }
    function choose(row, modifiers) {
        list.currentIndex = row;
        if (several && modifiers & Qt.ShiftModifier && from >= 0) {
            const range = [];
            for (let at = Math.min(from, row); at <= Math.max(from, row); ++at)
                if (can(at))
                    range.push(found.get(at, "fileUrl"));
            chosen = range;
            return;
        }
        from = row;
        if (!can(row)) {
            chosen = [];
            return;
        }
        const file = found.get(row, "fileUrl");
        if (!several || !(modifiers & Qt.ControlModifier))
            chosen = [file];
        else if (chosen.some(other => other.toString() === file.toString()))
            chosen = chosen.filter(other => other.toString() !== file.toString());
        else
            chosen = chosen.concat([file]);
    }
    function take(row) {
        if (row >= 0 && found.isFolder(row))
            return entered(found.get(row, "fileUrl"));
        if (chosen.length === 0 && can(row))
            choose(row, 0);
        taken();
    }
    function all() {
        const files = [];
        for (let row = 0; row < found.count; ++row)
            if (can(row))
                files.push(found.get(row, "fileUrl"));
        chosen = files;
    }
    spacing: 0

    FolderListModel {
        id: found
        showFiles: !area.onlyFolders
        showDirsFirst: true
        caseSensitive: false
        sortCaseSensitive: false
    }
    component Line: RowLayout {
        id: line
        required property string name
        required property string size
        required property string date
        property color ink: Theme.text
        spacing: Theme.gap
        ElidedText {
            Layout.fillWidth: true
            text: line.name
            color: line.ink
            font.pixelSize: Theme.font
            elide: Text.ElideMiddle
        }
        ElidedText {
            Layout.preferredWidth: Theme.size(80)
            horizontalAlignment: Text.AlignRight
            text: line.size
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
        ElidedText {
            Layout.preferredWidth: Theme.size(130)
            text: line.date
            color: Theme.dim
            font.pixelSize: Theme.fontSmall
        }
    }
    Line {
        Layout.fillWidth: true
        Layout.leftMargin: Theme.gap + Theme.size(28)
        Layout.rightMargin: Theme.margin + Theme.size(4)
        Layout.bottomMargin: Theme.tight
        name: qsTr("Name")
        size: qsTr("Size")
        date: qsTr("Changed")
        ink: Theme.dim
    }
    Rectangle {
        Layout.fillWidth: true
        Layout.fillHeight: true
        radius: Theme.radius
        color: Theme.window
        border.color: Theme.edge
        Text {
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.margin
            visible: found.status === FolderListModel.Ready && found.count === 0
            textFormat: Text.PlainText
            text: area.onlyFolders ? qsTr("No folders here") : qsTr("No such files here")
            color: Theme.dim
            font.pixelSize: Theme.font
            wrapMode: Text.Wrap
            horizontalAlignment: Text.AlignHCenter
        }
        ListView {
            id: list
            objectName: "fileRows"
            anchors.fill: parent
            anchors.margins: Theme.size(4)
            clip: true
            model: found
            currentIndex: -1
            activeFocusOnTab: true
            boundsBehavior: Flickable.StopAtBounds
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Files")
            ScrollBar.vertical: AreaBar {}
            onActiveFocusChanged: if (activeFocus && currentIndex < 0 && count > 0)
                currentIndex = 0
            function move(by, modifiers) {
                if (count > 0)
                    area.choose(Math.max(0, Math.min(count - 1, currentIndex + by)), modifiers & Qt.ShiftModifier);
            }
            Keys.onPressed: event => {
                const page = Math.max(1, Math.floor(height / Theme.size(28)) - 1);
                const steps = {
                    [Qt.Key_Up]: -1,
                    [Qt.Key_Down]: 1,
                    [Qt.Key_PageUp]: -page,
                    [Qt.Key_PageDown]: page,
                    [Qt.Key_Home]: -count,
                    [Qt.Key_End]: count
                };
                event.accepted = true;
                if (steps[event.key] !== undefined && !(event.modifiers & Qt.AltModifier))
                    move(steps[event.key], event.modifiers);
                else if (event.key === Qt.Key_Return || event.key === Qt.Key_Enter)
                    area.take(currentIndex);
                else if (event.key === Qt.Key_Space && currentIndex >= 0)
                    area.choose(currentIndex, Qt.ControlModifier);
                else if (event.key === Qt.Key_Backspace)
                    area.upWanted();
                else if (event.key === Qt.Key_A && event.modifiers & Qt.ControlModifier && area.several)
                    area.all();
                else
                    event.accepted = false;
            }
            FocusRing {
                shown: list.activeFocus
                gap: -2
            }
            delegate: Rectangle {
                id: row
                required property string fileName
                required property url fileUrl
                required property bool fileIsDir
                required property var fileSize
                required property date fileModified
                required property int index
                readonly property bool taken: area.chosen.some(file => file.toString() === fileUrl.toString())
                objectName: "fileRow"
                width: list.width
                height: Theme.size(28)
                radius: Theme.size(4)
                color: taken ? Theme.question : pointed.containsMouse ? Theme.raised : "transparent"
                border.width: list.activeFocus && ListView.isCurrentItem ? 1 : 0
                border.color: Theme.accent
                Accessible.role: Accessible.ListItem
                Accessible.name: fileIsDir ? qsTr("%1, folder").arg(fileName) : fileName
                Accessible.selected: taken
                Icon {
                    x: Theme.gap
                    anchors.verticalCenter: parent.verticalCenter
                    visible: row.fileIsDir
                    symbol: "open"
                    color: Theme.dim
                }
                Line {
                    anchors.fill: parent
                    anchors.leftMargin: Theme.gap + Theme.size(24)
                    anchors.rightMargin: Theme.margin
                    name: row.fileName
                    size: row.fileIsDir ? "" : Words.bytes(row.fileSize)
                    date: Words.date(row.fileModified)
                }
                MouseArea {
                    id: pointed
                    anchors.fill: parent
                    hoverEnabled: true
                    onClicked: mouse => {
                        list.forceActiveFocus(Qt.MouseFocusReason);
                        area.choose(row.index, mouse.modifiers);
                    }
                    onDoubleClicked: area.take(row.index)
                }
            }
        }
    }
}
