// The app as a user uses it: the real window, the demo model, a real database; and its worker with a script.
#include "core/pruning/trace.h"
#include "tests/qml/app_support.h"

#include <functional>

namespace sparsight::test {

class AppTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_whole_session();
  void a_stop_is_fast_and_loses_nothing();
  void the_interface_stays_responsive();
  void failures_are_reported();
  void the_worker_can_end_while_it_works();
  void playing_seeking_stepping();
  void files_that_cannot_be_played();
  void answers_in_the_screenshots_are_true();
  void suggested_questions_are_answered_correctly();
  void a_cut_off_answer_says_so();
};

namespace {

void ask_the_demo(Running& run) {
  QVERIFY(run.window != nullptr);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QMetaObject::invokeMethod(run.find("openDemo"), "clicked");
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QCOMPARE(run.app.trace()->frameCount(), 8);
  QVERIFY(!run.app.trace()->hasTrace());

  run.ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.app.chat()->rowCount(), 2);
  QCOMPARE(run.text(1), QStringLiteral("The star moves left."));
  QVERIFY(run.get(1, Conversation::LineRole).toString().contains(QStringLiteral("sparsevlm-plus")));
}

// Through the layers, the modes, and a token.
void scrub_through_the_trace(Running& run) {
  TraceView& trace = *run.app.trace();
  QVERIFY(trace.hasTrace());
  QCOMPARE(trace.layers().size(), 6);
  QCOMPARE(trace.stepsDone(), trace.stepCount());
  const auto sum = [&] {
    const QVariantMap counts = trace.counts();
    return counts["kept"].toInt() + counts["recycled"].toInt() + counts["dropped"].toInt();
  };
  QCOMPARE(sum(), 2056);
  trace.setStepsDone(0);
  QCOMPARE(trace.counts()["kept"].toInt(), 2056);
  trace.setStepsDone(1);
  QVERIFY(trace.counts()["dropped"].toInt() > 1000);
  QCOMPARE(sum(), 2056);
  for (const TraceView::Mode mode : {TraceView::Score, TraceView::Clusters, TraceView::Fate}) {
    trace.setMode(mode);
    QVERIFY(colours_in(run.window->grabWindow()) > 50);
  }
  trace.select(2, 0.5, 0.5);
  QCOMPARE(trace.token()["frame"].toInt(), 3);
  QCOMPARE(trace.token()["row"].toInt(), 9);
  QVERIFY(std::ranges::any_of(trace.words(), [](const QVariant& word) { return word.toMap()["rater"].toBool(); }));
}

// This answer and one without pruning, linked in depth and hover.
void put_two_answers_side_by_side(Running& run) {
  QVERIFY(activate(run.window));
  run.find("overlay")->forceActiveFocus();
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.window->property("comparing").toBool());
  Comparison& comparison = *run.app.comparison();
  QCOMPARE(comparison.question(), QStringLiteral("Which way does the star move?"));
  comparison.run();
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy() && !comparison.stale(), kPatience);
  QCOMPARE(comparison.left()->answer(), comparison.right()->answer());
  comparison.left()->trace()->setDepth(4);
  QCOMPARE(comparison.right()->trace()->depth(), 4);
  QVERIFY(comparison.differing() > 1000);
  QVERIFY(colours_in(run.window->grabWindow()) > 50);
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(!run.window->property("comparing").toBool());
}

void export_what_is_looked_at(Running& run, const QTemporaryDir& folder) {
  const QString trace_file = folder.filePath("seen.safetensors"), page = folder.filePath("seen.html");
  run.app.exporter()->save(Exporter::TraceFile, trace_file, 0);
  QTRY_COMPARE_WITH_TIMEOUT(run.app.exporter()->saved(), trace_file, kPatience);
  QCOMPARE(load_trace(trace_file.toStdString()).visual_tokens, std::size_t{2056});
  run.app.exporter()->save(Exporter::Report, page, 0);
  QTRY_COMPARE_WITH_TIMEOUT(run.app.exporter()->saved(), page, kPatience);
  QVERIFY(QFileInfo(page).size() > 100'000);
}

// A stop keeps the text so far; asking again gives an answer.
void stop_ask_again_and_edit(Running& run) {
  run.ask("What happens in the video?");
  run.app.chat()->stop();
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.get(3, Conversation::StateRole).toString(), QStringLiteral("stopped"));
  run.app.chat()->editQuestion(2, "How many objects are there?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.text(3), QStringLiteral("There are two objects."));
  run.app.chat()->editQuestion(2, "What appears later?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);

  // A follow-up, a regenerated answer, and an edited question.
  run.app.chat()->editQuestion(2, "How many objects are there?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.app.chat()->rowCount(), 4);
  run.app.chat()->setStrategy("none");
  run.app.chat()->regenerate();
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.app.chat()->rowCount(), 4);
  QCOMPARE(run.text(3), QStringLiteral("There are two objects."));
  run.app.chat()->editQuestion(2, "What happens in the video?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.app.chat()->rowCount(), 4);
  QCOMPARE(run.text(2), QStringLiteral("What happens in the video?"));
  QVERIFY(!run.text(3).isEmpty());
}

// Another start: the session is there, can be found, and opens with its video and trace.
void find_the_session_again(Running& run) {
  QVERIFY(run.window != nullptr);
  QCOMPARE(run.app.sessions()->rowCount(), 1);
  run.find("search")->setProperty("text", "which way");
  QTRY_COMPARE(run.app.sessions()->rowCount(), 1);
  run.find("search")->setProperty("text", "zebra");
  QTRY_COMPARE(run.app.sessions()->rowCount(), 0);
  run.find("search")->setProperty("text", "");
  QTRY_COMPARE(run.app.sessions()->rowCount(), 1);
  const qint64 id = run.app.sessions()->data(run.app.sessions()->index(0), SessionList::IdRole).toLongLong();
  run.app.chat()->openSession(id);
  QCOMPARE(run.app.chat()->rowCount(), 4);
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  run.app.chat()->showTrace(1);
  QVERIFY(run.app.trace()->hasTrace());
  run.app.sessions()->remove(id);
  QCOMPARE(run.app.sessions()->rowCount(), 0);
  QMetaObject::invokeMethod(run.find("undoDelete"), "clicked");
  QTRY_COMPARE(run.app.sessions()->rowCount(), 1);
}

}  // namespace

void AppTest::a_whole_session() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    Running run(database);
    for (const auto& step : std::initializer_list<std::function<void()>>{
             [&] { ask_the_demo(run); }, [&] { scrub_through_the_trace(run); },
             [&] { put_two_answers_side_by_side(run); }, [&] { export_what_is_looked_at(run, folder); },
             [&] { stop_ask_again_and_edit(run); }}) {
      step();
      if (QTest::currentTestFailed()) return;
    }
  }
  Running run(database);
  find_the_session_again(run);
}

void AppTest::a_stop_is_fast_and_loses_nothing() {
  const QTemporaryDir folder;
  Script script;
  const QString database = folder.filePath("chats.db");
  {
    Running run(database, script.door());
    run.ask("Say much.");
    QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->rowCount() == 2 && run.text(1).size() > 40, kPatience);
    QElapsedTimer clock;
    clock.start();
    run.app.chat()->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
    qInfo("from Stop to stopped: %lld ms", static_cast<long long>(clock.elapsed()));
    QCOMPARE(run.get(1, Conversation::StateRole).toString(), QStringLiteral("stopped"));
    QVERIFY(run.text(1).size() > 40);
    // A stop before the work begins is not lost either.
    run.ask("And again.");
    run.app.chat()->stop();
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
    QCOMPARE(run.get(3, Conversation::StateRole).toString(), QStringLiteral("stopped"));
  }
  const ChatStore store = ChatStore::open(database.toStdString());
  const auto messages = store.messages(store.sessions().back().id);
  QCOMPARE(messages.size(), std::size_t{4});
  QVERIFY(messages[1].text.size() > 40);
  QCOMPARE(messages[1].state, MessageState::Stopped);
}

// Ticks of the GUI thread while an answer is computed; their distance is printed, not checked.
void AppTest::the_interface_stays_responsive() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QElapsedTimer clock;
  qint64 longest = 0, last = 0;
  int ticks = 0;
  QTimer timer;
  connect(&timer, &QTimer::timeout, this, [&] {
    longest = std::max(longest, clock.elapsed() - last);
    last = clock.elapsed();
    ++ticks;
  });
  const auto measure = [&](const char* what, const std::function<bool()>& ended) {
    ticks = 0;
    longest = last = 0;
    timer.start(0);
    clock.start();
    const bool good = QTest::qWaitFor(ended, kPatience);
    timer.stop();
    qInfo("longest gap between ticks of the GUI thread, %s: %lld ms, %d ticks", what, static_cast<long long>(longest),
          ticks);
    return good && ticks > 3;
  };
  const auto answered = [&] { return !run.app.chat()->busy(); };
  run.ask("What happens in the video?");
  QVERIFY(measure("an answer", answered));
  // All tokens, and what every word attends to, as much as a trace may have.
  run.app.chat()->choosePruning("off");
  run.ask("What happens in the video? " + QStringLiteral("Tell all of it. ").repeated(40));
  QVERIFY(measure("an answer without pruning, attention kept", answered));
  const std::shared_ptr<const Trace> trace = run.app.chat()->trace(run.app.chat()->rowCount() - 1);
  QVERIFY(trace && !trace->attention.empty());
  qInfo("the attention that it keeps: %.1f MiB", static_cast<double>(trace->attention.bytes()) / (1 << 20));
  // Then it is shown, word by word, head by head.
  TraceView& view = *run.app.trace();
  const int words = static_cast<int>(view.answerWords().size());
  QVERIFY(words > 0);
  int shown = 0;
  QVERIFY(measure("its words and heads shown", [&] {
    if (shown >= 4 * words) return true;
    view.setAnswerWord(shown % words);
    view.setHead(shown % 4 - 1);
    ++shown;
    return false;
  }));
}

void AppTest::failures_are_reported() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  script.fail = true;
  run.ask("Anything?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.get(1, Conversation::StateRole).toString(), QStringLiteral("failed"));
  QVERIFY(run.get(1, Conversation::LineRole).toString().contains("no memory"));
  script.fail = false;
  run.app.chat()->setBudget("much");
  run.app.chat()->regenerate();
  QVERIFY(run.app.notice().contains("budget \"much\""));
  run.app.dismissNotice();
  run.app.chat()->setBudget("");
  run.app.open(folder.filePath("there is no such clip.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.notice().contains("there is no such"), kPatience);
  run.app.chat()->openVideo(folder.filePath("gone since.mp4"));
  run.ask("What is in it?");  // it returns to the input: there is nothing to ask about
  QTRY_VERIFY_WITH_TIMEOUT(run.app.notice().contains("gone since"), kPatience);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  QCOMPARE(run.find("input")->property("text").toString(), QStringLiteral("What is in it?"));
  // The app works without a usable database, and says so.
  Running other("/proc/none/chats.db", script.door());
  QVERIFY(other.app.notice().contains("cannot be opened"));
  other.ask("Still there?");
  QTRY_COMPARE_WITH_TIMEOUT(other.app.chat()->rowCount(), 2, kPatience);
  other.app.chat()->stop();
  QTRY_VERIFY_WITH_TIMEOUT(!other.app.chat()->busy(), kPatience);
}

void AppTest::the_worker_can_end_while_it_works() {
  Script script;
  for (int i = 0; i < 20; ++i) {
    Worker worker(script.door());
    QSignalSpy said(&worker, &Worker::said);
    worker.load({});
    worker.ask({.media = nullptr, .system = {}, .turns = {{"?", ""}}, .sampling = {}});
    worker.ask({.media = nullptr, .system = {}, .turns = {{"?", ""}}, .sampling = {}});
    QTRY_VERIFY_WITH_TIMEOUT(said.size() >= i, kPatience);
  }
}

void AppTest::playing_seeking_stepping() {
  MediaPlayer player;
  QSignalSpy pictures(&player, &MediaPlayer::pictureChanged);
  player.setSource(resource("clips/crossing.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(player.ready() && !player.picture().isNull(), kPatience);
  QCOMPARE(player.position(), 0.0);
  const Clip clip = read_clip(resource("clips/crossing.mp4").toStdString(), {.count = 48});
  // Every frame: a seek shows what the sampler takes at that time, and steps move by one frame.
  for (const std::size_t i : {std::size_t{0}, std::size_t{7}, std::size_t{47}, std::size_t{23}, std::size_t{24}}) {
    player.seek(clip.frames[i].time_s);
    QTRY_VERIFY_WITH_TIMEOUT(std::abs(player.position() - clip.frames[i].time_s) < 1e-6, kPatience);
    const RgbImage& wanted = *clip.frames[i].image;
    QTRY_COMPARE_WITH_TIMEOUT(player.picture().pixel(100, 100),
                              qRgb(wanted.pixels[static_cast<std::size_t>(100 * wanted.width + 100) * 3],
                                   wanted.pixels[static_cast<std::size_t>(100 * wanted.width + 100) * 3 + 1],
                                   wanted.pixels[static_cast<std::size_t>(100 * wanted.width + 100) * 3 + 2]),
                              kPatience);
  }
  player.step(1);
  QTRY_VERIFY_WITH_TIMEOUT(std::abs(player.position() - clip.frames[25].time_s) < 1e-6, kPatience);
  player.step(-1);
  QTRY_VERIFY_WITH_TIMEOUT(std::abs(player.position() - clip.frames[24].time_s) < 1e-6, kPatience);
  // At the end it stops; playing again begins at the start.
  player.setRate(4);
  player.play();
  QVERIFY(player.playing());
  QTRY_VERIFY_WITH_TIMEOUT(!player.playing(), kPatience);
  QVERIFY(std::abs(player.position() - clip.frames[47].time_s) < 1e-6);
  pictures.clear();
  player.play();
  QTRY_VERIFY_WITH_TIMEOUT(player.position() < 1.0 && !pictures.isEmpty(), kPatience);
  player.pause();
}

void AppTest::files_that_cannot_be_played() {
  const QTemporaryDir folder;
  QFile text(folder.filePath("Überraschung.mp4"));
  QVERIFY(text.open(QIODevice::WriteOnly));
  text.write("no video at all");
  text.close();
  MediaPlayer player;
  for (const QString& file :
       {text.fileName(), folder.path(), folder.filePath("gone.mp4"), QStringLiteral("/dev/zero")}) {
    player.setSource(file);
    QTRY_VERIFY_WITH_TIMEOUT(!player.error().isEmpty(), kPatience);
    player.play();
    QVERIFY(!player.playing());
  }
  player.setSource({});
  QVERIFY(player.error().isEmpty());
}

void AppTest::answers_in_the_screenshots_are_true() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy() && run.app.chat()->visualTokens() > 0, kPatience);
  for (const QString& question : kPictured) {
    run.app.chat()->newSession();
    run.ask(question);
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
    QVERIFY(!true_answer(question).isEmpty());
    QCOMPARE(run.text(1), true_answer(question));
  }
}

// Every shipped clip, every suggestion, with the settings of a first start.
void AppTest::suggested_questions_are_answered_correctly() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  const QDir clips(resource("clips"));
  const QStringList names = clips.entryList({"*.mp4"});
  QCOMPARE(names.size(), 6);
  for (const QString& name : names) {
    run.app.open(clips.filePath(name));
    QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->video().endsWith(name) && !run.app.chat()->busy(), kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(run.app.chat()->suggestions().size(), 3, kPatience);
    for (const QString& question : run.app.chat()->suggestions()) {
      run.app.chat()->newSession();
      run.ask(question);
      QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
      QVERIFY2(run.text(1) == true_answer(question, name), qPrintable(name + ": " + question + " " + run.text(1)));
    }
  }
}

void AppTest::a_cut_off_answer_says_so() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy() && run.app.chat()->visualTokens() > 0, kPatience);
  for (const bool cut : {true, false}) {
    run.app.settings()->setMaxNewTokens(cut ? 3 : 256);
    run.app.chat()->newSession();
    run.ask(kPictured[2]);
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
    QCOMPARE(run.get(1, Conversation::LineRole).toString().contains("cut off"), cut);
  }
}

namespace {
const Registered<AppTest> registered("app");
}  // namespace

}  // namespace sparsight::test

#include "app_test.moc"
