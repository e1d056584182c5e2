// Messages of the program over the content, so that nothing moves when they come and go.
import QtQuick
import Sparsight

Column {
    id: notices
    required property SparsightApp app
    property string closedFor: "" // the clip for which the hint about the model was closed
    property bool languageRead: false // another question is being typed
    Connections {
        target: notices.app.chat
        function onDraftChanged() {
            if (notices.app.chat.draft === "")
                return;
            notices.languageRead = true;
            beyond.shrink();
        }
        function onSessionChanged() {
            notices.languageRead = notices.languageRead || notices.app.chat.count > 0;
        }
        function onAsked() {
            beyond.shrink();
            notices.languageRead = false;
        }
    }
    Connections {
        target: notices.app
        function onLanguageChanged() {
            notices.languageRead = false;
        }
    }
    signal modelsWanted
    spacing: Theme.gap
    Hint {
        objectName: "notice"
        width: notices.width
        visible: text !== ""
        text: notices.app.notice
        action: notices.app.offersProcessor ? qsTr("Use the processor") : ""
        onActed: notices.app.useProcessor()
        onDismissed: notices.app.dismissNotice()
    }
    Losses {
        objectName: "losses"
        width: notices.width
        app: notices.app
    }
    Hint {
        id: beyond
        objectName: "beyondDemo"
        anchors.horizontalCenter: parent.horizontalCenter
        width: small ? implicitWidth : notices.width
        shrinks: true
        brief: notices.app.trace.still ? qsTr("Not a model for this picture") : qsTr("Not a model for this video")
        visible: notices.app.beyond !== "" && notices.closedFor !== notices.app.chat.video
        readonly property string knows: (notices.app.trace.still ? qsTr("The loaded model knows only %1 and can only guess about this picture. The page Models offers some that know real pictures.") : qsTr("The loaded model knows only %1 and can only guess about this video. The page Models offers some that know real videos.")).arg(notices.app.beyond)
        text: language.wanted ? knows + " " + language.text : knows
        action: qsTr("How to get it …")
        onActed: notices.modelsWanted()
        onDismissed: {
            notices.closedFor = notices.app.chat.video;
            if (language.wanted)
                language.dismissed();
        }
    }

    Hint {
        id: language
        objectName: "languageHint"
        anchors.horizontalCenter: parent.horizontalCenter
        width: small ? implicitWidth : notices.width
        shrinks: true
        brief: qsTr("Ask in %1").arg(notices.app.understands)
        readonly property bool wanted: notices.app.understands !== "" && !notices.languageRead
        visible: wanted && !beyond.visible
        text: qsTr("Ask in %1: the loaded model understands no other language.").arg(notices.app.understands)
        onDismissed: notices.app.settings.languageHintSeen = true
    }
}
