// The settings of the player.
import QtQuick
import QtQuick.Layouts
import Sparsight

Column {
    id: section
    required property SparsightApp app
    readonly property AppSettings settings: app.settings
    width: parent ? parent.width : 0
    spacing: Theme.margin

    SettingRow {
        id: volume
        name: qsTr("Volume")
        what: qsTr("Of every video")
        SettingSlider {
            objectName: "setVolume"
            label: volume.name
            said: qsTr("%1 %").arg(Math.round(value * 100))
            value: section.settings.volume
            onMoved: value => section.settings.volume = value
        }
    }
    SettingRow {
        id: hdr
        name: qsTr("HDR videos")
        what: qsTr("How the player and the model get the pictures of HDR videos (PQ, HLG), from the next one on")
        SettingChoice {
            label: hdr.name
            objectName: "setToneMap"
            hint: qsTr("How HDR (PQ, HLG) is handled")
            model: [qsTr("Adapted to ordinary screens"), qsTr("As stored")]
            values: [true, false]
            value: section.settings.toneMap
            onChosen: value => section.settings.toneMap = value
        }
    }
}
