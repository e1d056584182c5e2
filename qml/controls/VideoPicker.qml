// Asks for videos and pictures.
import Sparsight

FilePicker {
    nameFilters: [qsTr("Videos and pictures (%1)").arg(Array.from(app.openable).join(" ")), qsTr("All files (*)")]
}
