// Exports what is shown: written, replaced only if confirmed, stopped, and failures.
#include "tests/qml/app_support.h"

namespace sparsight::test {

class ExporterTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void exports();
  void an_export_that_fails_or_is_stopped();
};

void ExporterTest::exports() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  Exporter& exporter = *run.app.exporter();
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QVERIFY(!exporter.hasTokens() && !exporter.hasChat());
  exporter.save(Exporter::Picture, folder.filePath("nothing.png"), 0);
  QVERIFY(!exporter.busy());
  run.ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->rowCount() == 2 && !run.app.chat()->busy(), kPatience);
  QVERIFY(exporter.hasFilm() && exporter.hasChat());
  QVERIFY(run.find("export")->isEnabled());
  const auto saved = [&](Exporter::Kind kind) {
    const QString file = folder.filePath(exporter.nameFor(kind));
    exporter.save(kind, QUrl::fromLocalFile(file).toString(), 3);
    if (!QTest::qWaitFor([&] { return !exporter.busy(); }, kPatience) || exporter.saved() != file) return QByteArray();
    QFile written(file);
    return written.open(QIODevice::ReadOnly) ? written.readAll() : QByteArray();
  };
  QVERIFY(saved(Exporter::Picture).startsWith("\x89PNG"));
  QVERIFY(saved(Exporter::Sheet).startsWith("\x89PNG"));
  const QByteArray svg = saved(Exporter::Svg);
  QVERIFY(svg.startsWith("<svg") && svg.count("<rect") > 20 && svg.contains("data:image/jpeg;base64,"));
  // What a word attends to can be exported as a picture too.
  const TraceView::Mode mode = run.app.trace()->mode();
  run.app.trace()->setMode(TraceView::Word);
  QCOMPARE(run.app.trace()->mode(), TraceView::Word);
  for (const Exporter::Kind kind : {Exporter::Picture, Exporter::Sheet}) QVERIFY(saved(kind).startsWith("\x89PNG"));
  const QByteArray word = saved(Exporter::Svg);
  QVERIFY(word.startsWith("<svg") && word != svg);
  run.app.trace()->setMode(mode);
  QCOMPARE(saved(Exporter::Film).mid(4, 4), QByteArray("ftyp"));
  QVERIFY(saved(Exporter::Report).contains("Which way does the star move?"));
  QVERIFY(!saved(Exporter::TraceFile).isEmpty());
  QCOMPARE(load_trace(folder.filePath(exporter.nameFor(Exporter::TraceFile)).toStdString()).visual_tokens,
           std::size_t{2056});
  QVERIFY(saved(Exporter::Markdown).contains("The star moves left."));
  // An existing file is replaced only if the user agrees.
  QFile other(folder.filePath("other.svg"));
  QVERIFY(other.open(QIODevice::WriteOnly) && other.write("mine") == 4);
  other.close();
  QObject* replace = run.find<QObject>("replaceDialog");
  const auto save_to = [&] {
    QMetaObject::invokeMethod(run.find("export"), "saveTo", Q_ARG(QVariant, static_cast<int>(Exporter::Svg)),
                              Q_ARG(QVariant, QUrl::fromLocalFile(other.fileName()).toString()));
  };
  save_to();
  QTRY_VERIFY(replace->property("opened").toBool());
  QMetaObject::invokeMethod(replace, "reject");
  QTRY_VERIFY(!replace->property("visible").toBool());
  QCOMPARE(other.size(), qint64{4});
  save_to();
  QTRY_VERIFY(replace->property("opened").toBool());
  QMetaObject::invokeMethod(replace, "accept");
  QTRY_VERIFY_WITH_TIMEOUT(exporter.saved() == other.fileName(), kPatience);
  QVERIFY(other.size() > 4);
  QTRY_VERIFY(!replace->property("visible").toBool());
  // What was exported can be imported.
  QVERIFY(!saved(Exporter::Json).isEmpty());
  QCOMPARE(run.find("exported")->property("text").toString(), "Saved: " + exporter.saved());
  QVERIFY(run.find("openFolder")->isVisible());
  run.app.sessions()->importFile(exporter.saved());
  QTRY_COMPARE(run.app.sessions()->rowCount(), 2);
  QCOMPARE(run.text(1), QStringLiteral("The star moves left."));
}

void ExporterTest::an_export_that_fails_or_is_stopped() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.openDemo();
  run.app.chat()->ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->rowCount() == 2 && !run.app.chat()->busy(), kPatience);
  Exporter& exporter = *run.app.exporter();
  exporter.save(Exporter::Svg, folder.filePath("no such folder/a.svg"), 0);
  QTRY_VERIFY_WITH_TIMEOUT(!exporter.busy(), kPatience);
  QVERIFY(run.app.notice().contains("no such folder"));
  QVERIFY(exporter.saved().isEmpty());
  const QString film = folder.filePath("film.mp4");
  exporter.save(Exporter::Film, film, 0);
  QVERIFY(exporter.busy());
  exporter.stop();
  QTRY_VERIFY_WITH_TIMEOUT(!exporter.busy(), kPatience);
  QVERIFY(exporter.saved().isEmpty() && !QFile::exists(film));
}

namespace {
const Registered<ExporterTest> registered("exporter");
}  // namespace

}  // namespace sparsight::test

#include "exporter_test.moc"
