// Exports the current view: one button, one menu.
import QtQuick
import QtQuick.Controls.Basic
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
        save.choose(kind);
    }
    function saveTo(kind, file) {
        save.saveTo(kind, file);
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
    SaveFile {
        id: save
        app: button.app
        frame: button.frame
        questionName: "replaceDialog"
    }
}
