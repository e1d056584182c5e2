// The settings; every change applies and is saved at once.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: page
    required property SparsightApp app
    readonly property AppSettings settings: app.settings
    title: qsTr("Settings")
    wantedWidth: Theme.size(640)

    component Caption: Text {
        textFormat: Text.PlainText
        Layout.fillWidth: true
        Layout.preferredWidth: 1
        color: Theme.text
        font.pixelSize: Theme.font
        wrapMode: Text.Wrap
    }
    // A choice among values that are shown with other names.
    component Named: Choice {
        property var values: []
        property var value
        signal chosen(var value)
        Layout.fillWidth: true
        Layout.preferredWidth: 1
        currentIndex: values.indexOf(value)
        // When the entries change, as with the language, the box goes to the first one.
        onModelChanged: currentIndex = Qt.binding(() => values.indexOf(value))
        onActivated: index => chosen(values[index])
    }
    component Count: SpinBox {
        id: count
        Layout.fillWidth: true
        Layout.preferredWidth: 1
        editable: true
        font.pixelSize: Theme.font
        implicitHeight: Theme.size(32)
        // Set here: an open page does not get changes of the window's palette.
        palette.base: Theme.window
        palette.text: Theme.text
        palette.button: Theme.raised
        palette.buttonText: Theme.text
        palette.mid: Theme.dim
        FocusRing {
            shown: count.activeFocus
        }
    }
    component Share: LineSlider {
        Layout.fillWidth: true
        Layout.preferredWidth: 1
    }

    contentItem: ScrollView {
        id: scroll
        implicitHeight: grid.implicitHeight
        contentWidth: availableWidth
        rightPadding: bar.visible ? bar.width + Theme.gap : 0
        ScrollBar.vertical: AreaBar {
            id: bar
            objectName: "settingsBar"
            parent: scroll
            x: scroll.width - width
            height: scroll.height
            visible: size < 1
        }
        GridLayout {
            id: grid
            width: scroll.availableWidth
            columns: 2
            columnSpacing: Theme.margin
            rowSpacing: Theme.gap
            Caption {
                id: themeCaption
                text: qsTr("Colours")
            }
            Named {
                label: themeCaption.text
                objectName: "setTheme"
                hint: qsTr("Light or dark")
                model: [qsTr("Like the system"), qsTr("Light"), qsTr("Dark")]
                values: ["system", "light", "dark"]
                value: page.settings.theme
                onChosen: value => page.settings.theme = value
            }
            Caption {
                id: sizeCaption
                text: qsTr("Size")
            }
            Named {
                label: sizeCaption.text
                objectName: "setScale"
                hint: qsTr("Size of the interface (Ctrl++, Ctrl+-)")
                model: page.settings.scales.map(scale => qsTr("%1 %").arg(scale))
                values: page.settings.scales
                value: page.settings.scale
                onChosen: value => page.settings.scale = value
            }
            Caption {
                objectName: "scaleFits"
                Layout.columnSpan: 2
                visible: page.settings.scale > Math.round(100 * Theme.zoom)
                text: qsTr("This window only has room for %1 %. Enlarge it to see %2 %.").arg(Math.floor(100 * Theme.zoom)).arg(page.settings.scale)
                color: Theme.dim
            }
            Caption {
                id: languageCaption
                text: qsTr("Language")
            }
            Named {
                label: languageCaption.text
                objectName: "setLanguage"
                hint: qsTr("Language of the interface")
                model: [qsTr("Like the system"), "English", "Deutsch"]
                values: ["system", "en", "de"]
                value: page.settings.language
                onChosen: value => page.settings.language = value
            }
            Caption {
                id: pruningCaption
                text: qsTr("Pruning, for sessions without their own setting")
            }
            Named {
                label: pruningCaption.text
                objectName: "setStrategy"
                hint: qsTr("How visual tokens are pruned")
                model: [qsTr("Model default"), ...page.app.chat.strategies]
                values: ["", ...page.app.chat.strategies]
                value: page.settings.strategy
                onChosen: value => page.settings.strategy = value
            }
            Caption {
                id: stayCaption
                text: qsTr("Visual tokens that stay")
            }
            TextField {
                id: budget
                objectName: "setBudget"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                text: page.settings.budget
                readonly property bool prunes: (page.settings.strategy || page.app.ownStrategy) !== "none"
                placeholderText: !budget.prunes ? "" : page.settings.strategy === "" && page.app.ownBudget !== "" ? page.app.ownBudget : qsTr("as published")
                placeholderTextColor: Theme.dim
                color: Theme.text
                font.pixelSize: Theme.font
                Accessible.name: stayCaption.text
                Accessible.description: qsTr("Visual tokens that stay, on average after the first pruning: a number (194) or a share (9.4%). Leave empty for the published value.")
                background: Rectangle {
                    radius: Theme.radius
                    color: Theme.window
                    border.color: Theme.edge
                }
                FocusRing {
                    shown: budget.activeFocus
                }
                enabled: budget.prunes
                // A budget belongs to a strategy: with the model's default, typing a budget chooses both.
                onEditingFinished: {
                    const typed = text; // changing the settings overwrites it
                    if (page.settings.strategy === "" && typed !== "")
                        page.settings.strategy = page.app.ownStrategy;
                    page.settings.budget = typed;
                }
            }
            Caption {
                id: framesCaption
                text: qsTr("Frames per video, from the next one on (at most %1 with this model, to leave room for a chat)").arg(Words.number(page.settings.mostFrames))
            }
            ColumnLayout {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                spacing: Theme.gap
                Named {
                    label: framesCaption.text
                    objectName: "setFramesAsTrained"
                    hint: qsTr("How many frames the model sees")
                    visible: page.settings.hasOwnFrames
                    model: [qsTr("As the model was trained"), qsTr("A fixed number")]
                    values: [true, false]
                    value: page.settings.framesAsTrained
                    onChosen: value => page.settings.framesAsTrained = value
                }
                Count {
                    objectName: "setFrames"
                    visible: !page.settings.framesAsTrained
                    from: 1
                    to: page.settings.mostFrames
                    value: page.settings.frames
                    Accessible.name: framesCaption.text
                    onValueModified: page.settings.frames = value
                }
            }
            Caption {
                id: hdrCaption
                text: qsTr("HDR videos, from the next one on")
            }
            Named {
                label: hdrCaption.text
                objectName: "setToneMap"
                hint: qsTr("How HDR (PQ, HLG) is handled")
                model: [qsTr("Adapted to ordinary screens"), qsTr("As stored")]
                values: [true, false]
                value: page.settings.toneMap
                onChosen: value => page.settings.toneMap = value
            }
            Caption {
                id: longestCaption
                text: qsTr("Longest answer, in tokens")
            }
            Count {
                objectName: "setMaxNewTokens"
                from: 1
                to: 4096
                stepSize: 16
                value: page.settings.maxNewTokens
                Accessible.name: longestCaption.text
                onValueModified: page.settings.maxNewTokens = value
            }
            Caption {
                id: coloursCaption
                text: qsTr("Scores are shown in")
            }
            Named {
                label: coloursCaption.text
                objectName: "setColours"
                hint: qsTr("Colours of the scores")
                model: ["inferno", "viridis"]
                values: model
                value: page.settings.colours
                onChosen: value => page.settings.colours = value
            }
            Caption {
                id: strengthCaption
                text: qsTr("Opacity of the tokens over the video")
            }
            Share {
                objectName: "setStrength"
                value: page.settings.strength
                Accessible.name: strengthCaption.text
                onMoved: page.settings.strength = value
            }
            Caption {
                id: volumeCaption
                text: qsTr("Volume")
            }
            Share {
                objectName: "setVolume"
                value: page.settings.volume
                Accessible.name: volumeCaption.text
                onMoved: page.settings.volume = value
            }
            Caption {
                text: qsTr("The window is drawn by")
            }
            Caption {
                objectName: "drawnBy"
                text: GraphicsInfo.api === GraphicsInfo.Software ? qsTr("the processor") : qsTr("OpenGL")
            }
        }
    }
}
