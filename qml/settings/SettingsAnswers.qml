// How questions are asked: presets, system prompt, sampling, length.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Column {
    id: section
    required property SparsightApp app
    readonly property AppSettings settings: app.settings
    readonly property bool draws: settings.temperature > 0
    width: parent ? parent.width : 0
    spacing: Theme.margin

    SettingRow {
        id: preset
        readonly property var presets: section.settings.presets
        readonly property bool own: section.settings.preset.startsWith("own:")
        function title(one) {
            return one.own ? one.name : ({
                    "exact": qsTr("Exact"),
                    "natural": qsTr("Natural"),
                    "creative": qsTr("Creative")
                })[one.id];
        }
        name: qsTr("Preset")
        what: qsTr("A named set of the values below. Exact, Natural and Creative change only how words are drawn; your own keep all of them.")
        SettingChoice {
            objectName: "setPreset"
            label: preset.name
            hint: qsTr("Choose a preset")
            model: preset.presets.map(preset.title)
            values: preset.presets.map(one => one.id)
            value: section.settings.preset
            displayText: currentIndex < 0 ? qsTr("Other values") : currentText
            onChosen: value => {
                section.settings.usePreset(value);
                currentIndex = Qt.binding(() => values.indexOf(section.settings.preset));
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: 4
            TextField {
                id: presetName
                objectName: "presetName"
                Layout.fillWidth: true
                implicitHeight: Theme.size(30)
                maximumLength: 60
                placeholderText: qsTr("Name for your own")
                placeholderTextColor: Theme.dim
                color: Theme.text
                font.pixelSize: Theme.fontSmall
                Accessible.name: placeholderText
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: presetName.activeFocus
                }
                onAccepted: if (section.settings.savePreset(text))
                    clear()
            }
            FlatButton {
                objectName: "savePreset"
                text: qsTr("Save")
                hint: qsTr("Keep these values under this name")
                font.pixelSize: Theme.fontSmall
                enabled: presetName.text.trim() !== ""
                onClicked: presetName.accepted()
            }
            FlatButton {
                objectName: "removePreset"
                symbol: "delete"
                hint: qsTr("Delete this preset")
                enabled: preset.own
                onClicked: section.settings.removePreset(section.settings.preset)
            }
        }
    }
    SettingRow {
        id: system
        below: true
        name: qsTr("System prompt")
        what: section.app.ownSystem !== "" ? qsTr("Said to the model before the first question. Empty: “%1”").arg(section.app.ownSystem) : qsTr("Said to the model before the first question. Empty: nothing.")
        note: section.app.takesSystem ? "" : qsTr("The loaded model takes none.")
        Item {
            Layout.fillWidth: true
            implicitHeight: Theme.size(84)
            ScrollView {
                anchors.fill: parent
                ScrollBar.horizontal.policy: ScrollBar.AlwaysOff
                TextArea {
                    id: words
                    objectName: "setSystem"
                    enabled: section.app.takesSystem
                    text: section.settings.system
                    textFormat: TextEdit.PlainText
                    wrapMode: TextArea.Wrap
                    color: enabled ? Theme.text : Theme.dim
                    font.pixelSize: Theme.font
                    Accessible.name: system.name
                    background: Rectangle {
                        radius: Theme.radius
                        color: Theme.window
                        border.color: Theme.edge
                    }
                    Keys.onTabPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
                    Keys.onBacktabPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
                    onTextChanged: {
                        if (length > section.settings.mostSystem)
                            remove(section.settings.mostSystem, length);
                        section.settings.system = text;
                    }
                    Connections {
                        target: section.settings
                        function onChanged() {
                            if (words.text !== section.settings.system)
                                words.text = section.settings.system;
                        }
                    }
                }
            }
            FocusRing {
                shown: words.activeFocus
            }
        }
    }
    SettingRow {
        id: temperature
        name: qsTr("Temperature")
        what: qsTr("0: the most likely word each time, so the same question has the same answer. The higher, the more variety.")
        SettingSlider {
            objectName: "setTemperature"
            label: temperature.name
            to: 2
            stepSize: 0.05
            value: section.settings.temperature
            onMoved: value => section.settings.temperature = value
        }
    }
    SettingRow {
        id: topP
        enabled: section.draws
        name: qsTr("Top-p")
        what: qsTr("Draws only from the most likely words that together have this probability. 1: from all.")
        SettingSlider {
            objectName: "setTopP"
            label: topP.name
            from: 0.05
            to: 1
            stepSize: 0.05
            value: section.settings.topP
            onMoved: value => section.settings.topP = value
        }
    }
    SettingRow {
        id: topK
        enabled: section.draws
        name: qsTr("Top-k")
        what: qsTr("Draws only from this many of the most likely words. 0: from all.")
        SettingCount {
            objectName: "setTopK"
            label: topK.name
            from: 0
            to: 1000
            value: section.settings.topK
            onValueModified: section.settings.topK = value
        }
    }
    SettingRow {
        id: seed
        enabled: section.draws
        name: qsTr("Seed")
        what: qsTr("The same seed draws the same words. The details of an answer say which one it had.")
        SettingChoice {
            objectName: "setNewSeed"
            label: seed.name
            hint: seed.what
            model: [qsTr("A new one for each answer"), qsTr("A fixed number")]
            values: [true, false]
            value: section.settings.newSeed
            onChosen: value => section.settings.newSeed = value
        }
        SettingCount {
            objectName: "setSeed"
            visible: !section.settings.newSeed
            label: seed.name
            from: 0
            to: 2147483647
            value: section.settings.seed
            onValueModified: section.settings.seed = value
        }
    }
    SettingRow {
        id: longest
        name: qsTr("Longest answer, in tokens")
        what: qsTr("An answer that reaches this is cut off, and says so")
        SettingCount {
            objectName: "setMaxNewTokens"
            label: longest.name
            from: 1
            to: 4096
            stepSize: 16
            value: section.settings.maxNewTokens
            onValueModified: section.settings.maxNewTokens = value
        }
    }
}
