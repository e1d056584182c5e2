// A question is never lost: it waits, can be taken back, returns to the input, and survives until the next start.
#include "tests/qml/chat_support.h"

#include <QProcess>

namespace sparsight::test {

class QuestionQueueTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void questions_wait_in_order_and_can_be_taken_back();
  void refused_questions_stay_in_the_input();
  void a_question_waits_for_the_clip();
  void a_clip_that_cannot_be_opened_returns_the_question();
  void a_session_or_a_model_that_opens();
  void the_next_start_finds_what_waited();
  void two_windows_keep_their_own();
  void an_edit_that_waited_is_found_as_one();
  void a_draft_stays_with_its_session();
  void types_until_it_is_killed();
  void a_killed_program_loses_nothing();
  void an_edit_survives_scrolling_and_refusal();
};

namespace {

struct Typing {
  explicit Typing(Scripted& over) : Typing(over, over.engine.door()) {}
  Typing(const Scripted& over, EngineDoor door) : run(over.database(), std::move(door)) {}
  Running run;

  void type(const QString& question) const {
    run.find("input")->setProperty("text", question);
    QMetaObject::invokeMethod(run.find("input"), "forceActiveFocus");
    QTest::keyClick(run.window, Qt::Key_Return);
  }
  [[nodiscard]] QString input() const { return run.find("input")->property("text").toString(); }
  [[nodiscard]] QStringList waiting() {
    QStringList texts;
    for (const QVariant& item : run.app.chat()->waiting()) texts << item.toMap()["text"].toString();
    return texts;
  }
  [[nodiscard]] bool active() const {
    run.window->requestActivate();
    return QTest::qWaitForWindowActive(run.window);
  }
};

// What the database stores of waiting questions.
QString on_disk(const Scripted& over) {
  return QString::fromStdString(
      ChatStore::open(over.database().toStdString()).setting("waiting_questions").value_or(""));
}

}  // namespace

void QuestionQueueTest::questions_wait_in_order_and_can_be_taken_back() {
  Scripted over(Answers::Held);
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  it.type("one");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && it.run.text(1) == "begun ", kPatience);
  for (const char* text : {"two", "three", "four", "five"}) {
    it.type(text);
    QCOMPARE(it.input(), QString());
  }
  QCOMPARE(chat.rowCount(), 2);
  QCOMPARE(it.waiting(), (QStringList{"two", "three", "four", "five"}));
  QTRY_COMPARE_WITH_TIMEOUT(visible(it.run.find("messages"), "waiting").size(), 4, kPatience);
  // By its button, before what is being typed; the last one by the up key in an empty input.
  it.run.find("input")->setProperty("text", "half a thought");
  click(visible(it.run.find("messages"), "takeBack").at(1));
  QCOMPARE(it.input(), QStringLiteral("three\nhalf a thought"));
  QCOMPARE(it.waiting(), (QStringList{"two", "four", "five"}));
  it.run.find("input")->setProperty("text", "");
  QTest::keyClick(it.run.window, Qt::Key_Up);
  QCOMPARE(it.input(), QStringLiteral("five"));
  QCOMPARE(it.waiting(), (QStringList{"two", "four"}));
  it.run.find("input")->setProperty("text", "");
  // A stop is for the running answer; the waiting one is next.
  chat.stop();
  QTRY_VERIFY_WITH_TIMEOUT(it.waiting() == QStringList("four") && it.run.text(3) == "begun ", kPatience);
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("stopped"));
  over.engine.hold = false;
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"one", "two", "four"}));
  QCOMPARE(over.engine.turns, (std::vector<std::size_t>{1, 2, 3}));
  QCOMPARE(chat.rowCount(), 6);
  for (int row = 0; row < 6; row += 2)
    QCOMPARE(it.run.text(row).toStdString(), over.engine.texts().at(static_cast<std::size_t>(row / 2)));
  QVERIFY(visible(it.run.find("messages"), "waiting").isEmpty());
}

void QuestionQueueTest::refused_questions_stay_in_the_input() {
  Scripted over;
  const QString file = over.folder.filePath("clip.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), file));
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  const auto refused = [&](const char* says) {
    const int rows = chat.rowCount();
    it.type("Where is it?");
    return it.input() == "Where is it?" && chat.rowCount() == rows && it.waiting().isEmpty() &&
           it.run.app.notice().contains(says);
  };
  chat.setBudget("much");
  QVERIFY(refused("budget \"much\""));
  QVERIFY(!chat.session());  // nothing was started
  chat.setBudget("");
  it.run.app.chat()->openVideo(file);
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  it.type("Where is it?");
  QCOMPARE(it.input(), QString());
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  const qint64 id = *chat.session();
  // Deleted by another window.
  ChatStore other = ChatStore::open(over.database().toStdString());
  other.delete_session(id);
  QVERIFY(refused("was deleted"));
  other.restore_session(id);
  // Its file is gone.
  chat.newSession();
  QVERIFY(QFile::remove(file));
  chat.openSession(id);
  QVERIFY(refused("Locate it first"));
  QCOMPARE(over.engine.texts().size(), std::size_t{1});
}

void QuestionQueueTest::a_question_waits_for_the_clip() {
  Scripted over;
  over.engine.hold_open = true;
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  it.run.app.chat()->openVideo(resource("clips/crossing.mp4"));
  it.type("one");
  it.type("two");
  QCOMPARE(it.input(), QString());
  QCOMPARE(it.waiting(), (QStringList{"one", "two"}));
  QTRY_COMPARE_WITH_TIMEOUT(visible(it.run.find("messages"), "waiting").size(), 2, kPatience);
  over.engine.hold_open = false;
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 4 && !chat.busy(), kPatience);
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"one", "two"}));
  QCOMPARE(over.engine.encodes.load(), 1);
}

void QuestionQueueTest::a_clip_that_cannot_be_opened_returns_the_question() {
  Scripted over;
  const QString text = over.no_video();
  QVERIFY(!text.isEmpty());
  over.engine.hold_open = true;
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  chat.openVideo(text);
  it.type("What is in it?");
  it.type("And what else?");
  QCOMPARE(it.waiting(), (QStringList{"What is in it?", "And what else?"}));
  over.engine.hold_open = false;
  QTRY_COMPARE_WITH_TIMEOUT(it.input(), QStringLiteral("What is in it?\nAnd what else?"), kPatience);
  QVERIFY(it.run.app.notice().contains("text.mp4"));
  QCOMPARE(chat.rowCount(), 0);
  QCOMPARE(it.run.app.sessions()->rowCount(), 0);  // no empty session is left
  // Stopped while it opens: the same.
  over.engine.hold_open = true;
  it.run.app.chat()->openVideo(resource("clips/crossing.mp4"));
  it.run.find("input")->setProperty("text", "");
  it.type("And here?");
  QCOMPARE(it.waiting().size(), 1);
  click(it.run.find("stop"));
  QTRY_COMPARE_WITH_TIMEOUT(it.input(), QStringLiteral("And here?"), kPatience);
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  over.engine.hold_open = false;
}

void QuestionQueueTest::a_session_or_a_model_that_opens() {
  Scripted over;
  EngineDoor door = over.engine.door();
  std::atomic<bool> hold_load = true;
  door.load = [&](const EngineOptions&, const Control&) {
    while (hold_load) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  };
  Typing it(over, door);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  it.type("While the model loads");
  QCOMPARE(it.input(), QString());
  QCOMPARE(chat.rowCount(), 2);
  it.type("And another");
  hold_load = false;
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 4 && !chat.busy(), kPatience);
  chat.newSession();
  it.run.app.chat()->openVideo(resource("clips/crossing.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  it.type("About the clip");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  const qint64 id = *chat.session();
  it.run.app.chat()->openVideo(resource("clips/trio.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  over.engine.hold_open = true;
  chat.openSession(id);
  it.type("While its clip opens");
  QCOMPARE(it.waiting(), QStringList("While its clip opens"));
  over.engine.hold_open = false;
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 4 && !chat.busy(), kPatience);
  QCOMPARE(*chat.session(), id);
}

void QuestionQueueTest::the_next_start_finds_what_waited() {
  Scripted over(Answers::Held);
  qint64 id = 0;
  {
    Typing it(over);
    QVERIFY(it.active());
    it.type("one");
    QTRY_COMPARE_WITH_TIMEOUT(it.run.text(1), QStringLiteral("begun "), kPatience);
    it.type("two");
    it.type("three");
    id = *it.run.app.chat()->session();
    // As if it were killed: another program reads what is on disk.
    RecordingEngine second;
    second.script.pause = std::chrono::milliseconds(0);
    Typing other(over, second.door());
    Conversation& chat = *other.run.app.chat();
    QVERIFY(other.active());
    chat.openSession(id);
    QCOMPARE(chat.rowCount(), 2);
    QCOMPARE(other.input(), QString());
    // Each one separately, and none is asked without the user.
    QCOMPARE(other.waiting(), (QStringList{"two", "three"}));
    QTRY_COMPARE(visible(other.run.find("messages"), "askWaiting").size(), 2);
    QVERIFY(!chat.busy());
    QVERIFY(on_disk(over).contains("two") && on_disk(over).contains("three"));
    click(visible(other.run.find("messages"), "takeBack").at(0));
    QCOMPARE(other.input(), QStringLiteral("two"));
    QCOMPARE(other.waiting(), QStringList("three"));
    QVERIFY(!on_disk(over).contains("two") && on_disk(over).contains("three"));
    QCOMPARE(ChatStore::open(over.database().toStdString()).draft(id), std::string("two"));
    // The typed question is asked, not the one that rests; with an empty input that is next.
    other.type("four");
    QTRY_VERIFY(chat.rowCount() == 4 && !chat.busy());
    QCOMPARE(other.waiting(), QStringList("three"));
    QTest::keyClick(other.run.window, Qt::Key_Return);
    QTRY_VERIFY(chat.rowCount() == 6 && !chat.busy());
    QCOMPARE(other.run.text(4), QStringLiteral("three"));
    QVERIFY(other.waiting().isEmpty() && !on_disk(over).contains("three"));
    QCOMPARE(second.texts(), (std::vector<std::string>{"four", "three"}));
  }
  over.engine.hold = false;
}

void QuestionQueueTest::two_windows_keep_their_own() {
  Scripted over(Answers::Held);
  Typing one(over);
  QVERIFY(one.active());
  one.type("one");
  QTRY_COMPARE_WITH_TIMEOUT(one.run.text(1), QStringLiteral("begun "), kPatience);
  RecordingEngine second;
  Typing other(over, second.door());
  QVERIFY(other.active());
  QVERIFY(one.active());
  one.type("two");
  one.type("three");
  QTRY_VERIFY(on_disk(over).contains("two") && on_disk(over).contains("three"));
  QVERIFY(other.active());
  for (const char* question : {"four", "five", "six"}) other.type(question);
  QTRY_COMPARE_WITH_TIMEOUT(other.run.app.chat()->rowCount(), 6, kPatience);
  QTRY_VERIFY_WITH_TIMEOUT(!other.run.app.chat()->busy(), kPatience);
  QVERIFY(on_disk(over).contains("two") && on_disk(over).contains("three") && !on_disk(over).contains("six"));
}

void QuestionQueueTest::an_edit_that_waited_is_found_as_one() {
  Scripted over;
  qint64 id = 0;
  {
    Typing it(over);
    Conversation& chat = *it.run.app.chat();
    QVERIFY(it.active());
    it.type("one");
    QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
    id = *chat.session();
    over.engine.hold = true;
    it.type("two");
    QTRY_COMPARE(it.run.text(3), QStringLiteral("begun "));
    QVERIFY(chat.editQuestion(0, "one, put otherwise"));
    // Given up, it rests; refused, it rests again.
    it.run.app.answering()->give_up(id);
    QCOMPARE(it.waiting(), QStringList("one, put otherwise"));
    QVERIFY(!chat.busy());
    chat.setBudget("much");
    click(visible(it.run.find("messages"), "askWaiting").first());
    QVERIFY(it.run.app.notice().contains("budget \"much\""));
    QCOMPARE(it.waiting(), QStringList("one, put otherwise"));
  }
  over.engine.hold = false;
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  chat.setBudget("");
  chat.openSession(id);
  QCOMPARE(chat.rowCount(), 4);
  QCOMPARE(it.waiting(), QStringList("one, put otherwise"));
  QTest::keyClick(it.run.window, Qt::Key_L, Qt::ControlModifier);
  QTest::keyClick(it.run.window, Qt::Key_Return);
  QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
  QCOMPARE(it.run.text(0), QStringLiteral("one, put otherwise"));
  QCOMPARE(it.run.get(0, Conversation::VersionsRole).toInt(), 2);
}

void QuestionQueueTest::a_draft_stays_with_its_session() {
  Scripted over;
  qint64 id = 0;
  const auto draft = [&](std::optional<SessionId> session) {
    return QString::fromStdString(ChatStore::open(over.database().toStdString()).draft(session));
  };
  {
    Typing it(over);
    Conversation& chat = *it.run.app.chat();
    QVERIFY(it.active());
    // In no session yet, then in the one that its question makes.
    it.run.find("input")->setProperty("text", "half a thought");
    QTRY_COMPARE(draft({}), QStringLiteral("half a thought"));
    chat.ask("one");  // a suggestion
    id = *chat.session();
    QCOMPARE(it.input(), QStringLiteral("half a thought"));
    QTRY_COMPARE(draft(id), QStringLiteral("half a thought"));
    QCOMPARE(draft({}), QString());
    QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
    // Left and opened again.
    chat.newSession();
    QCOMPARE(it.input(), QString());
    it.run.find("input")->setProperty("text", "another");
    chat.openSession(id);
    QCOMPARE(it.input(), QStringLiteral("half a thought"));
    chat.newSession();
    QCOMPARE(it.input(), QStringLiteral("another"));
    // A question that was asked is no draft any more.
    it.type("another");
    QCOMPARE(it.input(), QString());
    QCOMPARE(draft({}), QString());
    chat.openSession(id);
    it.run.find("input")->setProperty("text", "half a thought, and at the end");
  }  // quits at once
  QCOMPARE(draft(id), QStringLiteral("half a thought, and at the end"));
  Typing it(over);
  QCOMPARE(it.input(), QString());
  it.run.app.chat()->openSession(id);
  QCOMPARE(it.input(), QStringLiteral("half a thought, and at the end"));
  it.run.app.sessions()->remove(id);
  QCOMPARE(it.input(), QString());
  it.run.app.sessions()->restore(id);
  it.run.app.chat()->openSession(id);
  QCOMPARE(it.input(), QStringLiteral("half a thought, and at the end"));
}

// In another process, which a_killed_program_loses_nothing() starts and kills.
void QuestionQueueTest::types_until_it_is_killed() {
  const QString database = qEnvironmentVariable("SPARSIGHT_TYPES_INTO");
  if (database.isEmpty()) return;
  RecordingEngine engine;
  engine.hold = true;
  Running run(database, engine.door());
  run.app.chat()->openVideo(resource("clips/crossing.mp4"));
  for (const char* question : {"runs", "waits", "waits too"}) run.ask(question);
  run.find("input")->setProperty("text", "half a thought");
  (void)QTest::qWaitFor([] { return false; }, kPatience);
}

void QuestionQueueTest::a_killed_program_loses_nothing() {
  Scripted over;
  const QString database = over.database();
  QProcess other;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert("SPARSIGHT_TYPES_INTO", database);
  other.setProcessEnvironment(environment);
  other.start(QCoreApplication::applicationFilePath(), {"question_queue", "types_until_it_is_killed"});
  const auto session = [&]() -> std::optional<Session> {
    if (!QFile::exists(database)) return {};
    const auto sessions = ChatStore::open(database.toStdString()).sessions();
    return sessions.empty() ? std::nullopt : std::optional(sessions.front());
  };
  QTRY_VERIFY(session() && session()->messages == 2);
  const qint64 id = session()->id;
  QTRY_COMPARE(ChatStore::open(database.toStdString()).draft(id), std::string("half a thought"));
  QTRY_COMPARE(ChatStore::open(database.toStdString()).messages(id).at(1).text, std::string("begun "));
  other.kill();  // like kill -9
  QVERIFY(other.waitForFinished(kPatience));
  QCOMPARE(other.exitStatus(), QProcess::CrashExit);
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  chat.openSession(id);
  QCOMPARE(it.input(), QStringLiteral("half a thought"));
  QCOMPARE(it.waiting(), (QStringList{"waits", "waits too"}));
  QCOMPARE(it.run.text(1), QStringLiteral("begun "));
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("partial"));
  QTRY_COMPARE(visible(it.run.find("messages"), "askWaiting").size(), 2);
  click(visible(it.run.find("messages"), "askWaiting").at(1));
  QTRY_VERIFY(chat.rowCount() == 4 && !chat.busy());
  QCOMPARE(it.run.text(2), QStringLiteral("waits too"));
  QCOMPARE(it.waiting(), QStringList("waits"));
}

void QuestionQueueTest::an_edit_survives_scrolling_and_refusal() {
  Scripted over;
  Typing it(over);
  Conversation& chat = *it.run.app.chat();
  QVERIFY(it.active());
  for (int i = 0; i < 4; ++i) {
    it.type("Question");
    QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 * (i + 1) && !chat.busy(), kPatience);
  }
  QQuickItem* list = it.run.find("messages");
  list->setProperty("follows", false);
  QMetaObject::invokeMethod(list, "positionViewAtBeginning");
  QTRY_VERIFY_WITH_TIMEOUT(!visible(list, "edit").isEmpty(), kPatience);
  QQuickItem* first = row_of(list, 0);
  QVERIFY(first != nullptr);
  QMetaObject::invokeMethod(first, "edit");
  all(first, "editor").first()->setProperty("text", "Much that was typed");
  // Out of view and back.
  QMetaObject::invokeMethod(list, "positionViewAtEnd");
  QTRY_VERIFY_WITH_TIMEOUT(visible(list, "regenerate").size() > 0, kPatience);
  QMetaObject::invokeMethod(list, "positionViewAtBeginning");
  QTRY_VERIFY_WITH_TIMEOUT(!visible(list, "editor").isEmpty(), kPatience);
  QCOMPARE(visible(list, "editor").first()->property("text").toString(), QStringLiteral("Much that was typed"));
  chat.setBudget("much");
  click(visible(list, "askEdited").first());
  QVERIFY(it.run.app.notice().contains("budget \"much\""));
  QCOMPARE(visible(list, "editor").first()->property("text").toString(), QStringLiteral("Much that was typed"));
  chat.setBudget("");
  click(visible(list, "askEdited").first());
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  QCOMPARE(it.run.text(0), QStringLiteral("Much that was typed"));
}

namespace {
const Registered<QuestionQueueTest> registered("question_queue");
}  // namespace

}  // namespace sparsight::test

#include "question_queue_test.moc"
