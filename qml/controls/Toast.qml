// News from a session that is not open, or a word on what was just done. It disappears by itself, but not while the pointer is over it.
import QtQuick
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: toast
    required property SparsightApp app
    property var session: 0
    property string text: ""
    property alias staysMs: timer.interval
    objectName: "toast"
    visible: text !== ""
    anchors {
        bottom: parent.bottom
        horizontalCenter: parent.horizontalCenter
        bottomMargin: Theme.size(34) + Theme.margin // above the status bar
    }
    implicitWidth: row.implicitWidth + 2 * Theme.margin
    implicitHeight: row.implicitHeight + 2 * Theme.gap
    radius: Theme.radius
    color: Theme.raised
    border.color: Theme.accent
    function close() {
        text = "";
    }
    function say(what) {
        session = 0;
        text = "";
        text = what;
        timer.restart();
    }
    HoverHandler {
        id: hover
    }
    Timer {
        id: timer
        interval: toast.session === 0 ? 4000 : 12000
        running: toast.visible && !hover.hovered && !show.activeFocus
        onTriggered: toast.close()
    }
    Connections {
        target: toast.app.answering
        function onNotified(session, message) {
            toast.session = session;
            toast.text = message;
            timer.restart();
            toast.Window.window.alert(0); // if the window is not active either
        }
        function onChanged() {
            if (toast.session !== 0 && !toast.app.answering.isNews(toast.session))
                toast.close(); // its session is open now
        }
    }
    RowLayout {
        id: row
        anchors.centerIn: parent
        width: Math.min(implicitWidth, toast.width - 2 * Theme.margin)
        spacing: Theme.gap
        Text {
            id: said
            Layout.fillWidth: true
            Layout.maximumWidth: Theme.size(420)
            text: toast.text
            onTextChanged: announce()
            function announce() {
                if (toast.text !== "")
                    Words.announce(said);
            }
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.text
            font.pixelSize: Theme.font
            Accessible.role: Accessible.AlertMessage
            Accessible.name: text
        }
        FlatButton {
            id: show
            objectName: "showNews"
            visible: toast.session !== 0
            text: qsTr("Show")
            hint: qsTr("Open this session")
            onClicked: {
                toast.app.chat.openSession(toast.session);
                toast.close();
            }
        }
        FlatButton {
            objectName: "closeToast"
            symbol: "close"
            flat: true
            hint: qsTr("Close this message")
            onClicked: toast.close()
        }
    }
}
