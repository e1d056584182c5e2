// Exports the current view: one button, one menu.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Templates as T
import Sparsight

FlatButton {
    id: button
    required property SparsightApp app
    required property int frame // the sampled frame that a picture shows
    readonly property Exporter exporter: app.exporter
    readonly property bool still: app.trace.still
    readonly property var kinds: [
        {
            "kind": Exporter.Picture,
            "text": still ? qsTr("Picture with its tokens (PNG) …") : qsTr("Picture of this frame (PNG) …"),
            "can": exporter.hasTokens
        },
        {
            "kind": Exporter.Svg,
            "text": still ? qsTr("Picture with its tokens (SVG) …") : qsTr("Picture of this frame (SVG) …"),
            "can": exporter.hasTokens
        },
        {
            "kind": Exporter.Sheet,
            "text": still ? qsTr("All steps (PNG) …") : qsTr("All frames and steps (PNG) …"),
            "can": exporter.hasTokens
        },
        {
            "kind": Exporter.Film,
            "text": qsTr("Video with its tokens (MP4) …"),
            "can": exporter.hasFilm
        },
        {
            "kind": Exporter.Report,
            "text": qsTr("Interactive page (HTML) …"),
            "can": exporter.hasTokens
        },
        {
            "kind": Exporter.TraceFile,
            "text": qsTr("Trace (safetensors) …"),
            "can": exporter.hasTokens
        },
        {
            "kind": Exporter.Tokens,
            "text": qsTr("Table of the tokens (CSV) …"),
            "can": exporter.hasTokens
        },
        {
            "kind": Exporter.Markdown,
            "text": qsTr("Chat for reading (Markdown) …"),
            "can": exporter.hasChat
        },
        {
            "kind": Exporter.Json,
            "text": qsTr("Chat for import (JSON) …"),
            "can": exporter.hasChat
        }
    ]
    function choose(kind) {
        dialog.kind = kind;
        dialog.selectedFile = exporter.place(kind);
        dialog.open();
    }
    function saveTo(kind, file) {
        if (!exporter.isThere(file))
            return exporter.save(kind, file, frame);
        replace.kind = kind;
        replace.file = file;
        replace.open();
    }
    text: qsTr("Export ▾")
    hint: qsTr("Save pictures, a video, the trace or the chat")
    enabled: (exporter.hasTokens || exporter.hasChat) && !exporter.busy
    onClicked: menu.popup(this, 0, height)

    PopupMenu {
        id: menu
        objectName: "exportMenu"
        Repeater {
            model: button.kinds
            ActionItem {
                required property var modelData
                text: modelData.text
                enabled: modelData.can
                onTriggered: button.choose(modelData.kind)
            }
        }
    }
    FileDialog {
        id: dialog
        property int kind: Exporter.Picture
        title: qsTr("Save as")
        fileMode: FileDialog.SaveFile
        acceptLabel: qsTr("Save")
        options: FileDialog.DontConfirmOverwrite // not every platform's dialog asks
        onAccepted: button.saveTo(kind, selectedFile)
    }
    Dialog {
        id: replace
        objectName: "replaceDialog"
        property int kind: Exporter.Picture
        property string file: ""
        parent: T.Overlay.overlay
        anchors.centerIn: parent
        width: Theme.size(420)
        modal: true
        title: qsTr("Replace the file?")
        footer: DialogButtons {
            action: qsTr("Replace")
        }
        contentItem: Text {
            text: qsTr("%1 already exists.").arg(replace.file.replace("file://", ""))
            textFormat: Text.PlainText
            wrapMode: Text.Wrap
            color: Theme.text
            font.pixelSize: Theme.font
        }
        onAccepted: button.exporter.save(kind, file, button.frame)
    }
}
