// Asks before quitting or another model would lose answers in progress. If the answers are to finish first, a line says
// what happens after that.
import QtQuick
import Sparsight

Hint {
    id: losses
    required property SparsightApp app
    property bool quitting: false // the user agreed
    visible: text !== ""
    closable: false
    text: quit.putOff ? quit.what : another.putOff ? another.what : ""
    action: qsTr("Cancel")
    onActed: {
        quit.giveUp();
        another.giveUp();
    }
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
        later: qsTr("The window closes when they are done.")
        consequence: qsTr("If you stop them, what they have written so far is kept. Waiting questions stay in their session.")
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
        later: qsTr("The other model is loaded when they are done.")
        consequence: qsTr("They need the model that is loaded now. If you stop them, waiting questions stay and can be asked again.")
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
