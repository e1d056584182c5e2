// How the model is computed and the window is drawn on this machine.
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
        id: threads
        enabled: section.app.threadsGiven === 0
        name: qsTr("Threads")
        what: qsTr("How many compute at once. 0: one for each of the %1 processor cores, which is best for most machines. From the next loading of the model on.").arg(section.app.cores)
        note: enabled ? "" : qsTr("The program was started with --threads %1.").arg(section.app.threadsGiven)
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
        enabled: !section.app.arithmeticGiven
        name: qsTr("Arithmetic")
        what: qsTr("For BF16 weights: exact, or faster at reading prompts and nearly the same. From the next loading of the model on.")
        note: !enabled ? qsTr("The program was started with --arithmetic.") : !section.app.bf16 && section.settings.arithmetic === "bf16" ? qsTr("This processor has no AVX-512 BF16, so it computes exactly.") : ""
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
        note: section.app.reloadNeeded ? qsTr("It was loaded with other threads or another arithmetic.") : ""
        FlatButton {
            objectName: "reloadModel"
            Layout.fillWidth: true
            text: qsTr("Load it again")
            hint: qsTr("With the threads and arithmetic above; the session stays")
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
