// Keys that only what has the focus knows, for the list of keys; the items themselves handle them.
import QtQuick

QtObject {
    id: keys
    required property string chat // names of groups
    required property string window
    readonly property string sessions: qsTr("In the list of sessions")
    readonly property string tokens: qsTr("In tokens, words and lists")
    readonly property var entries: [
        {
            "group": keys.chat,
            "name": qsTr("Send the question; begin a new line"),
            "sequences": ["Return", "Shift+Return"]
        },
        {
            "group": keys.chat,
            "name": qsTr("Take the question back that waits, in an empty field"),
            "sequences": ["Up"]
        },
        {
            "group": keys.chat,
            "name": qsTr("Through the messages, to the first or the latest"),
            "sequences": ["PgUp", "PgDown", "Home", "End"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("From the search into the list and along it"),
            "sequences": ["Up", "Down"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Open; from the search, the first that was found"),
            "sequences": ["Return"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Rename"),
            "sequences": ["F2"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Delete"),
            "sequences": ["Del"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Bring back what was deleted last"),
            "sequences": ["Ctrl+Z"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("To the neighbour"),
            "sequences": ["Left", "Right", "Up", "Down"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("To the frame before or the next one"),
            "sequences": ["PgUp", "PgDown"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("Choose it"),
            "sequences": ["Return", "Space"]
        },
        {
            "group": keys.window,
            "name": qsTr("On to the next control, or back"),
            "sequences": ["Tab", "Shift+Tab"]
        }
    ]
}
