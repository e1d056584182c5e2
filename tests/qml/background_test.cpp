// Answers continue whatever the window shows: in other sessions, with other clips; what needs the engine asks first.
#include "tests/qml/chat_support.h"

#include <QMimeData>

namespace sparsight::test {

class BackgroundTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void an_answer_goes_on_in_another_session();
  void a_reopened_session_shows_its_running_answer();
  void a_failure_in_another_session_is_reported();
  void a_new_session_and_another_part();
  void a_clip_that_opens_for_a_session_that_was_left();
  void quitting_asks_first();
  void another_model_asks_first();
  void postponed_actions_run_once_answers_are_done();
  void a_confirmation_closes_when_nothing_is_left_to_lose();
  void deleted_or_stopped_answers_give_no_notice();
  void a_file_is_dropped_while_an_answer_runs();
  void deleting_a_session_stops_it_and_undo_restores_it();
};

namespace {

struct Shown {
  explicit Shown(Scripted& over) : run(over.database(), over.engine.door()) {}
  Running run;

  [[nodiscard]] Conversation& chat() { return *run.app.chat(); }
  [[nodiscard]] QStringList marks() const {
    QStringList texts;
    for (QQuickItem* mark : visible(run.find("sessions"), "sessionWork")) texts << mark->property("text").toString();
    return texts;
  }
  [[nodiscard]] QStringList resting() {
    QStringList texts;
    for (const QVariant& item : chat().waiting())
      if (item.toMap()["rests"].toBool()) texts << item.toMap()["text"].toString();
    return texts;
  }
  [[nodiscard]] QString toast() const { return run.find("toast")->property("text").toString(); }
  [[nodiscard]] bool asks(const char* dialog) const { return run.find<QObject>(dialog)->property("opened").toBool(); }
  void answer(const char* dialog, const char* button) const {
    QObject* popup = run.find<QObject>(dialog);
    click(visible(popup->property("contentItem").value<QQuickItem*>(), button).first());
    (void)QTest::qWaitFor([&] { return !popup->property("visible").toBool(); }, kPatience);
  }
  // Opens a clip and asks; waits until the answer has begun.
  bool begin(const char* clip, const QString& question) {
    run.app.chat()->openVideo(resource(clip));
    run.ask(question);
    return QTest::qWaitFor([&] { return chat().rowCount() == 2 && run.text(1) == "begun "; }, kPatience);
  }
};

}  // namespace

void BackgroundTest::an_answer_goes_on_in_another_session() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(QTest::qWaitForWindowExposed(it.run.window));
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  const qint64 first = *it.chat().session();
  // A file is dropped and a question asked: both wait, and say for what.
  it.run.app.chat()->openVideo(resource("clips/trio.mp4"));
  it.run.ask("second?");
  QVERIFY(it.chat().busy());
  QCOMPARE(it.chat().waiting().size(), 1);
  QTRY_COMPARE_WITH_TIMEOUT(it.chat().stage(), QStringLiteral("Waiting for the answer in “first?”"), kPatience);
  const qint64 second = *it.chat().session();
  QVERIFY(first != second);
  QTRY_COMPARE_WITH_TIMEOUT(it.marks(), (QStringList{"● Answering …", "● Answering …"}), kPatience);
  it.chat().newSession();
  QVERIFY(it.chat().rowCount() == 0 && it.chat().waiting().isEmpty() && it.toast().isEmpty());
  over.engine.hold = false;
  QTRY_COMPARE_WITH_TIMEOUT(it.marks(), (QStringList{"● New answer", "● New answer"}), kPatience);
  QCOMPARE(it.toast(), QStringLiteral("The answer in “second?” is ready."));
  QVERIFY(it.run.find("toast")->isVisible());
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"first?", "second?"}));
  click(it.run.find("showNews"));
  QTRY_COMPARE_WITH_TIMEOUT(it.marks(), QStringList("● New answer"), kPatience);
  QVERIFY(!it.run.find("toast")->isVisible());
  QCOMPARE(*it.chat().session(), second);
  QVERIFY(it.chat().video().endsWith("trio.mp4"));
  const ChatStore store = ChatStore::open(over.database().toStdString());
  for (const qint64 id : {first, second}) {
    const auto messages = store.messages(id);
    QCOMPARE(messages.size(), std::size_t{2});
    QCOMPARE(messages[1].state, MessageState::Complete);
    QVERIFY(messages[1].text.size() > 400 && messages[1].has_trace);
    QVERIFY(store.session(id)->media->path.string().ends_with(id == first ? "crossing.mp4" : "trio.mp4"));
  }
}

void BackgroundTest::a_reopened_session_shows_its_running_answer() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  const qint64 first = *it.chat().session();
  it.run.ask("next?");
  it.run.app.chat()->openVideo(resource("clips/trio.mp4"));
  QCOMPARE(it.chat().rowCount(), 0);
  it.chat().openSession(first);
  QCOMPARE(it.chat().rowCount(), 2);
  QCOMPARE(it.run.text(1), QStringLiteral("begun "));
  QVERIFY(it.run.get(1, Conversation::RunningRole).toBool());
  QVERIFY(it.chat().busy());
  QCOMPARE(it.chat().waiting().size(), 1);
  QVERIFY(it.run.app.trace()->hasMedia());  // its clip is still there
  over.engine.hold = false;
  QTRY_VERIFY_WITH_TIMEOUT(it.chat().rowCount() == 4 && !it.chat().busy(), kPatience);
  QCOMPARE(over.engine.encodes.load(), 1);  // the other clip was left before it was opened
  QVERIFY(it.run.text(1).size() > 400 && it.run.text(3).size() > 400);
  QVERIFY(it.toast().isEmpty());
}

void BackgroundTest::a_failure_in_another_session_is_reported() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  const qint64 first = *it.chat().session();
  it.chat().newSession();
  over.engine.script.fail = true;
  over.engine.hold = false;
  QTRY_COMPARE_WITH_TIMEOUT(it.toast(), QStringLiteral("The answer in “first?” failed."), kPatience);
  it.chat().openSession(first);
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("failed"));
  QVERIFY(it.run.get(1, Conversation::LineRole).toString().contains("no memory"));
}

void BackgroundTest::a_new_session_and_another_part() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  it.chat().setRange(1, 3);
  it.run.ask("of that part?");
  QCOMPARE(it.chat().waiting().size(), 1);
  over.engine.hold = false;
  QTRY_VERIFY_WITH_TIMEOUT(it.chat().rowCount() == 4 && !it.chat().busy(), kPatience);
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("complete"));
  QVERIFY(!it.run.get(1, Conversation::LineRole).toString().contains("from 1.0"));
  QVERIFY(it.run.get(3, Conversation::LineRole).toString().contains("from 1.0 to 3.0 s"));
}

void BackgroundTest::a_clip_that_opens_for_a_session_that_was_left() {
  Scripted over;
  const QString text = over.no_video();
  QVERIFY(!text.isEmpty());
  over.engine.hold_open = true;
  Shown it(over);
  it.run.app.chat()->openVideo(resource("clips/trio.mp4"));
  it.run.ask("good?");
  const qint64 good = *it.chat().session();
  it.chat().openVideo(text);
  it.run.ask("bad?");
  const qint64 bad = *it.chat().session();
  it.chat().newSession();
  over.engine.hold_open = false;
  QTRY_VERIFY_WITH_TIMEOUT(it.run.app.answering()->pending() == 0, kPatience);
  it.chat().openSession(good);
  QCOMPARE(it.chat().rowCount(), 2);
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("complete"));
  it.chat().openSession(bad);
  QCOMPARE(it.resting(), QStringList("bad?"));
}

void BackgroundTest::quitting_asks_first() {
  Scripted over(Answers::Held);
  {
    Shown it(over);
    QVERIFY(QTest::qWaitForWindowExposed(it.run.window));
    QVERIFY(it.begin("clips/crossing.mp4", "first?"));
    it.run.window->close();
    QTRY_VERIFY_WITH_TIMEOUT(it.asks("quitQuestion"), kPatience);
    QVERIFY(it.run.window->isVisible());
    it.answer("quitQuestion", "cancel");
    QVERIFY(it.run.window->isVisible() && it.chat().busy() && !it.run.find("losses")->isVisible());
    it.run.window->close();
    QTRY_VERIFY_WITH_TIMEOUT(it.asks("quitQuestion"), kPatience);
    it.answer("quitQuestion", "agree");
    QTRY_VERIFY_WITH_TIMEOUT(!it.run.window->isVisible(), kPatience);
  }
  // What it had said so far is there.
  const ChatStore store = ChatStore::open(over.database().toStdString());
  const auto messages = store.messages(store.sessions().front().id);
  QCOMPARE(messages.at(1).state, MessageState::Stopped);
  QCOMPARE(messages.at(1).text, std::string("begun "));
  // With nothing to lose, the window closes at once.
  Shown it(over);
  QVERIFY(QTest::qWaitForWindowExposed(it.run.window));
  it.run.window->close();
  QTRY_VERIFY_WITH_TIMEOUT(!it.run.window->isVisible(), kPatience);
}

void BackgroundTest::another_model_asks_first() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(QTest::qWaitForWindowExposed(it.run.window));
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  it.run.ask("waits?");
  it.run.app.chooseModel("another");
  QTRY_VERIFY_WITH_TIMEOUT(it.asks("modelQuestion"), kPatience);
  it.answer("modelQuestion", "cancel");
  QVERIFY(it.chat().busy() && !it.run.app.loading());
  QCOMPARE(over.engine.script.loads.load(), 1);
  it.run.app.chooseModel("another");
  QTRY_VERIFY_WITH_TIMEOUT(it.asks("modelQuestion"), kPatience);
  it.answer("modelQuestion", "agree");
  QTRY_COMPARE_WITH_TIMEOUT(over.engine.script.loads.load(), 2, kPatience);
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("stopped"));
  QCOMPARE(it.run.text(1), QStringLiteral("begun "));
  QCOMPARE(it.resting(), QStringList("waits?"));
  over.engine.hold = false;
  QTRY_COMPARE_WITH_TIMEOUT(over.engine.encodes.load(), 2, kPatience);  // the clip again, for the other model
  QTRY_VERIFY_WITH_TIMEOUT(!it.chat().busy(), kPatience);
}

void BackgroundTest::a_confirmation_closes_when_nothing_is_left_to_lose() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(activate(it.run.window));
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  // By the key, also over a page.
  QTest::keyClick(it.run.window, Qt::Key_F1);
  QTRY_VERIFY(it.asks("shortcutSheet"));
  QTest::keyClick(it.run.window, Qt::Key_Q, Qt::ControlModifier);
  QTRY_VERIFY(it.asks("quitQuestion"));
  // Once nothing would be lost any more, the window closes.
  over.engine.hold = false;
  QTRY_VERIFY(!it.run.window->isVisible());
  QCOMPARE(it.run.app.answering()->pending(), 0);
}

void BackgroundTest::postponed_actions_run_once_answers_are_done() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(QTest::qWaitForWindowExposed(it.run.window));
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  it.run.ask("next?");
  QQuickItem* line = it.run.find("losses");
  const auto put_off_quitting = [&] {
    it.run.window->close();
    if (!QTest::qWaitFor([&] { return it.asks("quitQuestion"); }, kPatience)) return false;
    it.answer("quitQuestion", "stay");
    return line->isVisible() && it.run.window->isVisible() && it.chat().busy();
  };
  QVERIFY(put_off_quitting());
  QCOMPARE(line->property("text").toString(),
           QStringLiteral("Answers in progress or waiting: 2. The window closes when they are done."));
  click(visible(line, "act").first());
  QTRY_VERIFY(!line->isVisible());
  over.engine.hold = false;
  QTRY_COMPARE(it.run.app.answering()->pending(), 0);
  QCoreApplication::processEvents();
  QVERIFY(it.run.window->isVisible());
  // Another model too.
  over.engine.hold = true;
  it.run.ask("third?");
  QTRY_COMPARE(it.run.text(5), QStringLiteral("begun "));
  it.run.app.chooseModel("another");
  QTRY_VERIFY(it.asks("modelQuestion"));
  it.answer("modelQuestion", "stay");
  QVERIFY(line->isVisible());
  QCOMPARE(over.engine.script.loads.load(), 1);
  over.engine.hold = false;
  QTRY_COMPARE(over.engine.script.loads.load(), 2);
  QVERIFY(!line->isVisible());
  QTRY_VERIFY(!it.run.app.loading() && !it.chat().busy());
  over.engine.hold = true;
  it.run.ask("fourth?");
  QTRY_COMPARE(it.run.text(7), QStringLiteral("begun "));
  QVERIFY(put_off_quitting());
  over.engine.hold = false;
  QTRY_VERIFY(!it.run.window->isVisible());
  for (const Message& message : ChatStore::open(over.database().toStdString()).messages(*it.chat().session()))
    QCOMPARE(message.state, MessageState::Complete);
}

void BackgroundTest::deleted_or_stopped_answers_give_no_notice() {
  Scripted over(Answers::Held);
  Shown it(over);
  const QSignalSpy told(it.run.app.answering(), &Answering::notified);
  // Deleted here while it is answering.
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  it.run.app.sessions()->remove(*it.chat().session());
  QCOMPARE(it.run.app.answering()->pending(), 0);
  // Deleted by another window.
  QVERIFY(it.begin("clips/trio.mp4", "second?"));
  ChatStore::open(over.database().toStdString()).delete_session(*it.chat().session());
  it.chat().newSession();
  over.engine.hold = false;
  QTRY_COMPARE(it.run.app.answering()->pending(), 0);
  // Stopped, then left.
  over.engine.hold = true;
  QVERIFY(it.begin("clips/crossing.mp4", "third?"));
  it.chat().stop();
  it.chat().newSession();
  QTRY_COMPARE(it.run.app.answering()->pending(), 0);
  QCOMPARE(told.size(), 0);
  QVERIFY(it.toast().isEmpty());
  // Sessions that exist give notices, until they are deleted.
  QVERIFY(it.begin("clips/crossing.mp4", "fourth?"));
  const qint64 id = *it.chat().session();
  it.chat().newSession();
  over.engine.hold = false;
  QTRY_COMPARE(it.toast(), QStringLiteral("The answer in “fourth?” is ready."));
  it.run.app.sessions()->remove(id);
  QVERIFY(it.toast().isEmpty() && !it.run.find("toast")->isVisible());
}

void BackgroundTest::a_file_is_dropped_while_an_answer_runs() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  const qint64 first = *it.chat().session();
  it.run.find("input")->setProperty("text", "half a thought");
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(resource("clips/trio.mp4"))});
  const QPoint middle(it.run.window->width() / 2, it.run.window->height() / 2);
  QDragEnterEvent enter(middle, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(it.run.window, &enter);
  QDropEvent dropped(middle, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(it.run.window, &dropped);
  QTRY_VERIFY(it.chat().video().endsWith("trio.mp4"));
  QCOMPARE(it.chat().rowCount(), 0);
  QCOMPARE(it.run.app.answering()->pending(), 1);
  it.run.ask("second?");
  over.engine.hold = false;
  QTRY_VERIFY(it.run.app.answering()->pending() == 0 && it.chat().rowCount() == 2);
  QVERIFY(it.run.app.trace()->hasMedia());
  it.chat().openSession(first);
  QVERIFY(it.chat().video().endsWith("crossing.mp4"));
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("complete"));
  QCOMPARE(it.run.find("input")->property("text").toString(), QStringLiteral("half a thought"));
}

void BackgroundTest::deleting_a_session_stops_it_and_undo_restores_it() {
  Scripted over(Answers::Held);
  Shown it(over);
  QVERIFY(it.begin("clips/crossing.mp4", "first?"));
  it.run.ask("waits?");
  const qint64 id = *it.chat().session();
  it.chat().newSession();
  it.run.app.sessions()->remove(id);
  QTRY_COMPARE_WITH_TIMEOUT(it.run.app.answering()->pending(), 0, kPatience);
  it.run.app.sessions()->restore(id);
  it.chat().openSession(id);
  QCOMPARE(it.chat().rowCount(), 2);
  QCOMPARE(it.run.text(1), QStringLiteral("begun "));
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("stopped"));
  QTRY_VERIFY(!visible(it.run.find("messages"), "regenerate").isEmpty());
  QCOMPARE(it.resting(), QStringList("waits?"));
  over.engine.hold = false;
}

namespace {
const Registered<BackgroundTest> registered("background");
}  // namespace

}  // namespace sparsight::test

#include "background_test.moc"
