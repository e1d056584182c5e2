// The tokens over the played video, where its picture lies. Shown only over the part of the video that was asked about.
import QtQuick
import Sparsight

TokenOverlay {
    id: tokens
    required property SparsightApp app
    required property rect place // of the picture, in the parent
    required property bool shown
    readonly property bool inPart: app.player.position >= app.chat.rangeStart && (app.chat.rangeEnd <= 0 || app.player.position < app.chat.rangeEnd)
    x: place.x
    y: place.y
    width: place.width
    height: place.height
    view: app.trace
    frame: app.trace.hasMedia ? app.trace.frameAt(app.player.position) : 0 // the nearest one
    visible: app.trace.hasTrace && inPart && shown
    onFrameWanted: frame => app.player.seek(app.trace.frameTimes[frame])
}
