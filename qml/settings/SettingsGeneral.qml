// The settings of the window.
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
        id: colours
        name: qsTr("Colours")
        what: qsTr("Light or dark")
        SettingChoice {
            label: colours.name
            objectName: "setTheme"
            hint: colours.what
            model: [qsTr("Like the system"), qsTr("Light"), qsTr("Dark")]
            values: ["system", "light", "dark"]
            value: section.settings.theme
            onChosen: value => section.settings.theme = value
        }
    }
    SettingRow {
        id: size
        name: qsTr("Size")
        what: qsTr("Size of the interface (Ctrl++, Ctrl+-)")
        SettingChoice {
            label: size.name
            objectName: "setScale"
            hint: size.what
            model: section.settings.scales.map(scale => qsTr("%1 %").arg(scale))
            values: section.settings.scales
            value: section.settings.scale
            onChosen: value => section.settings.scale = value
        }
        DimLine {
            objectName: "scaleFits"
            visible: section.settings.scale > Math.round(100 * Theme.zoom)
            text: qsTr("This window only has room for %1 %. Enlarge it to see %2 %.").arg(Math.floor(100 * Theme.zoom)).arg(section.settings.scale)
        }
    }
    SettingRow {
        id: motion
        name: qsTr("Motion")
        what: qsTr("Whether parts of the window move to explain themselves")
        SettingChoice {
            label: motion.name
            objectName: "setMotion"
            hint: motion.what
            model: [qsTr("Like the system"), qsTr("Full"), qsTr("None")]
            values: ["system", "full", "none"]
            value: section.settings.motion
            onChosen: value => section.settings.motion = value
        }
        DimLine {
            objectName: "motionIsReduced"
            visible: section.settings.motion === "system" && section.app.motion.reduced
            text: qsTr("The system asks for less motion, so nothing moves.")
        }
    }
    SettingRow {
        id: language
        name: qsTr("Language")
        what: qsTr("Language of the interface")
        SettingChoice {
            label: language.name
            objectName: "setLanguage"
            hint: language.what
            model: [qsTr("Like the system"), "English", "Deutsch"]
            values: ["system", "en", "de"]
            value: section.settings.language
            onChosen: value => section.settings.language = value
        }
    }
    SettingRow {
        id: last
        name: qsTr("Begin where I left off")
        what: qsTr("The program starts with the last session, its video and its tokens, unless it is given a file")
        SettingSwitch {
            objectName: "setReopenLast"
            label: last.name
            checked: section.settings.reopenLast
            onToggled: section.settings.reopenLast = checked
        }
    }
}
