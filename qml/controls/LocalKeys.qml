// For the list of keys: keys that work only in the item with the focus, which handles them itself.
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
            "name": qsTr("Send the question; start a new line"),
            "sequences": ["Return", "Shift+Return"]
        },
        {
            "group": keys.chat,
            "name": qsTr("In an empty field: take back the waiting question"),
            "sequences": ["Up"]
        },
        {
            "group": keys.chat,
            "name": qsTr("Scroll the messages; go to the first or latest"),
            "sequences": ["PgUp", "PgDown", "Home", "End"]
        },
        {
            "group": keys.chat,
            "name": qsTr("Along the links of a message; follow one"),
            "sequences": ["Left", "Right", "Return"]
        },
        {
            "group": keys.chat,
            "name": qsTr("What can be done with a message's text"),
            "sequences": ["Menu", "Shift+F10"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("From the search into the list; along the list"),
            "sequences": ["Up", "Down"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Open; in the search, open the first result"),
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
            "name": qsTr("What can be done with it"),
            "sequences": ["Menu"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Select several, or all"),
            "sequences": ["Shift+Up", "Shift+Down", "Ctrl+Space", "Ctrl+A"]
        },
        {
            "group": keys.sessions,
            "name": qsTr("Restore what was deleted last"),
            "sequences": ["Ctrl+Z"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("Next token in that direction"),
            "sequences": ["Left", "Right", "Up", "Down"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("Hold: the bare picture"),
            "sequences": ["B"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("Previous or next frame"),
            "sequences": ["PgUp", "PgDown"]
        },
        {
            "group": keys.tokens,
            "name": qsTr("Select"),
            "sequences": ["Return", "Space"]
        },
        {
            "group": keys.window,
            "name": qsTr("Next or previous control"),
            "sequences": ["Tab", "Shift+Tab"]
        }
    ]
}
