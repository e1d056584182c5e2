// Every colour and size of the interface: light, dark or like the system, and as large as the user chooses.
pragma Singleton
import QtQuick

QtObject {
    id: theme
    readonly property SystemPalette system: SystemPalette {}
    readonly property bool systemDark: system.window.hslLightness < 0.5
    property string choice: "system" // "light", "dark"
    readonly property bool dark: choice === "dark" || (choice === "system" && systemDark)
    property real zoom: 1

    readonly property color window: dark ? "#14161b" : "#f4f6f9"
    readonly property color panel: dark ? "#1d2027" : "#ffffff"
    readonly property color raised: dark ? "#272b34" : "#eef1f6"
    readonly property color line: dark ? "#343a46" : "#dce1ea"
    readonly property color edge: dark ? "#7a8394" : "#747c8c" // edges of buttons and fields
    readonly property color text: dark ? "#e8eaf0" : "#1a1d24"
    readonly property color dim: dark ? "#a4abba" : "#555d6e"
    readonly property color accent: dark ? "#6ea8fe" : "#1d5cd0"
    readonly property color accentText: dark ? "#0b1220" : "#ffffff"
    readonly property color question: dark ? "#22324d" : "#dfeafc"
    readonly property color warning: dark ? "#ffb454" : "#8a4b00"
    readonly property color warningBack: dark ? "#3a2a12" : "#fff1dc"
    readonly property color shade: "#99000000" // over the window behind a dialog
    // The same colours as in core/pictures/heatmap.h.
    readonly property color kept: "#56b4e9"
    readonly property color recycled: "#e69f00"
    readonly property color differs: "#cc79a7"
    readonly property color gone: dark ? "#000000" : "#0a0c10"

    function size(pixels) {
        return Math.round(pixels * zoom);
    }
    // One scale of distances: between things that belong together, between groups, around a card.
    readonly property int tight: size(4)
    readonly property int gap: size(8)
    readonly property int margin: size(12)
    readonly property int wide: size(20)
    readonly property int radius: size(8)
    readonly property int card: size(12) // radius of cards and of what floats
    // One scale of type: labels of plots, facts, text, headings, the welcome.
    readonly property int fontTiny: size(10)
    readonly property int fontSmall: size(12)
    readonly property int font: size(14)
    readonly property int fontLarge: size(17)
    readonly property int fontHuge: size(22)
    // What floats over a picture, whatever it shows.
    readonly property color glass: "#d9121620"
    readonly property color glassText: "#ffffff"
    readonly property color glassDim: "#c3c9d6"
    readonly property color glassHover: "#33ffffff"
    // How long something takes that explains itself by moving; nothing moves if the user wants it so.
    property bool still: false
    readonly property int moves: still ? 0 : 160
}
