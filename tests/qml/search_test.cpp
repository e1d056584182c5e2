// Searching the sessions by keys and pointer, and restoring what was deleted meanwhile.
#include "tests/qml/chat_support.h"

namespace sparsight::test {

class SearchTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void keys_move_through_the_hits();
  void a_hit_says_where_it_is();
  void versions_that_say_the_same_are_one_hit();
  void a_restored_session_is_visible();
  void undo_after_the_menu();
};

namespace {

// A window with sessions "one", "two" and "three", each with a question and the answer "It is a NAME star."
struct Three : Running {
  explicit Three(const QTemporaryDir& folder, Script& script) : Running(filled(folder), script.door()) {}
  static QString filled(const QTemporaryDir& folder) {
    const QString database = folder.filePath("chats.db");
    ChatStore store = ChatStore::open(database.toStdString());
    for (const char* name : {"one", "two", "three"}) {
      const SessionId id = store.add_session(
          name, SessionMedia{std::string("/clips/") + name + ".mp4", std::string("hash of ") + name, 1});
      (void)store.add_question(id, std::string("What is ") + name + "?");
      store.finish_answer(store.begin_answer(id), std::string("It is a ") + name + " star.", MessageState::Complete);
    }
    return database;
  }
  void type(const QString& words) {
    QTest::keyClick(window, Qt::Key_F, Qt::ControlModifier);
    for (const QChar c : words) QTest::keyClick(window, c.toLatin1());
  }
  [[nodiscard]] QString words() const { return find("search")->property("text").toString(); }
  [[nodiscard]] QQuickItem* row(int at) const { return row_of(find("sessions"), at); }
};

}  // namespace

void SearchTest::keys_move_through_the_hits() {
  const QTemporaryDir folder;
  Script script;
  Three run(folder, script);
  QVERIFY(activate(run.window));
  run.type("star");
  QCOMPARE(run.app.sessions()->rowCount(), 3);
  QVERIFY(run.find("clearSearch")->isVisible());
  // Down and Return open a hit, at its message.
  QSignalSpy wanted(run.app.chat(), &Conversation::messageWanted);
  QTest::keyClick(run.window, Qt::Key_Down);
  QTRY_VERIFY(run.find("sessions")->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Down);
  QCOMPARE(run.find("sessions")->property("currentIndex").toInt(), 1);
  QTest::keyClick(run.window, Qt::Key_Return);
  QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(run.app.sessions()->idAt(1)));
  QCOMPARE(wanted.size(), 1);
  QCOMPARE(wanted.last()[0].toInt(), 1);
  // Up from the first hit leads to the search field; Return there opens the first.
  run.find("sessions")->setProperty("currentIndex", 0);
  QTest::keyClick(run.window, Qt::Key_Up);
  QTRY_VERIFY(run.find("search")->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Return);
  QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(run.app.sessions()->idAt(0)));
  // The opened session gets the keys; in the search field, Esc clears, then leaves.
  QTRY_VERIFY(run.find("sessions")->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Up);
  QTRY_VERIFY(run.find("search")->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Escape);
  QCOMPARE(run.words(), QString());
  QVERIFY(run.find("search")->hasActiveFocus());
  QVERIFY(!run.find("clearSearch")->isVisible());
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find("search")->hasActiveFocus());
  run.type("tw");
  click(run.find("clearSearch"));
  QCOMPARE(run.words(), QString());
  QCOMPARE(run.app.sessions()->rowCount(), 3);
}

void SearchTest::a_hit_says_where_it_is() {
  const QTemporaryDir folder;
  Script script;
  Three run(folder, script);
  QVERIFY(activate(run.window));
  run.type("star");
  lay_out(run.window);
  for (int at = 0; at < 3; ++at) {
    QTRY_VERIFY(run.row(at) != nullptr);
    QQuickItem* row = run.row(at);
    const QString title = row->property("title").toString();
    QCOMPARE(row->property("excerpt").toString(), "It is a " + title + " star.");
    QCOMPARE(row->property("detail").toString(), title + ".mp4");
    const auto file = visible(row, "sessionFile"), time = visible(row, "sessionTime"),
               said = visible(row, "sessionExcerpt");
    QVERIFY(file.size() == 1 && time.size() == 1 && said.size() == 1);
    QVERIFY(file[0]->width() > 0 && time[0]->width() >= time[0]->implicitWidth());
    QVERIFY(!time[0]->property("text").toString().isEmpty());
  }
}

void SearchTest::versions_that_say_the_same_are_one_hit() {
  ChatStore store = ChatStore::open(":memory:");
  const SessionId id = store.add_session("a session");
  (void)store.add_question(id, "What is it?");
  const MessageId first = store.begin_answer(id);
  store.finish_answer(first, "It is a star.", MessageState::Complete);
  const MessageId again = store.begin_answer(id, first);
  store.finish_answer(again, "It is a star.", MessageState::Complete);
  StoreThread writes(store, std::chrono::milliseconds(kPatience));
  SessionList list(writes);
  list.setSearch("star");
  QCOMPARE(list.rowCount(), 1);
  QCOMPARE(list.hitAt(0), static_cast<qint64>(again));
  store.choose(first);
  list.setSearch("a star");
  QCOMPARE(list.rowCount(), 1);
  QCOMPARE(list.hitAt(0), static_cast<qint64>(first));  // the one that is shown
  store.finish_answer(store.begin_answer(id, first), "It is a red star.", MessageState::Complete);
  list.setSearch("star");
  QCOMPARE(list.rowCount(), 2);
  // The same text elsewhere is another hit.
  const SessionId other = store.add_session("another");
  (void)store.add_question(other, "What is it?");
  store.finish_answer(store.begin_answer(other), "It is a star.", MessageState::Complete);
  list.setSearch("a star");
  QCOMPARE(list.rowCount(), 3);
}

void SearchTest::a_restored_session_is_visible() {
  const QTemporaryDir folder;
  Script script;
  Three run(folder, script);
  QVERIFY(activate(run.window));
  SessionList& list = *run.app.sessions();
  const qint64 gone = list.idAt(2);
  run.find("sessions")->setProperty("currentIndex", 2);
  run.find("sessions")->forceActiveFocus(Qt::TabFocusReason);
  QTest::keyClick(run.window, Qt::Key_Delete);
  QCOMPARE(list.rowCount(), 2);
  run.find("search")->setProperty("text", "nothing like it");
  QCOMPARE(list.rowCount(), 0);
  click(run.find("undoDelete"));
  QCOMPARE(run.words(), QString());
  QVERIFY(list.rowOf(gone) >= 0);
  QCOMPARE(run.find("sessions")->property("currentIndex").toInt(), list.rowOf(gone));
  // If the search finds it, the search stays.
  run.find("search")->setProperty("text", "star");
  list.remove(gone);
  QCOMPARE(list.rowCount(), 2);
  click(run.find("undoDelete"));
  QCOMPARE(run.words(), QStringLiteral("star"));
  QCOMPARE(list.rowCount(), 3);
  QCOMPARE(run.find("sessions")->property("currentIndex").toInt(), list.rowOf(gone));
}

void SearchTest::undo_after_the_menu() {
  const QTemporaryDir folder;
  Script script;
  Three run(folder, script);
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_L, Qt::ControlModifier);
  QTRY_VERIFY(run.find("input")->hasActiveFocus());
  for (const Qt::Key key : {Qt::Key_A, Qt::Key_B}) QTest::keyClick(run.window, key);
  lay_out(run.window);
  QQuickItem* row = run.row(1);
  QVERIFY(row != nullptr);
  auto* menu = run.find<QObject>("sessionMenu");
  QVERIFY(menu != nullptr);
  QMetaObject::invokeMethod(row, "menuWanted");
  QTRY_VERIFY(menu->property("opened").toBool());
  auto* entry = run.find("deleteSession");
  QVERIFY(entry != nullptr);
  lay_out(run.window);
  QTest::mouseClick(run.window, Qt::LeftButton, {},
                    entry->mapToScene({entry->width() / 2, entry->height() / 2}).toPoint());
  QTRY_COMPARE(run.app.sessions()->rowCount(), 2);
  QTRY_VERIFY(run.find("sessions")->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Z, Qt::ControlModifier);
  QTRY_COMPARE(run.app.sessions()->rowCount(), 3);
  QCOMPARE(run.find("input")->property("text").toString(), QStringLiteral("ab"));
}

namespace {
const Registered<SearchTest> registered("search");
}  // namespace

}  // namespace sparsight::test

#include "search_test.moc"
