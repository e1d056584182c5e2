// The settings by section; every change applies and is saved at once.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Sheet {
    id: page
    required property SparsightApp app
    readonly property AppSettings settings: app.settings
    property int section: 0
    readonly property var sections: [
        {
            "key": "general",
            "name": qsTr("General")
        },
        {
            "key": "answers",
            "name": qsTr("Answers")
        },
        {
            "key": "tokens",
            "name": qsTr("Frames and tokens")
        },
        {
            "key": "player",
            "name": qsTr("Player")
        },
        {
            "key": "machine",
            "name": qsTr("This machine")
        },
        {
            "key": "data",
            "name": qsTr("Data")
        },
        {
            "key": "about",
            "name": qsTr("About")
        }
    ]
    function show(key) {
        section = Math.max(0, sections.findIndex(one => one.key === key));
        open();
    }
    title: qsTr("Settings")
    wantedWidth: Theme.size(880)
    wantedHeight: Theme.size(660)
    // Made when it is first wanted: the window starts without it.
    onAboutToShow: body.active = true
    onClosed: settings.forgetReset()
    contentItem: Loader {
        id: body
        active: false
        sourceComponent: RowLayout {
            spacing: Theme.margin
            Column {
                id: list
                objectName: "sections"
                Layout.preferredWidth: Theme.size(170)
                Layout.maximumWidth: Theme.size(170)
                Layout.alignment: Qt.AlignTop
                spacing: 2
                Accessible.role: Accessible.Grouping
                Accessible.name: page.title
                // As with all radio buttons, Tab goes to the chosen one, and the arrows choose.
                function go(from, by) {
                    const next = (from + by + page.sections.length) % page.sections.length;
                    page.section = next;
                    entries.itemAt(next).forceActiveFocus(Qt.TabFocusReason);
                }
                Repeater {
                    id: entries
                    model: page.sections
                    SectionButton {
                        required property var modelData
                        required property int index
                        objectName: "section-" + modelData.key
                        width: list.width
                        text: modelData.name
                        altered: page.settings.altered.includes(modelData.key)
                        hint: altered ? qsTr("Something here is not as it comes with the program") : ""
                        checked: page.section === index
                        activeFocusOnTab: checked || activeFocus
                        Keys.onUpPressed: list.go(index, -1)
                        Keys.onDownPressed: list.go(index, 1)
                        onClicked: {
                            page.section = index;
                            forceActiveFocus(Qt.MouseFocusReason); // what had the focus may have gone
                        }
                    }
                }
            }
            Rectangle {
                Layout.fillHeight: true
                implicitWidth: 1
                color: Theme.line
            }
            ColumnLayout {
                Layout.fillWidth: true
                Layout.fillHeight: true
                spacing: Theme.gap
                ScrollView {
                    id: scroll
                    Layout.fillWidth: true
                    Layout.fillHeight: true
                    contentWidth: availableWidth
                    clip: true
                    ScrollBar.vertical: AreaBar {
                        id: bar
                        objectName: "settingsBar"
                        parent: scroll
                        x: scroll.width - width
                        height: scroll.height
                        visible: size < 1
                    }
                    Connections {
                        target: page
                        function onSectionChanged() {
                            scroll.contentItem.contentY = 0;
                        }
                    }
                    // Columns of a known width: their heights follow from it.
                    Column {
                        x: 4 // room for focus rings
                        width: scroll.availableWidth - 8 - bar.width - Theme.gap
                        topPadding: 4
                        bottomPadding: 4
                        SettingsGeneral {
                            visible: page.section === 0
                            app: page.app
                        }
                        SettingsAnswers {
                            visible: page.section === 1
                            app: page.app
                        }
                        SettingsTokens {
                            visible: page.section === 2
                            app: page.app
                        }
                        SettingsPlayer {
                            visible: page.section === 3
                            app: page.app
                        }
                        SettingsMachine {
                            visible: page.section === 4
                            app: page.app
                        }
                        SettingsData {
                            visible: page.section === 5
                            shown: visible && page.opened
                            app: page.app
                        }
                        AboutPane {
                            visible: page.section === 6
                            shown: visible && page.opened
                            app: page.app
                        }
                    }
                }
                Flow {
                    Layout.fillWidth: true
                    Layout.leftMargin: 4
                    Layout.bottomMargin: 4
                    spacing: Theme.gap
                    FlatButton {
                        objectName: "resetSection"
                        text: qsTr("Reset this section")
                        hint: qsTr("Back to how it comes with the program")
                        enabled: page.settings.altered.includes(page.sections[page.section].key)
                        onClicked: page.settings.reset(page.sections[page.section].key)
                    }
                    FlatButton {
                        objectName: "resetAll"
                        text: qsTr("Reset all")
                        hint: qsTr("All sections; models, folders and presets stay")
                        enabled: page.settings.altered.length > 0
                        onClicked: page.settings.reset("")
                    }
                    FlatButton {
                        objectName: "undoReset"
                        opacity: enabled ? 1 : 0 // keeps its place, so that nothing moves
                        Accessible.ignored: !enabled
                        text: qsTr("Undo the reset")
                        enabled: page.settings.canUndo
                        onClicked: page.settings.undoReset()
                    }
                }
            }
        }
    }
}
