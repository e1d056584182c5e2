// Many questions about many videos: the table, who goes first, pauses, failures, and what is left after a crash.
#include "core/measure/answer_table.h"
#include "tests/qml/chat_support.h"

#include <QProcess>

#include <sys/resource.h>
#include <csignal>

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
  void questions_are_asked_as_in_a_conversation();
  void the_menu_of_prunings();
  void a_cut_clip_and_the_first_failure_are_told();
  void a_thousand_questions_and_a_video_twice();
  void a_video_that_disappears();
  void a_full_disk_for_the_table();
  void a_killed_window_loses_nothing();
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

void BatchTest::questions_are_asked_as_in_a_conversation() {
  Scripted over;
  {
    Open it(over);
    QVERIFY(it.ready);
    Settings& settings = *it.run.app.settings();
    settings.setSystem("Be brief.");
    settings.setTemperature(0.5);
    settings.setTopP(0.25);
    settings.setTopK(7);
    settings.setMaxNewTokens(33);
    settings.setNewSeed(true);
    it.batch().begin({clips().first()}, "one?\ntwo?", "none", "");
    QTRY_COMPARE(it.batch().done(), 2);
    over.engine.hold = true;
    it.batch().begin({clips().first()}, "three?", "none", "");
    QTRY_COMPARE(over.engine.texts().size(), std::size_t{3});
    settings.setSystem("Be long.");  // for the next one
  }
  const std::vector<Question> asked = over.engine.whole;
  for (const Question& question : asked) {
    QCOMPARE(question.system, std::string("Be brief."));
    QCOMPARE(question.sampling.temperature, 0.5F);
    QCOMPARE(question.sampling.top_p, 0.25F);
    QCOMPARE(question.sampling.top_k, std::size_t{7});
    QCOMPARE(question.max_new_tokens, std::size_t{33});
  }
  QCOMPARE(asked[0].sampling.seed, asked[1].sampling.seed);  // one for a batch
  // The same after a start of the program, and said with the answer and in the table.
  over.engine.hold = false;
  Open it(over);
  QVERIFY(it.ready);
  it.batch().go();
  QTRY_COMPARE(it.batch().done(), 1);
  const Question& last = over.engine.whole.back();
  QCOMPARE(last.system, std::string("Be brief."));
  QCOMPARE(last.sampling.seed, asked[2].sampling.seed);
  QVERIFY(it.batch().asked().startsWith("temperature 0.5, top-k 7, top-p 0.25, seed "));
  const QString file = over.folder.filePath("t.csv");
  it.batch().saveTo(file);
  QTRY_COMPARE(it.batch().saved(), file);
  QFile saved(file);
  QVERIFY(saved.open(QIODevice::ReadOnly));
  QCOMPARE(read_table(saved.readAll().toStdString(), "t").at(0).settings, it.batch().asked().toStdString());
  const ChatStore store = ChatStore::open(over.database().toStdString());
  const SessionId id = it.batch().data(it.batch().index(0), Batch::SessionRole).toLongLong();
  const std::string details = store.messages(id).back().details;
  QVERIFY2(details.find("\"system\":\"Be brief.\"") != std::string::npos, details.c_str());
  QVERIFY(details.find("\"top_k\":7") != std::string::npos);
}

void BatchTest::the_menu_of_prunings() {
  Scripted over;
  Open it(over);
  QVERIFY(it.ready && activate(it.run.window));
  PruningDraft& pruned = *it.batch().pruned();
  QCOMPARE(pruned.strategy(), it.run.app.chat()->strategy());
  QMetaObject::invokeMethod(it.run.find<QObject>("batchPage"), "open");
  it.batch().find({clips().first()});
  QTRY_COMPARE(it.run.find("batchVideos")->property("count").toInt(), 1);
  it.run.find("batchQuestions")->setProperty("text", "one?");
  QQuickItem* chip = it.run.find("batchPruning");
  QCOMPARE(chip->property("text").toString(), pruned.pruningName() + QStringLiteral(" ▾"));
  click(chip);
  auto* menu = it.run.find<QObject>("batchPruningMenu");
  QTRY_VERIFY(menu->property("opened").toBool());
  auto* content = menu->property("contentItem").value<QQuickItem*>();
  QVERIFY(visible(content, "budgetSlider").isEmpty() &&
          visible(content, "budgetText").isEmpty());  // each video has a number of tokens of its own
  menu->setProperty("advanced", true);
  QTRY_COMPARE(visible(content, "batch-budget").size(), 1);
  pruned.setStrategy("fastv");
  pruned.setBudget(" 25% ");
  QVERIFY(pruned.pruningChosen());
  QCOMPARE(visible(content, "batch-budget").first()->property("text").toString(), QStringLiteral("25%"));
  QCOMPARE(it.run.app.chat()->strategy() == "fastv", false);  // the conversation keeps its own
  keep(it.run.window, "batch-pruning");
  QMetaObject::invokeMethod(menu, "close");
  QTRY_VERIFY(!menu->property("visible").toBool());
  click(it.run.find("batchBegin"));
  QTRY_COMPARE(it.batch().done(), 1);
  QCOMPARE(over.engine.whole.back().pruning.strategy, std::string("fastv"));
  QCOMPARE(over.engine.asked().back(), std::string("25%"));
  QCOMPARE(it.batch().pruning(), QStringLiteral("fastv · 25 %"));
  pruned.choosePruning("off");
  QCOMPARE(pruned.strategy(), QStringLiteral("none"));
  pruned.pruneAsUsual();
  QCOMPARE(pruned.strategy(), it.run.app.chat()->strategy());
}

void BatchTest::a_cut_clip_and_the_first_failure_are_told() {
  Scripted over;
  const QString bad = over.no_video();
  over.engine.warnings = {"the file is damaged or cut short; what could be read is used"};
  Open it(over);
  QVERIFY(it.ready && activate(it.run.window));
  QMetaObject::invokeMethod(it.run.find<QObject>("batchPage"), "open");
  it.batch().begin({bad, clips().first()}, "one?", "none", "");
  QTRY_COMPARE(it.batch().waiting(), 0);
  QVERIFY(cell(it.batch(), 1, Batch::NotesRole).startsWith("the file is damaged or cut short"));
  QVERIFY(it.batch().failure().contains("text.mp4"));
  QVERIFY(it.batch().note().startsWith("crossing.mp4: the file is damaged"));
  const auto shown = [&](const char* name) {
    const auto found = visible(it.run.find("batchCells")->parentItem(), name);
    return found.isEmpty() ? QString() : found.first()->property("text").toString();
  };
  QTRY_COMPARE(shown("batchNote"), it.batch().note());
  QCOMPARE(shown("batchFailure"), "The first failure: " + it.batch().failure());
  keep(it.run.window, "batch-notes");
  const QString file = over.folder.filePath("t.csv");
  it.batch().saveTo(file);
  QTRY_COMPARE(it.batch().saved(), file);
  QFile saved(file);
  QVERIFY(saved.open(QIODevice::ReadOnly));
  const auto rows = read_table(saved.readAll().toStdString(), "t");
  QVERIFY(rows.at(1).notes.starts_with(over.engine.warnings.front()));
  QVERIFY(rows.at(0).notes.empty() && !rows.at(0).error.empty());
  // It is in the store, too.
  const ChatStore store = ChatStore::open(over.database().toStdString());
  QVERIFY(store.batch_cells(store.last_question_batch()->id).at(1).notes.starts_with(over.engine.warnings.front()));
}

void BatchTest::a_thousand_questions_and_a_video_twice() {
  Scripted over;
  EngineDoor door = over.engine.door();
  door.answer = [](const Question& question, const std::function<void(std::string_view)>&, const Control&) {
    Answer answer;
    answer.text = "to " + question.turns.back().question;
    return answer;
  };
  Running run(over.database(), door);
  QTRY_VERIFY(!run.app.loading());
  QString questions;
  for (int i = 0; i < 1000; ++i) questions += QStringLiteral("question %1?\n").arg(i);
  Batch& batch = *run.app.batch();
  batch.begin({clips().first(), clips().first()}, questions, "none", "");
  QCOMPARE(batch.rowCount(), 1000);
  QTRY_COMPARE(batch.done(), 1000);
  QCOMPARE(over.engine.encodes, 1);
  QCOMPARE(cell(batch, 999, Batch::AnswerRole), QStringLiteral("to question 999?"));
  QCOMPARE(run.app.sessions()->rowCount(), 1);
  // More than a table may have are refused, and the table stays.
  batch.begin({clips().first()}, QString(), "none", "");
  QVERIFY(batch.problem().contains("0"));
  QStringList many;
  for (int i = 0; i < 21; ++i) many << QStringLiteral("/%1.mp4").arg(i);
  batch.begin(many, questions, "none", "");
  QVERIFY(batch.problem().contains("20000"));
  QCOMPARE(batch.rowCount(), 1000);
}

void BatchTest::a_video_that_disappears() {
  Scripted over;
  const QString video = over.folder.filePath("gone.mp4");
  QVERIFY(QFile::copy(clips().first(), video));
  Open it(over);
  QVERIFY(it.ready);
  over.engine.hold = true;
  it.batch().begin({clips().last(), video, clips().first()}, "one?\ntwo?", "none", "");
  QTRY_COMPARE(over.engine.texts(), std::vector<std::string>{"one?"});
  QVERIFY(QFile::remove(video));
  over.engine.hold = false;
  QTRY_COMPARE(it.batch().waiting(), 0);
  QCOMPARE(states(it.batch()), (QStringList{"done", "done", "failed", "failed", "done", "done"}));
  QVERIFY(it.batch().failure().contains("gone.mp4"));
  QVERIFY(QFile::copy(clips().first(), video));
  it.batch().retry();
  QTRY_COMPARE(it.batch().done(), 6);
  QVERIFY(it.batch().failure().isEmpty());
}

void BatchTest::a_full_disk_for_the_table() {
  Scripted over;
  Open it(over);
  QVERIFY(it.ready);
  it.batch().begin({clips().first()}, "one?", "none", "");
  QTRY_COMPARE(it.batch().done(), 1);
  const QString file = over.folder.filePath("t.csv");
  // As a full disk: no file may grow.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{1, before.rlim_max};
  QCOMPARE(setrlimit(RLIMIT_FSIZE, &full), 0);
  it.batch().saveTo(file);
  const bool told = QTest::qWaitFor([&] { return !it.batch().problem().isEmpty(); }, kPatience);
  setrlimit(RLIMIT_FSIZE, &before);
  QVERIFY(told);
  QVERIFY2(it.batch().problem().contains("t.csv"), qPrintable(it.batch().problem()));
  QVERIFY(it.batch().saved().isEmpty());
  QVERIFY(!QFile::exists(file));
  it.batch().forgetProblem();
  it.batch().saveTo(file);
  QTRY_COMPARE(it.batch().saved(), file);
  QVERIFY(it.batch().problem().isEmpty());
}

// The window is another process, which this one kills with SIGKILL and then takes the place of.
void BatchTest::a_killed_window_loses_nothing() {
  constexpr const char* kVariable = "SPARSIGHT_TEST_BATCH";
  constexpr int kQuestions = 6;
  if (const QString database = qEnvironmentVariable(kVariable); !database.isEmpty()) {
    Running run(database);
    QTRY_VERIFY(!run.app.loading());
    Batch& batch = *run.app.batch();
    if (batch.rowCount() == 0) {
      QString questions;
      for (int i = 0; i < kQuestions; ++i) questions += QStringLiteral("What is at place %1?\n").arg(i);
      batch.begin(clips(), questions, "none", "");
    } else {
      batch.go();
    }
    QTRY_COMPARE(batch.waiting(), 0);
    return;
  }
  Scripted over;
  const auto cells = [&] {
    const ChatStore store = ChatStore::open(over.database().toStdString());
    const auto last = store.last_question_batch();
    return last ? store.batch_cells(last->id) : std::vector<BatchCell>{};
  };
  const auto done = [&] { return std::ranges::count(cells(), CellState::Done, &BatchCell::state); };
  std::vector<BatchCell> kept;
  for (const int wanted : {1, 4, 8}) {
    QProcess window;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(kVariable, over.database());
    environment.remove("DISPLAY");
    window.setProcessEnvironment(environment);
    window.start(QCoreApplication::applicationFilePath(), {"batch", "a_killed_window_loses_nothing"});
    QTRY_VERIFY(window.state() == QProcess::NotRunning || (QFile::exists(over.database()) && done() >= wanted));
    QCOMPARE(window.state(), QProcess::Running);
    window.kill();
    QTRY_COMPARE(window.state(), QProcess::NotRunning);
    QCOMPARE(window.exitStatus(), QProcess::CrashExit);
    const std::vector<BatchCell> now = cells();
    for (const BatchCell& cell : kept) QCOMPARE(now[cell.place].answer, cell.answer);
    kept = now;
    std::erase_if(kept, [](const BatchCell& cell) { return cell.state != CellState::Done; });
    QVERIFY(static_cast<int>(kept.size()) >= wanted);
  }
  Running run(over.database());
  QTRY_VERIFY(!run.app.loading());
  Batch& batch = *run.app.batch();
  QCOMPARE(batch.rowCount(), 2 * kQuestions);
  QVERIFY(!batch.running() && batch.waiting() > 0);
  batch.go();
  QTRY_COMPARE(batch.done(), 2 * kQuestions);
  // Each question has one answer, in the one session of its video.
  const ChatStore store = ChatStore::open(over.database().toStdString());
  QCOMPARE(store.sessions().size(), std::size_t{2});
  for (const Session& session : store.sessions()) {
    const std::vector<Message> messages = store.messages(session.id);
    QCOMPARE(messages.size(), std::size_t{2 * kQuestions});
    for (int i = 0; i < kQuestions; ++i) {
      QCOMPARE(messages[2 * i].text, QStringLiteral("What is at place %1?").arg(i).toStdString());
      QCOMPARE(messages[2 * i + 1].state, MessageState::Complete);
    }
  }
}

namespace {
const Registered<BatchTest> registered("batch");
}  // namespace

}  // namespace sparsight::test

#include "batch_test.moc"
