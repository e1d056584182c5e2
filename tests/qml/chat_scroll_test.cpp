// Scrolling the messages: what is followed, what stays, how to return to the end, and showing search hits.
#include "tests/qml/chat_support.h"

namespace sparsight::test {

class ChatScrollTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void the_end_is_followed_only_from_the_end();
  void keys_and_other_widths();
  void a_search_hit_is_shown_and_marked();
  void the_input_follows_the_cursor_and_scrolls();
  void the_input_is_limited();
};

namespace {

constexpr int kPairs = 40;

// A session of long and short messages.
SessionId long_session(const QString& database) {
  ChatStore store = ChatStore::open(database.toStdString());
  const SessionId id = store.add_session("long");
  for (int i = 0; i < kPairs; ++i) {
    (void)store.add_question(id, "Question " + std::to_string(i) + "?");
    const MessageId answer = store.begin_answer(id);
    std::string text = "Answer " + std::to_string(i) + ".";
    for (int k = 0; k < (i * 7) % 60; ++k) text += " More is said about it.";
    store.finish_answer(answer, text, MessageState::Complete);
  }
  return id;
}

struct List {
  explicit List(const Running& run) : window(run.window), item(run.find("messages")), latest(run.find("toLatest")) {}
  QQuickWindow* window;
  QQuickItem* item;
  QQuickItem* latest;

  [[nodiscard]] double y() const { return item->property("contentY").toDouble(); }
  [[nodiscard]] bool at_end() const {
    return y() + item->height() >=
           item->property("originY").toDouble() + item->property("contentHeight").toDouble() - 4;
  }
  [[nodiscard]] bool scrolls() const { return item->property("contentHeight").toDouble() > 2 * item->height(); }
  void wheel(int steps) const {
    const QPointF at = item->mapToScene({item->width() / 2, item->height() / 2});
    QWheelEvent event(at, window->mapToGlobal(at), {}, {0, 120 * steps}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    event.setTimestamp(static_cast<quint64>(QDateTime::currentMSecsSinceEpoch()));  // the scroll distance depends on it
    QGuiApplication::sendEvent(window, &event);
  }
  // The item in the middle of the view, and where it begins there.
  [[nodiscard]] std::pair<int, double> middle() const {
    QQuickItem* at = nullptr;
    for (double beside = 0; at == nullptr && beside < 40; beside += 10)  // not between two of them
      QMetaObject::invokeMethod(item, "itemAt", Q_RETURN_ARG(QQuickItem*, at), Q_ARG(double, 20.0),
                                Q_ARG(double, y() + item->height() / 2 + beside));
    return at == nullptr ? std::pair(-1, 0.0) : std::pair(at->property("index").toInt(), at->y() - y());
  }
  // Where the view is, for the message of a failure.
  [[nodiscard]] QString told() const {
    return QStringLiteral("at %1 of %2 + %3, %4 high, %5")
        .arg(y())
        .arg(item->property("originY").toDouble())
        .arg(item->property("contentHeight").toDouble())
        .arg(item->height())
        .arg(rests() ? QStringLiteral("at rest") : QStringLiteral("moving"));
  }
  [[nodiscard]] bool rests() const { return !item->property("moving").toBool(); }
  // The delegate of a row that is completely in view.
  [[nodiscard]] QQuickItem* in_view(int row) const {
    QQuickItem* at = row_of(item, row);
    const bool in = at != nullptr && at->y() >= y() - 1 && at->y() < y() + item->height();
    return in ? at : nullptr;
  }
};

}  // namespace

void ChatScrollTest::the_end_is_followed_only_from_the_end() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const SessionId id = long_session(database);
  Script script;
  script.pause = std::chrono::milliseconds(30);
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  Conversation& chat = *run.app.chat();
  chat.openSession(id);
  const List list(run);
  QTRY_VERIFY_WITH_TIMEOUT(list.scrolls() && list.at_end(), kPatience);
  QVERIFY(!list.latest->isVisible());

  // A growing answer moves the view.
  run.ask("And now?");
  const int last = 2 * kPairs + 1;
  for (const int length : {50, 200, 400}) {
    QTRY_VERIFY_WITH_TIMEOUT(run.text(last).size() > length, kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(list.at_end(), kPatience);
  }
  // Scrolled away from the end, the view stays, however much text arrives.
  const auto turn = [&](int steps, bool away) {  // until it is away from the end, or back there
    const auto done = [&] { return list.latest->isVisible() == away && list.at_end() != away && list.rests(); };
    for (int i = 0; i < 1000 && !done(); ++i) {
      list.wheel(steps);
      (void)QTest::qWaitFor(done, 100);
    }
    return done();
  };
  QVERIFY(turn(3, true));
  QVERIFY(!list.at_end());
  const auto place = list.middle();
  QVERIFY(place.first >= 0 && place.first < last);
  const qsizetype said = run.text(last).size();
  QTRY_VERIFY_WITH_TIMEOUT(run.text(last).size() > said + 100, kPatience);
  QVERIFY(chat.busy());
  QCOMPARE(list.middle().first, place.first);
  QVERIFY(std::abs(list.middle().second - place.second) < 1);
  chat.stop();
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  QCOMPARE(list.middle().first, place.first);

  // Back by the button, by the wheel, and by asking.
  click(list.latest);
  QTRY_VERIFY_WITH_TIMEOUT(list.at_end() && !list.latest->isVisible(), kPatience);
  QVERIFY(turn(3, true));
  QVERIFY2(turn(-3, false), qPrintable(list.told()));
  QVERIFY(list.at_end());
  QVERIFY(turn(3, true));
  run.ask("Once more?");
  QTRY_VERIFY_WITH_TIMEOUT(run.text(last + 2).size() > 100 && list.at_end(), kPatience);
  chat.stop();
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
}

void ChatScrollTest::keys_and_other_widths() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const SessionId id = long_session(database);
  Script script;
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  run.window->requestActivate();
  QVERIFY(QTest::qWaitForWindowActive(run.window));
  run.app.chat()->openSession(id);
  const List list(run);
  QTRY_VERIFY_WITH_TIMEOUT(list.scrolls() && list.at_end(), kPatience);
  // Other line breaks change all heights.
  run.app.settings()->setChatWidth(300);
  QTRY_VERIFY_WITH_TIMEOUT(list.item->width() < 300 && list.at_end(), kPatience);
  list.item->forceActiveFocus(Qt::TabFocusReason);
  still(run.window);
  QVERIFY(list.at_end() && !list.latest->isVisible());
  QTest::keyClick(run.window, Qt::Key_PageUp);
  QTRY_VERIFY_WITH_TIMEOUT(list.latest->isVisible(), kPatience);
  QTest::keyClick(run.window, Qt::Key_End);
  QTRY_VERIFY_WITH_TIMEOUT(list.at_end() && !list.latest->isVisible(), kPatience);
  QTest::keyClick(run.window, Qt::Key_Home);
  QTRY_VERIFY_WITH_TIMEOUT(list.in_view(0) != nullptr, kPatience);
  run.app.settings()->setChatWidth(500);
  QTRY_VERIFY_WITH_TIMEOUT(list.in_view(0) != nullptr && list.latest->isVisible(), kPatience);
}

void ChatScrollTest::a_search_hit_is_shown_and_marked() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const SessionId id = long_session(database);
  MessageId early = 0, hidden = 0;
  {
    ChatStore store = ChatStore::open(database.toStdString());
    early = store.messages(id).at(7).id;  // an answer
    // One that another version hides.
    const MessageId question = store.messages(id).at(20).id;
    hidden = store.messages(id).at(25).id;
    (void)store.add_question(id, "Put otherwise?", question);
  }
  Script script;
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  const List list(run);
  run.app.chat()->openSession(id, early);
  QTRY_VERIFY_WITH_TIMEOUT(list.in_view(7) != nullptr, kPatience);
  QCOMPARE(list.item->property("marked").toInt(), 7);
  QVERIFY(list.latest->isVisible());
  QCOMPARE(run.app.chat()->rowCount(), 21);
  // In the session that is open, on a path that is not shown.
  run.app.chat()->openSession(id, hidden);
  QCOMPARE(run.app.chat()->rowCount(), 2 * kPairs);
  QTRY_VERIFY_WITH_TIMEOUT(list.in_view(25) != nullptr, kPatience);
  QCOMPARE(list.item->property("marked").toInt(), 25);
}

namespace {
const Registered<ChatScrollTest> registered("chat_scroll");
}  // namespace

void ChatScrollTest::the_input_follows_the_cursor_and_scrolls() {
  Scripted over;
  Running run(over.database(), over.engine.door());
  QVERIFY(activate(run.window));
  QQuickItem *input = run.find("input"), *view = run.find("typed");
  input->forceActiveFocus();
  const double one_line = view->height();
  for (int i = 0; i < 40; ++i) QTest::keyClick(run.window, Qt::Key_Return, Qt::ShiftModifier);
  QTest::keyClick(run.window, Qt::Key_X);
  lay_out(run.window);
  const auto cursor_is_seen = [&] {
    const QRectF cursor = input->mapRectToItem(view, input->property("cursorRectangle").toRectF());
    return cursor.top() >= -1 && cursor.bottom() <= view->height() + 1;
  };
  QTRY_VERIFY(cursor_is_seen());
  QVERIFY(view->height() > one_line && view->height() < input->property("contentHeight").toDouble());
  const double end = view->property("contentY").toDouble();
  QVERIFY(end > 0);
  const QPointF at = view->mapToScene({view->width() / 2, view->height() / 2});
  QWheelEvent wheel(at, run.window->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                    false);
  wheel.setTimestamp(static_cast<quint64>(QDateTime::currentMSecsSinceEpoch()));
  QGuiApplication::sendEvent(run.window, &wheel);
  QTRY_VERIFY(view->property("contentY").toDouble() < end);
  QTest::keyClick(run.window, Qt::Key_Home, Qt::ControlModifier);
  QTRY_VERIFY(cursor_is_seen());
  QTRY_VERIFY(view->property("contentY").toDouble() < 1);
}

void ChatScrollTest::the_input_is_limited() {
  Scripted over;
  const int most = Conversation::mostTyped();
  ChatStore::open(over.database().toStdString()).set_draft({}, std::string(1 << 20, 'x'));  // of an older version
  Running run(over.database(), over.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  QQuickItem *input = run.find("input"), *word = run.find("typedEnough");
  const auto length = [&] { return input->property("text").toString().size(); };
  QCOMPARE(length(), most);
  QVERIFY(word->isVisible());
  input->setProperty("text", "short");
  QVERIFY(!word->isVisible());
  QCOMPARE(run.app.chat()->draft(), QStringLiteral("short"));
  input->setProperty("text", QString(most + 10, 'y'));
  QCOMPARE(length(), most);
  QVERIFY(word->isVisible());
  input->setProperty("text", QString(most + 10, 'y'));  // the same again
  QCOMPARE(length(), most);
  // No half of a character is kept.
  input->setProperty("text", QString(most - 1, 'y') + QString::fromUtf8("\U0001f600"));
  QCOMPARE(length(), most - 1);
  run.app.chat()->keepDraft();
  QCOMPARE(ChatStore::open(over.database().toStdString()).draft({}),
           std::string(static_cast<std::size_t>(most - 1), 'y'));
}

}  // namespace sparsight::test

#include "chat_scroll_test.moc"
