// Messages of the program over the content, so that nothing moves when they come and go.
import QtQuick
import Sparsight

Column {
    id: notices
    required property SparsightApp app
    property string closedFor: "" // the clip for which the hint about the model was closed
    signal modelsWanted
    spacing: Theme.gap
    Hint {
        objectName: "notice"
        width: notices.width
        visible: text !== ""
        text: notices.app.notice
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
        width: notices.width
        visible: notices.app.beyond !== "" && notices.closedFor !== notices.app.chat.video
        readonly property string knows: (notices.app.trace.still ? qsTr("The loaded model knows only %1 and can only guess about this picture. The page Models offers some that know real pictures.") : qsTr("The loaded model knows only %1 and can only guess about this video. The page Models offers some that know real videos.")).arg(notices.app.beyond)
        text: notices.app.understands !== "" ? knows + " " + language.text : knows
        action: qsTr("How to get it …")
        onActed: notices.modelsWanted()
        onDismissed: {
            notices.closedFor = notices.app.chat.video;
            if (notices.app.understands !== "")
                language.dismissed();
        }
    }

    Hint {
        id: language
        objectName: "languageHint"
        width: notices.width
        visible: notices.app.understands !== "" && !beyond.visible
        text: qsTr("Ask in %1: the loaded model understands no other language.").arg(notices.app.understands)
        onDismissed: notices.app.settings.languageHintSeen = true
    }
}
