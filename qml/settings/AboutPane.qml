// The program's version and licences, and a text to copy into a report of a problem.
import QtQuick
import QtQuick.Layouts
import Sparsight

Column {
    id: about
    required property SparsightApp app
    property bool shown: false
    property bool withPaths: false
    property string diagnosis: ""
    function look() {
        if (shown)
            diagnosis = app.diagnosis(withPaths);
    }
    width: parent ? parent.width : 0
    spacing: Theme.margin
    onShownChanged: look()
    onWithPathsChanged: look()

    component Lines: TextEdit {
        Layout.fillWidth: true
        Layout.preferredWidth: 1
        textFormat: TextEdit.PlainText
        readOnly: true
        selectByMouse: true
        wrapMode: TextEdit.Wrap
        color: Theme.text
        selectionColor: Theme.accent
        selectedTextColor: Theme.accentText
        font.pixelSize: Theme.fontSmall
    }
    RowLayout {
        width: about.width
        spacing: Theme.margin
        Image {
            source: Qt.resolvedUrl("icons/org.sparsight.Sparsight.svg")
            sourceSize {
                width: Theme.size(56)
                height: Theme.size(56)
            }
        }
        ColumnLayout {
            Layout.fillWidth: true
            spacing: 2
            Text {
                objectName: "aboutVersion"
                textFormat: Text.PlainText
                text: qsTr("Sparsight %1").arg(about.app.about.version)
                color: Theme.text
                font.pixelSize: Theme.fontLarge
                font.bold: true
            }
            DimLine {
                text: qsTr("Ask your videos, and watch what the model looks at. Apache License 2.0.")
            }
        }
    }
    SettingRow {
        id: report
        below: true
        name: qsTr("Diagnosis")
        what: qsTr("For a report of a problem: the versions, the machine and the model, in English. It names no files unless you want it to.")
        Rectangle {
            Layout.fillWidth: true
            implicitHeight: facts.height + 2 * Theme.gap
            radius: Theme.radius
            color: Theme.window
            border.color: Theme.line
            Lines {
                id: facts
                objectName: "diagnosis"
                x: Theme.gap
                y: Theme.gap
                width: parent.width - 2 * Theme.gap
                text: about.diagnosis
                Accessible.name: report.name + ": " + text
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            FlatButton {
                objectName: "copyDiagnosis"
                symbol: "copy"
                text: qsTr("Copy")
                hint: qsTr("Copy the diagnosis")
                onClicked: about.app.copy(about.diagnosis)
            }
            Item {
                Layout.fillWidth: true
            }
            Text {
                id: pathsName
                textFormat: Text.PlainText
                text: qsTr("With the folders of model and data")
                color: Theme.text
                font.pixelSize: Theme.fontSmall
            }
            SettingSwitch {
                objectName: "withPaths"
                label: pathsName.text
                checked: about.withPaths
                onToggled: about.withPaths = checked
            }
        }
    }
    SettingRow {
        below: true
        name: qsTr("Licences")
        what: qsTr("Sparsight uses these libraries.")
        Lines {
            objectName: "licences"
            text: about.app.about.licences.map(one => [one.version !== "" ? one.name + " " + one.version : one.name, one.licence, one.link].filter(part => part !== "").join(" · ")).join("\n")
            Accessible.name: text
        }
    }
}
