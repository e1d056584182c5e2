// The stage: the video, the tokens over it, what they mean, zoom.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Rectangle {
    id: pane
    required property SparsightApp app
    readonly property TraceView trace: app.trace
    readonly property alias nearest: overlay.frame // sampled frame
    property bool overlayShown: true
    property bool bare: false // while a key is held
    readonly property bool any: app.chat.video !== ""
    // High enough for a small picture above everything else.
    readonly property real least: (banner.visible ? banner.implicitHeight + 2 * Theme.gap : 0) + Theme.size(120)
    property real zoom: 1
    signal modelsWanted
    signal fullScreenWanted
    function openDialog() {
        picker.ask();
    }
    // Keeps the point (x, y) of the stage where it is.
    function zoomTo(wanted, x, y) {
        const to = Math.max(1, Math.min(4, wanted));
        const ratio = to / zoom;
        const left = x - (x - picture.x) * ratio, top = y - (y - picture.y) * ratio;
        zoom = to;
        place(left, top);
    }
    // The picture covers the stage.
    function place(left, top) {
        picture.x = Math.min(0, Math.max(stage.width - picture.width, left));
        picture.y = Math.min(0, Math.max(stage.height - picture.height, top));
    }
    function copyPicture() {
        stage.grabToImage(result => pane.app.copyImage(result.image));
    }
    color: any ? "#000000" : Theme.panel
    radius: Theme.card
    border.color: Theme.line
    border.width: any ? 0 : 1

    VideoPicker {
        id: picker
        objectName: "openPicker"
        app: pane.app
        kind: FileChooser.OpenFiles
        title: qsTr("Open a video or an image")
        onChosen: files => pane.app.openFiles(files.map(file => file.toString()))
    }
    Connections {
        target: pane.app.chat
        function onSessionChanged() {
            pane.zoomTo(1, 0, 0);
        }
    }
    ColumnLayout {
        anchors.fill: parent
        anchors.margins: 1
        spacing: 0
        FileBanner {
            id: banner
            app: pane.app
            onModelsWanted: pane.modelsWanted()
            Layout.fillWidth: true
            Layout.margins: Theme.gap
        }
        Item {
            id: stage
            objectName: "stage"
            Layout.fillWidth: true
            Layout.fillHeight: true
            clip: true
            onWidthChanged: Qt.callLater(() => pane.place(picture.x, picture.y))
            onHeightChanged: Qt.callLater(() => pane.place(picture.x, picture.y))
            VideoTouch {
                objectName: "touch"
                anchors.fill: parent
                visible: pane.app.chat.video !== ""
                player: pane.app.player
                clicks: !overlay.visible
                zooms: true
                onZoomed: (steps, x, y) => pane.zoomTo(pane.zoom * Math.pow(1.2, steps), x, y)
                onFullScreenWanted: pane.fullScreenWanted()
            }
            Item {
                id: picture
                objectName: "picture"
                width: stage.width * pane.zoom
                height: stage.height * pane.zoom
                VideoItem {
                    id: video
                    anchors.fill: parent
                    player: pane.app.player
                }
                VideoTokens {
                    id: overlay
                    objectName: "overlay"
                    app: pane.app
                    place: video.content
                    shown: pane.overlayShown && !pane.bare
                    onDoubleClicked: pane.fullScreenWanted()
                }
            }
            // A zoomed picture is dragged.
            DragHandler {
                target: null
                enabled: pane.zoom > 1
                property point from
                onActiveChanged: from = Qt.point(picture.x, picture.y)
                onActiveTranslationChanged: if (active)
                    pane.place(from.x + activeTranslation.x, from.y + activeTranslation.y)
            }
            SubtitlePictures {
                objectName: "subtitlePictures"
                player: pane.app.player
                content: Qt.rect(picture.x + video.content.x, picture.y + video.content.y, video.content.width, video.content.height)
            }
            SubtitleText {
                objectName: "subtitles"
                player: pane.app.player
                content: Qt.rect(picture.x + video.content.x, picture.y + video.content.y, video.content.width, video.content.height)
            }
            ColumnLayout {
                anchors.centerIn: parent
                width: Math.min(parent.width - 2 * Theme.margin, Theme.size(520))
                visible: !pane.any
                spacing: Theme.margin
                Icon {
                    Layout.alignment: Qt.AlignHCenter
                    visible: stage.height > Theme.size(220)
                    symbol: "open"
                    size: Theme.size(44)
                    color: Theme.accent
                }
                Text {
                    textFormat: Text.PlainText
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("Drop a video here")
                    color: Theme.text
                    font.pixelSize: Theme.fontHuge
                    font.weight: Font.DemiBold
                }
                Text {
                    textFormat: Text.PlainText
                    Layout.alignment: Qt.AlignHCenter
                    text: qsTr("Nothing leaves this machine.")
                    color: Theme.dim
                    font.pixelSize: Theme.font
                }
                RowLayout {
                    Layout.alignment: Qt.AlignHCenter
                    spacing: Theme.gap
                    OpenButton {
                        app: pane.app
                        strong: true
                        onDialogWanted: pane.openDialog()
                    }
                    FlatButton {
                        objectName: "openDemo"
                        text: qsTr("Try the demo clip")
                        onClicked: pane.app.openDemo()
                    }
                }
            }
            Text {
                id: failure
                anchors.centerIn: parent
                width: parent.width - 4 * Theme.margin
                visible: pane.app.player.error !== ""
                text: pane.app.player.error
                onTextChanged: if (pane.app.player.error !== "")
                    Words.announce(failure)
                Accessible.role: Accessible.AlertMessage
                Accessible.name: text
                textFormat: Text.PlainText
                wrapMode: Text.Wrap
                horizontalAlignment: Text.AlignHCenter
                color: "#ffffff"
                font.pixelSize: Theme.font
            }
            Glass {
                id: modePill
                visible: pane.any && pane.trace.hasTrace
                x: Theme.gap
                y: Theme.gap
                ModeChoice {
                    trace: pane.trace
                    glass: true
                    offers: true
                    room: stage.width - 2 * Theme.gap - 3 * Theme.tight - view.implicitWidth
                    off: !pane.overlayShown
                    onOffWanted: off => pane.overlayShown = !off
                }
                ViewMenu {
                    id: view
                    objectName: "viewButton"
                    trace: pane.trace
                    zoom: pane.zoom
                    onZoomWanted: zoom => pane.zoomTo(zoom, stage.width / 2, stage.height / 2)
                    onCopyWanted: pane.copyPicture()
                }
            }
            // Right of the modes if there is room, else at the lower edge.
            Glass {
                id: legendPill
                readonly property real natural: legend.implicitWidth + 2 * Theme.margin
                readonly property bool beside: modePill.width + natural + 3 * Theme.gap <= stage.width
                visible: modePill.visible && pane.overlayShown && !pane.bare
                x: beside ? stage.width - width - Theme.gap : Theme.gap
                y: beside ? Theme.gap : stage.height - height - Theme.gap
                leftPadding: Theme.margin
                rightPadding: Theme.margin
                Legend {
                    id: legend
                    trace: pane.trace
                    glass: true
                    room: stage.width - 2 * Theme.gap - 2 * Theme.margin
                    width: Math.min(implicitWidth, room)
                    height: implicitHeight
                }
            }
        }
    }
}
