// The subtitles and the tracks of sound, where the video has a choice of them.
import QtQuick
import QtQuick.Controls.Basic
import Sparsight

FlatButton {
    id: button
    required property MediaPlayer player
    readonly property var texts: player.subtitles.names
    readonly property var sounds: player.hasSound && player.sounds.length > 1 ? player.sounds : []
    property alias opened: menu.opened
    objectName: "tracks"
    visible: texts.length > 0 || sounds.length > 0
    symbol: "subtitles"
    hint: sounds.length === 0 ? qsTr("Subtitles (V)") : texts.length === 0 ? qsTr("Tracks of sound (#)") : qsTr("Subtitles (V) and sound (#)")
    onClicked: menu.popup(this, 0, height)

    component Choices: Instantiator {
        id: choices
        property int chosen: -1
        property int before: 0 // entries of the menu above these
        property var can: index => true
        signal wanted(int index)
        delegate: ActionItem {
            required property string modelData
            required property int index
            readonly property bool chosen: choices.chosen === index
            text: (chosen ? "✓  " : "     ") + modelData
            Accessible.name: chosen ? qsTr("%1, chosen").arg(modelData) : modelData
            enabled: choices.can(index)
            onTriggered: choices.wanted(index)
        }
        onObjectAdded: (index, object) => menu.insertItem(before + index, object)
        onObjectRemoved: (index, object) => menu.removeItem(object)
    }
    PopupMenu {
        id: menu
        objectName: "tracksMenu"
        wanted: Theme.size(320)
        Choices {
            model: button.texts.length > 0 ? [qsTr("No subtitles")].concat(button.texts) : []
            chosen: button.player.subtitles.track + 1
            can: index => index === 0 || button.player.subtitles.canShow(index - 1)
            onWanted: index => button.player.subtitles.track = index - 1
        }
        MenuSeparator {
            visible: button.texts.length > 0 && button.sounds.length > 0
            height: visible ? implicitHeight : 0
        }
        Choices {
            model: button.sounds
            before: (button.texts.length > 0 ? button.texts.length + 1 : 0) + 1
            chosen: button.player.sound
            onWanted: index => button.player.sound = index
        }
    }
}
