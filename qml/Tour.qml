// A few words about each part of the window, on the first start. Enter goes on; Esc or a typed question ends it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts
import QtQuick.Templates as T
import Sparsight

Popup {
    id: tour
    required property var places // one for each step: an item of the window, null for none
    required property TextArea field // of the question: has the focus afterwards, and what was typed
    property int step: 0
    readonly property var texts: [
        {
            "title": qsTr("Welcome to Sparsight"),
            "text": qsTr("Ask about a video, and watch which parts of it the model looks at. Nothing leaves this machine.")
        },
        {
            "title": qsTr("The video"),
            "text": qsTr("Drop any video here. Space plays it; comma and full stop go frame by frame. The marks below are the frames that the model sees.")
        },
        {
            "title": qsTr("Your questions"),
            "text": qsTr("Ask in plain words (Ctrl+L). The answer appears as it is written, with what it cost; Esc stops it.")
        },
        {
            "title": qsTr("What happens to the tokens"),
            "text": qsTr("The model sees a video as thousands of small pieces, called tokens. While it answers, you see layer by layer which are kept, recycled or dropped.")
        },
        {
            "title": qsTr("Everything else"),
            "text": qsTr("The buttons below show the sessions, models, settings and keys (F1). The small model that comes with Sparsight knows only moving shapes.")
        }
    ]
    readonly property Item place: places[step] ?? null
    property rect spot: Qt.rect(0, 0, 0, 0)
    function start() {
        step = 0;
        open();
    }
    function go(steps) {
        if (step + steps >= texts.length)
            close();
        else
            step = Math.max(0, step + steps);
    }
    // Beside the place, where there is room: right, left, above or below; else over its lower end.
    function settle() {
        const at = place && place.visible ? place.mapToItem(parent, 0, 0, place.width, place.height) : Qt.rect(0, 0, 0, 0);
        spot = at;
        const margin = Theme.margin, last = Qt.point(parent.width - width - margin, parent.height - height - margin);
        const inside = (value, most) => Math.max(margin, Math.min(most, value));
        const across = inside(at.x + (at.width - width) / 2, last.x), along = inside(at.y + (at.height - height) / 2, last.y);
        const sides = [Qt.point(at.x + at.width + margin, along), Qt.point(at.x - width - margin, along), Qt.point(across, at.y - height - margin), Qt.point(across, at.y + at.height + margin)];
        const fits = side => side.x >= margin && side.x <= last.x && side.y >= margin && side.y <= last.y;
        const there = at.width === 0 ? Qt.point((parent.width - width) / 2, (parent.height - height) / 2) : sides.find(fits) ?? Qt.point(across, inside(at.y + at.height - height - margin, last.y));
        x = Math.round(there.x);
        y = Math.round(there.y);
    }
    parent: T.Overlay.overlay
    width: Math.min(Theme.size(420), parent ? parent.width - 2 * Theme.margin : 0)
    padding: Theme.margin * 1.5
    modal: true
    focus: true
    closePolicy: Popup.CloseOnEscape
    onOpened: {
        settle();
        next.forceActiveFocus(Qt.TabFocusReason);
    }
    onClosed: field.forceActiveFocus()
    onStepChanged: Qt.callLater(settle)
    onHeightChanged: if (opened)
        settle()
    Connections {
        target: tour.parent
        enabled: tour.opened
        function onWidthChanged() {
            Qt.callLater(tour.settle);
        }
        function onHeightChanged() {
            Qt.callLater(tour.settle);
        }
    }
    background: Rectangle {
        color: Theme.panel
        radius: Theme.radius
        border.color: Theme.accent
    }
    T.Overlay.modal: Item {
        Rectangle {
            x: tour.spot.x
            y: tour.spot.y
            width: tour.spot.width
            height: tour.spot.height
            visible: width > 0
            color: "transparent"
            radius: Theme.radius
            border.width: 3
            border.color: Theme.accent
        }
    }
    contentItem: ColumnLayout {
        spacing: Theme.gap
        Keys.onRightPressed: tour.go(1)
        Keys.onLeftPressed: tour.go(-1)
        Keys.onReturnPressed: tour.go(1)
        Keys.onPressed: event => {
            const command = event.modifiers & (Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier);
            event.accepted = !command && /^[^\s\x00-\x1f\x7f]/.test(event.text);
            if (!event.accepted)
                return;
            tour.close();
            tour.field.insert(tour.field.cursorPosition, event.text);
        }
        Text {
            textFormat: Text.PlainText
            Layout.fillWidth: true
            text: tour.texts[tour.step].title
            color: Theme.text
            font.pixelSize: Theme.fontLarge
            font.bold: true
            wrapMode: Text.Wrap
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Text {
            textFormat: Text.PlainText
            Layout.fillWidth: true
            text: tour.texts[tour.step].text
            color: Theme.text
            font.pixelSize: Theme.font
            wrapMode: Text.Wrap
            Accessible.role: Accessible.StaticText
            Accessible.name: text
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.gap
            Text {
                textFormat: Text.PlainText
                Layout.fillWidth: true
                text: qsTr("%1 of %2").arg(tour.step + 1).arg(tour.texts.length)
                color: Theme.dim
                font.pixelSize: Theme.fontSmall
            }
            FlatButton {
                objectName: "tourSkip"
                visible: tour.step + 1 < tour.texts.length
                text: qsTr("Skip")
                hint: qsTr("Skip the tour (Esc)")
                flat: true
                onClicked: tour.close()
            }
            FlatButton {
                objectName: "tourBack"
                visible: tour.step > 0
                text: qsTr("Back")
                hint: qsTr("Previous step (←)")
                onClicked: tour.go(-1)
            }
            FlatButton {
                id: next
                objectName: "tourNext"
                strong: true
                text: tour.step + 1 < tour.texts.length ? qsTr("Next") : qsTr("Done")
                onClicked: tour.go(1)
            }
        }
    }
}
