// Asks where to save what the Exporter writes.
import Sparsight

SaveDialog {
    id: save
    property int frame: 0 // the sampled frame that a picture shows
    property int kind: Exporter.Markdown
    function choose(what) {
        kind = what;
        askFrom(app.exporter.place(what));
    }
    function saveTo(what, file) {
        kind = what;
        take(file);
    }
    title: qsTr("Save as")
    onChosen: file => app.exporter.save(kind, file, frame)
}
