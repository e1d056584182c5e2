// How the model is computed and the window is drawn on this machine.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import Sparsight

Column {
    id: section
    required property SparsightApp app
    readonly property AppSettings settings: app.settings
    readonly property Devices devices: app.devices
    width: parent ? parent.width : 0
    spacing: Theme.margin
    onVisibleChanged: if (visible)
        devices.find()

    SettingRow {
        id: device
        readonly property var chosen: section.devices.choices.find(one => one.value === section.settings.device)
        enabled: section.devices.given === ""
        name: qsTr("Device")
        what: qsTr("What computes the model; Automatic: an NVIDIA GPU if one can be used. From the next loading of the model on.") + (section.devices.problem !== "" ? " " + qsTr("No GPU can be used: %1.").arg(section.devices.problem) : "")
        note: !enabled ? qsTr("The program was started with --device %1.").arg(section.devices.given) : chosen && chosen.problem !== "" ? qsTr("%1 cannot be used: %2").arg(chosen.name).arg(chosen.problem) : ""
        SettingChoice {
            objectName: "setDevice"
            label: device.name
            hint: device.what
            model: section.devices.choices.map(one => one.name)
            values: section.devices.choices.map(one => one.value)
            value: section.settings.device
            onChosen: value => section.settings.device = value
        }
    }
    SettingRow {
        id: folder
        name: qsTr("NVIDIA's libraries")
        what: qsTr("A folder in which cuBLAS and the driver's library are looked for first. Empty: beside the program, or where the system has them.")
        TextField {
            id: path
            objectName: "setCudaFolder"
            Layout.fillWidth: true
            implicitHeight: Theme.size(30)
            text: section.settings.cudaFolder
            placeholderText: qsTr("Folder")
            placeholderTextColor: Theme.dim
            color: Theme.text
            font.pixelSize: Theme.fontSmall
            Accessible.name: folder.name
            background: Rectangle {
                radius: Theme.radius
                color: Theme.window
                border.color: Theme.edge
            }
            onEditingFinished: {
                section.settings.cudaFolder = text;
                text = Qt.binding(() => section.settings.cudaFolder);
            }
            FocusRing {
                shown: path.activeFocus
            }
        }
    }
    SettingRow {
        id: threads
        enabled: section.devices.threadsGiven === 0
        name: qsTr("Threads")
        what: qsTr("How many compute at once on the processor. 0: one for each of its %1 cores, which is best for most machines. From the next loading of the model on.").arg(section.devices.cores)
        note: enabled ? "" : qsTr("The program was started with --threads %1.").arg(section.devices.threadsGiven)
        SettingCount {
            objectName: "setThreads"
            label: threads.name
            from: 0
            to: 1024
            value: section.settings.threads
            onValueModified: section.settings.threads = value
        }
    }
    SettingRow {
        id: arithmetic
        enabled: !section.devices.arithmeticGiven
        name: qsTr("Arithmetic")
        what: qsTr("For BF16 weights: exact, or faster at reading prompts and nearly the same. From the next loading of the model on.")
        note: !enabled ? qsTr("The program was started with --arithmetic.") : !section.devices.bf16 && section.settings.arithmetic === "bf16" ? qsTr("This processor has no AVX-512 BF16, so it computes exactly.") : ""
        SettingChoice {
            objectName: "setArithmetic"
            label: arithmetic.name
            hint: arithmetic.what
            model: [qsTr("Exact (float32)"), qsTr("Fast (bfloat16)")]
            values: ["f32", "bf16"]
            value: section.settings.arithmetic
            onChosen: value => section.settings.arithmetic = value
        }
    }
    SettingRow {
        name: qsTr("Loaded model")
        what: section.app.loading ? qsTr("It is being loaded.") : section.app.model !== "" ? section.app.model : qsTr("No model is loaded.")
        note: section.app.reloadNeeded && section.app.model !== "" ? qsTr("It was loaded on another device, with other threads or another arithmetic.") : ""
        FlatButton {
            objectName: "reloadModel"
            Layout.fillWidth: true
            text: qsTr("Load it again")
            hint: qsTr("As set above; the session stays")
            enabled: section.app.reloadNeeded
            onClicked: section.app.reloadModel()
        }
    }
    SettingRow {
        name: qsTr("The window is drawn by")
        what: qsTr("Where OpenGL does not work, the processor draws")
        Text {
            objectName: "drawnBy"
            textFormat: Text.PlainText
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignRight
            text: GraphicsInfo.api === GraphicsInfo.Software ? qsTr("the processor") : qsTr("OpenGL")
            color: Theme.text
            font.pixelSize: Theme.font
        }
    }
}
