// A scroll bar that shows, whenever there is more than is seen, that there is.
import QtQuick
import QtQuick.Controls.Basic

ScrollBar {
    policy: size < 1 ? ScrollBar.AlwaysOn : ScrollBar.AlwaysOff
}
