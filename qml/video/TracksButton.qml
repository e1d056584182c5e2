// The subtitles and the tracks of sound, where the video has a choice of them.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

FlatButton {
    id: button
    required property MediaPlayer player
    readonly property var texts: player.subtitles.names
    readonly property var sounds: player.sounds.length > 1 ? player.sounds : []
    readonly property bool mute: sounds.length > 0 && !player.device
    property alias opened: list.opened
    objectName: "tracks"
    visible: texts.length > 0 || sounds.length > 0
    symbol: "subtitles"
    hint: sounds.length === 0 ? qsTr("Subtitles (V)") : texts.length === 0 ? qsTr("Tracks of sound (#)") : qsTr("Subtitles (V) and sound (#)")
    onClicked: list.popup(this, 0, height)

    PopupMenu {
        id: list
        objectName: "tracksMenu"
        wanted: Theme.size(320)
        TrackChoices {
            menu: list
            model: button.texts.length > 0 ? [qsTr("No subtitles")].concat(button.texts) : []
            chosen: button.player.subtitles.track + 1
            can: index => index === 0 || button.player.subtitles.canShow(index - 1)
            onWanted: index => button.player.subtitles.track = index - 1
        }
        MenuSeparator {
            visible: button.texts.length > 0 && button.sounds.length > 0
            height: visible ? implicitHeight : 0
        }
        TrackChoices {
            menu: list
            model: button.sounds
            before: (button.texts.length > 0 ? button.texts.length + 1 : 0) + 1
            chosen: button.player.sound
            onWanted: index => button.player.sound = index
        }
        ActionItem {
            objectName: "noDevice"
            enabled: false
            visible: button.mute
            height: visible ? implicitHeight : 0
            text: qsTr("This machine has no sound device")
        }
    }
}
