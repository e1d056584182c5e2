// A page over the window, in the colours of the theme; Esc closes it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import QtQuick.Templates as T

Dialog {
    id: sheet
    property real wantedWidth: Theme.size(640)
    property real wantedHeight: header.implicitHeight + contentItem.implicitHeight + topPadding + bottomPadding
    parent: T.Overlay.overlay
    anchors.centerIn: parent
    width: parent ? Math.min(wantedWidth, parent.width - 2 * Theme.margin) : wantedWidth
    height: parent ? Math.min(wantedHeight, parent.height - 2 * Theme.margin) : wantedHeight
    modal: true
    focus: true
    padding: Theme.margin * 2
    topPadding: Theme.gap
    header: RowLayout {
        Text {
            textFormat: Text.PlainText
            Layout.fillWidth: true
            Layout.margins: Theme.margin
            Layout.leftMargin: Theme.margin * 2
            text: sheet.title
            color: Theme.text
            font.pixelSize: Theme.fontLarge
            font.bold: true
            elide: Text.ElideRight
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        FlatButton {
            Layout.rightMargin: Theme.margin
            objectName: "closeSheet"
            symbol: "close"
            flat: true
            hint: qsTr("Close (Esc)")
            onClicked: sheet.close()
        }
    }
    background: Rectangle {
        color: Theme.panel
        radius: Theme.radius
        border.color: Theme.line
    }
    T.Overlay.modal: Rectangle {
        color: Theme.shade
    }
}
