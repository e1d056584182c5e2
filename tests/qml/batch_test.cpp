// Many questions about many videos: the table, who goes first, pauses, failures, and what is left after a crash.
#include "core/measure/answer_table.h"
#include "tests/qml/chat_support.h"

namespace sparsight::test {

class BatchTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void every_question_is_asked_about_every_video();
  void a_person_goes_first();
  void it_goes_on_where_it_was();
  void failures_are_shown_and_tried_again();
  void the_page_asks_and_shows();
  void wrong_input_is_refused();
  void another_model_pauses_it();
  void folders_are_searched();
};

namespace {

const QStringList kClips{"clips/crossing.mp4", "clips/trio.mp4"};

QStringList clips() {
  QStringList paths;
  for (const QString& clip : kClips) paths << resource(qPrintable(clip));
  return paths;
}

QString cell(Batch& batch, int row, Batch::Role role = Batch::StateRole) {
  return batch.data(batch.index(row), role).toString();
}

QStringList states(Batch& batch) {
  QStringList out;
  for (int row = 0; row < batch.rowCount(); ++row) out << cell(batch, row);
  return out;
}

// A window with the model loaded.
struct Open {
  explicit Open(Scripted& over) : run(over.database(), over.engine.door()) {
    ready = QTest::qWaitForWindowExposed(run.window, kPatience) &&
            QTest::qWaitFor([&] { return !run.app.loading(); }, kPatience);
  }
  [[nodiscard]] Batch& batch() { return *run.app.batch(); }
  Running run;
  bool ready = false;
};

}  // namespace

void BatchTest::every_question_is_asked_about_every_video() {
  Scripted over;
  Open it(over);
  QVERIFY(it.ready);
  Batch& batch = it.batch();
  QCOMPARE(batch.rowCount(), 0);
  batch.begin(clips(), " one?\n\ntwo?\none?\n", "none", "");
  QCOMPARE(batch.rowCount(), 4);
  QTRY_COMPARE(batch.done(), 4);
  QVERIFY(!batch.running());
  QCOMPARE(over.engine.encodes, 2);  // each video once
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"one?", "two?", "one?", "two?"}));
  QCOMPARE(over.engine.turns, std::vector<std::size_t>(4, 1));  // they know nothing of each other
  QCOMPARE(cell(batch, 3, Batch::VideoRole), QStringLiteral("trio.mp4"));
  QCOMPARE(cell(batch, 3, Batch::QuestionRole), QStringLiteral("two?"));
  QVERIFY(cell(batch, 3, Batch::AnswerRole).startsWith("word word"));
  // A session for each video, as any other.
  SessionList& list = *it.run.app.sessions();
  QCOMPARE(list.rowCount(), 2);
  const ChatStore store = ChatStore::open(over.database().toStdString());
  const SessionId id = batch.data(batch.index(0), Batch::SessionRole).toLongLong();
  QCOMPARE(batch.data(batch.index(1), Batch::SessionRole).toLongLong(), static_cast<qint64>(id));
  QCOMPARE(store.session(id)->title, std::string("crossing.mp4"));
  const auto messages = store.messages(id);
  QCOMPARE(messages.size(), std::size_t{4});
  QCOMPARE(messages[2].text, std::string("two?"));
  QCOMPARE(messages[3].state, MessageState::Complete);
  QVERIFY(messages[3].has_trace);
  QVERIFY(messages[3].details.find("\"strategy\":\"none\"") != std::string::npos);
  // The table as a file.
  const QString file = over.folder.filePath("t ü.csv");
  batch.saveTo(QUrl::fromLocalFile(file).toString());
  QTRY_COMPARE(batch.saved(), file);
  QFile saved(file);
  QVERIFY(saved.open(QIODevice::ReadOnly));
  const auto rows = read_table(saved.readAll().toStdString(), "t");
  QCOMPARE(rows.size(), std::size_t{4});
  QCOMPARE(rows[3].video, clips().last().toStdString());
  QCOMPARE(rows[3].answer, cell(batch, 3, Batch::AnswerRole).toStdString());
  QCOMPARE(rows[3].tokens, std::size_t{2056});
  batch.saveTo(over.folder.filePath("none/t.csv"));
  QTRY_VERIFY(batch.problem().contains("none/t.csv"));
}

void BatchTest::a_person_goes_first() {
  Scripted over(Answers::Held);
  Open it(over);
  QVERIFY(it.ready);
  it.run.app.chat()->openVideo(clips().first());
  QTRY_VERIFY(!it.run.app.chat()->busy());
  Batch& batch = it.batch();
  batch.begin(clips(), "one?\ntwo?", "none", "");
  QTRY_COMPARE(over.engine.texts(), std::vector<std::string>{"one?"});
  QCOMPARE(states(batch), (QStringList{"running", "waiting", "waiting", "waiting"}));
  it.run.ask("mine?");
  // The running question of the batch gives way, and nothing of it is kept.
  QTRY_COMPARE(it.run.text(1), QStringLiteral("begun "));
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"one?", "mine?"}));
  QCOMPARE(batch.done(), 0);
  QVERIFY(batch.running());
  over.engine.hold = false;
  QTRY_COMPARE(batch.done(), 4);
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"one?", "mine?", "one?", "two?", "one?", "two?"}));
  QCOMPARE(over.engine.encodes, 3);
  QVERIFY(it.run.text(1).startsWith("word word"));
  // Answers of the batch do not count as somebody's own.
  QCOMPARE(it.run.app.answering()->news(), QVariantList());
}

void BatchTest::it_goes_on_where_it_was() {
  Scripted over;
  {
    over.engine.script.pause = std::chrono::milliseconds(0);
    Open it(over);
    QVERIFY(it.ready);
    connect(&it.batch(), &Batch::changed, &it.batch(), [&] {
      if (it.batch().done() == 2) over.engine.hold = true;
    });
    it.batch().begin(clips(), "one?\ntwo?", "none", "");
    QTRY_COMPARE(it.batch().done(), 2);
    QTRY_VERIFY(over.engine.texts().size() >= 3);
  }  // quit while the third one is answered
  {
    const ChatStore store = ChatStore::open(over.database().toStdString());
    QCOMPARE(store.batch_cells(store.last_question_batch()->id)[2].state, CellState::Waiting);
    QCOMPARE(store.sessions().size(), std::size_t{1});
  }
  over.engine.hold = false;
  over.engine.questions.clear();
  Open it(over);
  QVERIFY(it.ready);
  Batch& batch = it.batch();
  QCOMPARE(batch.rowCount(), 4);
  QVERIFY(!batch.running());  // it waits to be told
  QCOMPARE(it.run.find("batchRow")->property("text").toString(), QStringLiteral("Paused: 2 of 4 answers"));
  batch.go();
  batch.pause();
  batch.go();
  QTRY_COMPARE(batch.done(), 4);
  const std::vector<std::string> asked = over.engine.texts();
  QVERIFY(std::ranges::count(asked, "one?") >= 1 && asked.back() == "two?");
  QCOMPARE(it.run.app.sessions()->rowCount(), 2);
  QVERIFY(!it.run.find("batchRow")->isVisible());
  // Stopping takes out what waits.
  over.engine.hold = true;
  batch.begin(clips(), "three?", "none", "");
  QTRY_VERIFY(over.engine.texts().back() == "three?");
  batch.stop();
  QTRY_COMPARE(batch.rowCount(), 0);
  over.engine.hold = false;
}

void BatchTest::failures_are_shown_and_tried_again() {
  Scripted over;
  const QString bad = over.no_video();
  Open it(over);
  QVERIFY(it.ready);
  Batch& batch = it.batch();
  batch.begin({bad, clips().first()}, "one?\ntwo?", "none", "");
  QTRY_VERIFY(!batch.running());
  QCOMPARE(states(batch), (QStringList{"failed", "failed", "done", "done"}));
  QVERIFY(cell(batch, 1, Batch::AnswerRole).contains("text.mp4"));
  QCOMPARE(it.run.app.sessions()->rowCount(), 1);
  QVERIFY(QFile::remove(bad) && QFile::copy(clips().last(), bad));
  batch.retry();
  QTRY_COMPARE(batch.done(), 4);
  over.engine.script.fail = true;
  batch.begin({clips().first()}, "one?", "none", "");
  QTRY_COMPARE(batch.failed(), 1);
  QVERIFY(cell(batch, 0, Batch::AnswerRole).contains("no memory"));
}

void BatchTest::the_page_asks_and_shows() {
  Scripted over;
  Open it(over);
  QVERIFY(it.ready && activate(it.run.window));
  QTest::keyClick(it.run.window, Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
  auto* page = it.run.find<QObject>("batchPage");
  QTRY_VERIFY(page->property("opened").toBool());
  QVERIFY(!it.run.find("batchBegin")->isEnabled());
  it.batch().find(clips());
  QTRY_COMPARE(it.run.find("batchVideos")->property("count").toInt(), 2);
  it.run.find("batchQuestions")->setProperty("text", "one?\ntwo?\nthree?");
  QCOMPARE(it.run.find("batchBegin")->property("text").toString(), QStringLiteral("Ask for 6 answers"));
  click(it.run.find("batchBegin"));
  QTRY_COMPARE(it.batch().done(), 6);
  lay_out(it.run.window);
  QTRY_VERIFY(it.run.find("batchFar")->property("text").toString().startsWith("Done: 6 answers"));
  QVERIFY(!it.run.find("batchGo")->isVisible() && it.run.find("batchSave")->isEnabled());
  const QList<QQuickItem*> rows = visible(it.run.find("batchCells"), "batchCell");
  QVERIFY(rows.size() >= 3);
  // A row opens its session.
  it.run.find("batchCells")->forceActiveFocus();
  QTest::keyClick(it.run.window, Qt::Key_Return);
  QTRY_VERIFY(!page->property("visible").toBool());
  QTRY_COMPARE(it.run.app.chat()->rowCount(), 6);
}

void BatchTest::wrong_input_is_refused() {
  Scripted over;
  Open it(over);
  QVERIFY(it.ready);
  Batch& batch = it.batch();
  batch.begin({}, "one?", "none", "");
  QVERIFY(!batch.problem().isEmpty());
  batch.begin(clips(), " \n ", "none", "");
  QVERIFY(!batch.problem().isEmpty());
  batch.begin(clips(), "one?", "sparsevlm-v1.5", "lots");
  QVERIFY(batch.problem().contains("lots"));
  QCOMPARE(batch.rowCount(), 0);
  QCOMPARE(batch.questionsIn("a\n\nb\na"), 2);
}

void BatchTest::another_model_pauses_it() {
  Scripted over(Answers::Held);
  Open it(over);
  QVERIFY(it.ready);
  Batch& batch = it.batch();
  batch.begin(clips(), "one?", "none", "");
  QTRY_VERIFY(!over.engine.texts().empty());
  it.run.app.changeModel(resource("models/sparsight-demo"));
  QVERIFY(!batch.running());
  over.engine.hold = false;
  QTRY_VERIFY(!it.run.app.loading());
  QCOMPARE(batch.done(), 0);
  batch.go();
  QTRY_COMPARE(batch.done(), 2);
}

void BatchTest::folders_are_searched() {
  Scripted over;
  const QDir folder(over.folder.path());
  QVERIFY(folder.mkpath("videos/deeper"));
  for (const char* name : {"videos/b.MP4", "videos/a.mkv", "videos/deeper/c.webm", "videos/notes.txt"}) {
    QFile file(folder.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
  }
  Open it(over);
  QSignalSpy found(&it.batch(), &Batch::found);
  it.batch().find({QUrl::fromLocalFile(folder.filePath("videos")).toString(), "/single.xyz"});
  QTRY_COMPARE(found.size(), 1);
  QCOMPARE(found[0][0].toStringList(), (QStringList{folder.filePath("videos/a.mkv"), folder.filePath("videos/b.MP4"),
                                                    folder.filePath("videos/deeper/c.webm"), "/single.xyz"}));
}

namespace {
const Registered<BatchTest> registered("batch");
}  // namespace

}  // namespace sparsight::test

#include "batch_test.moc"
