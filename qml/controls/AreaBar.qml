// A scroll bar that is visible whenever there is more to see.
import QtQuick
import QtQuick.Controls.Basic

ScrollBar {
    policy: size < 1 ? ScrollBar.AlwaysOn : ScrollBar.AlwaysOff
}
