// The clip of a conversation and its settings: budgets, parts of a video, files that moved or are open.
#include "tests/qml/chat_support.h"

#include <QClipboard>
#include <QGuiApplication>

namespace sparsight::test {

class ConversationTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_budget_without_an_answer_waits_for_the_question();
  void stops_of_the_slider();
  void a_part_of_the_video();
  void a_part_without_frames();
  void opening_that_was_stopped();
  void a_file_that_moved();
  void a_file_that_moved_is_known_by_its_content();
  void questions_are_edited_by_keys();
  void time_that_is_left();
  void an_answer_without_a_video_says_so();
  void files_that_were_open();
};

void ConversationTest::a_budget_without_an_answer_waits_for_the_question() {
  RecordingEngine engine;
  Talk talk(engine.door());
  Conversation& chat = talk.chat;
  chat.keepTokens(194);
  const auto timers = chat.findChildren<QTimer*>();
  QVERIFY(!timers.isEmpty() && std::ranges::none_of(timers, &QTimer::isActive));  // no question is going to be asked
  QVERIFY(engine.asked().empty());
  QCOMPARE(chat.budget(), QStringLiteral("194"));
  chat.ask("Now?");
  QTRY_COMPARE_WITH_TIMEOUT(engine.asked(), std::vector<std::string>{"194"}, kPatience);
  // An invalid budget leaves the answer alone.
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  QSignalSpy errors(&chat, &Conversation::errorOccurred);
  chat.setBudget("much");
  chat.regenerate();
  QCOMPARE(errors.size(), 1);
  QCOMPARE(chat.rowCount(), 2);
}

void ConversationTest::an_answer_without_a_video_says_so() {
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  EngineDoor door = engine.door();
  door.answer = [answer = door.answer](const Question& question, const std::function<void(std::string_view)>& say,
                                       const Control& control) {
    Answer result = answer(question, say, control);
    result.visual_tokens = question.media ? 2056 : 0;
    return result;
  };
  Talk talk(std::move(door));
  const auto says_so = [&](int row) {
    const QString line = talk.chat.data(talk.chat.index(row), Conversation::LineRole).toString();
    return line.contains("no video was looked at");
  };
  talk.chat.ask("xyz");
  QTRY_VERIFY(talk.chat.rowCount() == 2 && !talk.chat.busy());
  QVERIFY(says_so(1));
  talk.chat.openVideo(resource("clips/crossing.mp4"));
  talk.chat.ask("And here?");
  QTRY_VERIFY(talk.chat.rowCount() == 2 && !talk.chat.busy());
  QVERIFY(!says_so(1));
}

void ConversationTest::stops_of_the_slider() {
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  Talk talk(engine.door());
  Conversation& chat = talk.chat;
  QVERIFY(chat.tokenStops().isEmpty());
  chat.ask("?");
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  const QVariantList stops = chat.tokenStops();
  QVERIFY(stops.contains(194));
  QCOMPARE(stops.first().toInt(), 41);
  QCOMPARE(stops.last().toInt(), 2056);
  QVERIFY(std::ranges::is_sorted(stops, {}, [](const QVariant& stop) { return stop.toInt(); }));
  chat.setBudget("9.4%");
  QCOMPARE(chat.tokens(), 193);
  for (const char* other : {"", "rank", "300/200/110", "nonsense"}) {
    chat.setBudget(other);
    QCOMPARE(chat.tokens(), 0);
  }
}

void ConversationTest::a_part_of_the_video() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const auto within = [](const TraceView& trace, double from, double to) {
    const QVariantList times = trace.frameTimes();
    return times.size() == 8 &&
           std::ranges::all_of(times, [&](const QVariant& t) { return t.toDouble() >= from && t.toDouble() < to; });
  };
  qint64 id = 0;
  {
    Running run(database);
    Conversation& chat = *run.app.chat();
    run.app.openDemo();
    QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
    QVERIFY(!run.find("rangeStart")->isVisible());
    run.find("rangeOn")->setProperty("checked", true);
    QTRY_VERIFY(run.find("rangeStart")->isVisible());
    // By keys, from the whole to seconds 1 to 3.
    QVERIFY(activate(run.window));
    run.find("rangeStart")->forceActiveFocus(Qt::TabFocusReason);
    for (int i = 0; i < 2; ++i) QTest::keyClick(run.window, Qt::Key_Right);
    run.find("rangeEnd")->forceActiveFocus(Qt::TabFocusReason);
    for (int i = 0; i < 2; ++i) QTest::keyClick(run.window, Qt::Key_Left);
    QCOMPARE(chat.rangeStart(), 1.0);
    QCOMPARE(chat.rangeEnd(), 3.0);
    QTRY_VERIFY_WITH_TIMEOUT(within(*run.app.trace(), 1, 3), kPatience);
    run.ask("Which way does the star move?");
    QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
    QVERIFY(run.get(1, Conversation::LineRole).toString().contains("from 1.0 to 3.0 s"));
    chat.regenerate();
    QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
    QVERIFY(run.get(1, Conversation::LineRole).toString().contains("from 1.0 to 3.0 s"));
    // The whole video again; the answer's trace restores its frames.
    QTest::keyClick(run.window, Qt::Key_Home);
    QCOMPARE(chat.rangeEnd(), 0.0);
    QTRY_VERIFY_WITH_TIMEOUT(!chat.busy() && !within(*run.app.trace(), 1, 3), kPatience);
    chat.showTrace(1);
    QTRY_VERIFY_WITH_TIMEOUT(within(*run.app.trace(), 1, 3) && run.app.trace()->hasTrace(), kPatience);
    id = *chat.session();
  }
  Running run(database);
  run.app.chat()->openSession(id);
  QCOMPARE(run.app.chat()->rangeStart(), 1.0);
  QTRY_VERIFY_WITH_TIMEOUT(within(*run.app.trace(), 1, 3) && run.app.trace()->hasTrace(), kPatience);
  QVERIFY(run.find("rangeStart")->isVisible());
}

void ConversationTest::a_part_without_frames() {
  RecordingEngine engine;
  Talk talk(engine.door());
  Conversation& chat = talk.chat;
  QSignalSpy errors(&chat, &Conversation::notOpened);
  int opened = 0;
  connect(&chat, &Conversation::mediaOpened, this,
          [&](const std::shared_ptr<const OpenedMedia>& media) { opened += media ? 1 : 0; });
  chat.openVideo(resource("clips/crossing.mp4"));
  QTRY_COMPARE_WITH_TIMEOUT(opened, 1, kPatience);
  chat.setRange(2, 1);  // not a range
  QCOMPARE(chat.rangeStart(), 0.0);
  chat.setRange(1.001, 1.002);
  QTRY_COMPARE_WITH_TIMEOUT(opened, 2, kPatience);
  QCOMPARE(errors.size(), 1);
  QCOMPARE(chat.rangeEnd(), 0.0);
  QCOMPARE(engine.encodes.load(), 2);
}

void ConversationTest::opening_that_was_stopped() {
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  EngineDoor door = engine.door();
  std::atomic<bool> hold = true;
  door.open = [&, open = door.open](const std::filesystem::path& file, const FrameRequest& request,
                                    const Control& control) {
    while (hold) {
      control.report(Stage::Vision, 0, 1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return open(file, request, control);
  };
  Talk talk(door);
  Conversation& chat = talk.chat;
  chat.openVideo(resource("clips/crossing.mp4"));
  QTRY_COMPARE_WITH_TIMEOUT(chat.stage(), QStringLiteral("Looking at the frames"), kPatience);
  chat.stop();
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  hold = false;
  chat.ask("What is there?");  // opens it after all
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  QCOMPARE(engine.encodes.load(), 1);
  QCOMPARE(chat.data(chat.index(1), Conversation::StateRole).toString(), QStringLiteral("complete"));
}

void ConversationTest::a_file_that_moved() {
  const QTemporaryDir folder;
  const QString first = folder.filePath("first.mp4"), moved = folder.filePath("moved.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), first));
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  Running run(folder.filePath("chats.db"), engine.door());
  Conversation& chat = *run.app.chat();
  chat.openVideo(first);
  chat.ask("What is there?");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  const qint64 id = *chat.session();
  chat.newSession();
  QVERIFY(QFile::rename(first, moved));
  chat.openSession(id);
  QCOMPARE(chat.missing(), first);
  QCOMPARE(chat.video(), QString());
  QVERIFY(run.find("fileBanner")->isVisible());
  run.ask("And now?");  // not about another clip
  QVERIFY(run.app.notice().contains("Locate it first"));
  QCOMPARE(run.find("input")->property("text").toString(), QStringLiteral("And now?"));
  QCOMPARE(chat.rowCount(), 2);
  // Another clip is recognised, and may be used anyway.
  chat.findFile(resource("clips/trio.mp4"));
  QVERIFY(chat.missing().isEmpty());
  QTRY_VERIFY_WITH_TIMEOUT(chat.differs(), kPatience);
  QVERIFY(run.find("useAnyway")->isVisible());
  QVERIFY(!run.app.trace()->hasMedia());
  chat.findFile(QUrl::fromLocalFile(moved).toString());
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QVERIFY(!chat.differs());
  QVERIFY(!run.find("fileBanner")->isVisible());
  // From now on it is known; so is the other one once it is chosen.
  chat.newSession();
  chat.openSession(id);
  QVERIFY(chat.missing().isEmpty());
  chat.findFile(resource("clips/trio.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(chat.differs(), kPatience);
  QMetaObject::invokeMethod(run.find("useAnyway"), "clicked");
  QVERIFY(!chat.differs() && run.app.trace()->hasMedia());
  chat.newSession();
  chat.openSession(id);
  QVERIFY(!chat.busy() && !chat.differs() && chat.video().endsWith("trio.mp4"));
}

void ConversationTest::a_file_that_moved_is_known_by_its_content() {
  const QTemporaryDir folder;
  const QString first = folder.filePath("first.mp4"), moved = folder.filePath("moved.mp4"),
                other = folder.filePath("other.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), first));
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  Running run(folder.filePath("chats.db"), engine.door());
  Conversation& chat = *run.app.chat();
  const auto talk_about = [&](const QString& file) {
    chat.openVideo(file);
    chat.ask("What is there?");
    QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  };
  talk_about(first);
  const qint64 id = *chat.session();
  for (const QString& file : {moved, other}) {
    QVERIFY(QFile::copy(first, file));
    talk_about(file);
  }
  chat.newSession();
  QVERIFY(QFile::remove(first));
  // Of two known places, the second has become another file of the same size.
  QFile damaged(other);
  QVERIFY(damaged.open(QIODevice::ReadWrite));
  QVERIFY(damaged.write("another") == 7);
  damaged.close();
  chat.openSession(id);
  QTRY_COMPARE_WITH_TIMEOUT(chat.video(), moved, kPatience);
  QVERIFY(chat.missing().isEmpty());
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QVERIFY(!chat.differs());
  // If the session is left during the search, the search has no effect.
  chat.newSession();
  QVERIFY(QFile::remove(moved));
  chat.openSession(id);
  chat.newSession();
  const QString another = resource("clips/trio.mp4");
  talk_about(another);
  QCOMPARE(chat.video(), another);
}

void ConversationTest::questions_are_edited_by_keys() {
  const QTemporaryDir folder;
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  Running run(folder.filePath("chats.db"), engine.door());
  Conversation& chat = *run.app.chat();
  run.ask("What is ther?");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  QVERIFY(activate(run.window));
  const auto button = [&](const char* name) -> QQuickItem* {
    const auto found = all(run.find("messages"), name);
    return found.isEmpty() ? nullptr : found.first();
  };
  QTRY_VERIFY(button("edit") != nullptr && button("edit")->isEnabled());
  button("copy")->forceActiveFocus(Qt::TabFocusReason);
  QTest::keyClick(run.window, Qt::Key_Space);
  QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("What is ther?"));
  button("edit")->forceActiveFocus(Qt::TabFocusReason);
  QTest::keyClick(run.window, Qt::Key_Space);
  QTRY_VERIFY(button("editor")->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Escape);  // leaves it unchanged
  QTRY_VERIFY(!button("editor")->isVisible());
  QCOMPARE(run.text(0), QStringLiteral("What is ther?"));
  QMetaObject::invokeMethod(button("edit"), "clicked");
  QTRY_VERIFY(button("editor")->hasActiveFocus());
  button("editor")->setProperty("text", "What is there?");
  QTest::keyClick(run.window, Qt::Key_Return);
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  QCOMPARE(run.text(0), QStringLiteral("What is there?"));
}

void ConversationTest::time_that_is_left() {
  TimeLeft left;
  QVERIFY(!left.note({Stage::Prefill, 0, 32}, 10));
  QVERIFY(!left.note({Stage::Prefill, 1, 32}, 10.5));  // too early to tell
  QCOMPARE(left.note({Stage::Prefill, 8, 32}, 14), 12.0);
  QVERIFY(!left.note({Stage::Prefill, 32, 32}, 26));
  QVERIFY(!left.note({Stage::Film, 5, 0}, 27));  // another stage, without an end
  QVERIFY(!left.note({Stage::Prefill, 0, 32}, 30));
  QCOMPARE(left.note({Stage::Prefill, 16, 32}, 32), 2.0);
  QCOMPARE(progress_text({Stage::Prefill, 2, 32}, 11.2),
           QStringLiteral("Reading the question, layer 3 of 32, about 12 s left"));
  QCOMPARE(progress_text({Stage::Frames, 2, 8}, 600), QStringLiteral("Reading frames, about 10 min left"));
  QCOMPARE(progress_text({Stage::Generate, 2, 8}, 60), QStringLiteral("Answering"));
  QCOMPARE(progress_text({Stage::Read, 1'200'000'000, 7'500'000'000}, 11.2),
           QStringLiteral("Reading the model, 1.2 GB of 7.5 GB, about 12 s left"));
}

void ConversationTest::files_that_were_open() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    RecordingEngine engine;
    Running run(database, engine.door());
    QVERIFY(run.app.recent()->files().isEmpty());
    for (const char* clip : {"clips/crossing.mp4", "clips/trio.mp4", "clips/crossing.mp4"}) {
      const int encodes = engine.encodes;
      run.app.open(resource(clip));
      QTRY_COMPARE_WITH_TIMEOUT(engine.encodes.load(), encodes + 1, kPatience);
      QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
    }
    QCOMPARE(run.app.recent()->files().size(), 2);
  }
  RecordingEngine engine;
  Running run(database, engine.door());
  QCOMPARE(run.app.recent()->nameOf(run.app.recent()->files().first()), QStringLiteral("crossing.mp4"));
  QTRY_VERIFY(!all(run.window->contentItem(), "recent").isEmpty());
  run.app.recent()->clear();
  QVERIFY(run.app.recent()->files().isEmpty());
  RecentFiles recent(nullptr);
  for (int i = 0; i < 20; ++i) recent.add(QString::number(i));
  QCOMPARE(recent.files().size(), RecentFiles::kMost);
  QCOMPARE(recent.files().first(), QStringLiteral("19"));
}

namespace {
const Registered<ConversationTest> registered("conversation");
}  // namespace

}  // namespace sparsight::test

#include "conversation_test.moc"
