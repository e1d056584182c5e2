// Asks where to save what the Exporter writes.
import Sparsight

SaveDialog {
    id: save
    property int frame: 0 // the sampled frame that a picture shows
    property int kind: Exporter.Markdown
    readonly property var filters: ({
            [Exporter.Picture]: qsTr("PNG pictures (*.png)"),
            [Exporter.Svg]: qsTr("SVG pictures (*.svg)"),
            [Exporter.Sheet]: qsTr("PNG pictures (*.png)"),
            [Exporter.Film]: qsTr("MP4 videos (*.mp4)"),
            [Exporter.TraceFile]: qsTr("Traces (*.safetensors)"),
            [Exporter.Report]: qsTr("Web pages (*.html)"),
            [Exporter.Markdown]: qsTr("Markdown (*.md)"),
            [Exporter.Json]: qsTr("Sessions (*.json)"),
            [Exporter.Tokens]: qsTr("Tables (*.csv)")
        })
    function choose(what) {
        kind = what;
        nameFilters = [filters[what], qsTr("All files (*)")];
        ask(app.exporter.nameFor(what));
    }
    function saveTo(what, file) {
        kind = what;
        take(file);
    }
    title: qsTr("Save as")
    onChosen: file => app.exporter.save(kind, file, frame)
}
