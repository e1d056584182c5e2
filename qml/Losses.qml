// Asks before answers that are being written are lost: by quitting, and by another model.
import QtQuick
import Sparsight

Item {
    id: losses
    required property SparsightApp app
    property bool quitting: false // the person said so
    Connections {
        target: losses.Window.window
        function onClosing(event) {
            event.accepted = losses.quitting || losses.app.answering.pending === 0;
            if (!event.accepted)
                quit.open();
        }
    }
    AskFirst {
        id: quit
        objectName: "quitQuestion"
        app: losses.app
        title: qsTr("Quit?")
        action: qsTr("Stop them and quit")
        consequence: qsTr("What was said so far is kept; questions that wait are there when their session is opened again.")
        onAgreed: {
            losses.quitting = true;
            losses.Window.window.close();
        }
    }
    AskFirst {
        id: another
        objectName: "modelQuestion"
        property string directory: ""
        app: losses.app
        title: qsTr("Load another model?")
        action: qsTr("Stop them and load it")
        consequence: qsTr("They need the model that is loaded now. Questions that wait stay, to be asked again.")
        onAgreed: losses.app.changeModel(directory)
    }
    Connections {
        target: losses.app
        function onModelQuestion(directory) {
            another.directory = directory;
            another.open();
        }
    }
}
