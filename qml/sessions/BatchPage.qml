// Many questions about many videos: what to ask, then a table that fills.
import QtQuick
import QtQuick.Layouts
import Sparsight

Sheet {
    id: page
    required property SparsightApp app
    readonly property Batch batch: app.batch
    property bool making: false // a new one, while the last one is still there
    readonly property bool asks: making || batch.count === 0
    function askAbout(files) {
        open();
        making = true;
        form.add(files);
    }
    title: qsTr("Many questions, many videos")
    wantedWidth: Theme.size(980)
    wantedHeight: Theme.size(640)
    onAboutToShow: making = false
    Connections {
        target: page.batch
        function onModelReset() {
            page.making = false;
        }
    }
    contentItem: ColumnLayout {
        spacing: Theme.gap
        Text {
            objectName: "batchProblem"
            Layout.fillWidth: true
            visible: text !== ""
            text: page.batch.problem
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.warning
            font.pixelSize: Theme.font
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        BatchForm {
            id: form
            app: page.app
            visible: page.asks
            Layout.fillWidth: true
            Layout.fillHeight: true
            cancellable: page.batch.count > 0
            onCancelled: page.making = false
        }
        BatchTable {
            app: page.app
            visible: !page.asks
            Layout.fillWidth: true
            Layout.fillHeight: true
            onNewWanted: page.making = true
            onSessionWanted: session => {
                page.close();
                page.app.chat.openSession(session);
            }
        }
    }
}
