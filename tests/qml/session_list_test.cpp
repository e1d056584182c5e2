// The list of sessions: keys, undo, import of files.
#include "core/chat/export.h"
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <fmt/format.h>

#include <QAbstractItemModelTester>
#include <QQmlComponent>
#include <QQmlContext>
#include <QQmlExpression>
#include <QTcpServer>

#include <random>

namespace sparsight::test {

class SessionListTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void keys_open_rename_delete_undo();
  void imports();
  void hostile_imports_change_nothing();
  void the_window_responds_during_a_large_import();
  void closing_ends_an_import();
  void what_was_clicked_or_opened_takes_the_keys();
  void ten_thousand_sessions();
  void rows_come_go_and_move_one_by_one();
  void list_keeps_its_place();
  void open_session_is_marked_deleted_and_brought_back();
  void found_by_title_and_file();
  void nothing_is_loaded_that_a_text_names();
};

namespace {

QString write(const QTemporaryDir& folder, const char* name, const QByteArray& text) {
  QFile file(folder.filePath(name));
  if (!file.open(QIODevice::WriteOnly)) return {};
  file.write(text);
  return file.fileName();
}

constexpr int kSessions = 60, kMessages = 100;

QByteArray much() {
  QByteArray text = R"({"format": "sparsight-sessions", "version": 1, "sessions": [)";
  for (int i = 0; i < kSessions; ++i) {
    text += QByteArray(i == 0 ? "" : ", ") + R"({"title": "imported", "created_ms": 1, "messages": [)";
    for (int j = 0; j < kMessages; ++j)
      text += QByteArray(j == 0 ? "" : ", ") + R"({"role": "question", "text": "needle )" + QByteArray(300, 'x') +
              R"(", "state": "complete", "created_ms": 2})";
    text += "]}";
  }
  return text + "]}";
}

qint64 id_of(SessionList& list, int row) { return list.data(list.index(row), SessionList::IdRole).toLongLong(); }

QString title(SessionList& list, int row) { return list.data(list.index(row), SessionList::TitleRole).toString(); }

}  // namespace

void SessionListTest::keys_open_rename_delete_undo() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    for (const char* name : {"one", "two", "three"})
      (void)store.add_question(store.add_session(name), std::string("What is ") + name + "?");
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QCOMPARE(list.rowCount(), 3);
  QVERIFY(activate(run.window));
  QQuickItem* view = run.find("sessions");
  view->forceActiveFocus(Qt::TabFocusReason);
  QCOMPARE(view->property("currentIndex").toInt(), 0);
  QTest::keyClick(run.window, Qt::Key_Down);
  QCOMPARE(view->property("currentIndex").toInt(), 1);
  QTest::keyClick(run.window, Qt::Key_Return);
  QCOMPARE(run.app.chat()->title(), title(list, 1));

  QTest::keyClick(run.window, Qt::Key_F2);
  QTRY_VERIFY(run.find<QObject>("renameDialog")->property("opened").toBool());
  run.find<QObject>("newName")->setProperty("text", "another name");
  QTest::keyClick(run.window, Qt::Key_Return);
  QTRY_VERIFY(!run.find<QObject>("renameDialog")->property("visible").toBool());
  QStringList titles;
  for (int row = 0; row < 3; ++row) titles << title(list, row);
  QVERIFY(titles.contains("another name"));

  view->forceActiveFocus(Qt::TabFocusReason);
  view->setProperty("currentIndex", 0);
  const QString gone = title(list, 0);
  QTest::keyClick(run.window, Qt::Key_Delete);
  QCOMPARE(list.rowCount(), 2);
  QVERIFY(title(list, 0) != gone);
  QTest::keyClick(run.window, Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(list.rowCount(), 3);
  QTest::keyClick(run.window, Qt::Key_Z, Qt::ControlModifier);  // nothing more to undo
  QCOMPARE(list.rowCount(), 3);
}

void SessionListTest::imports() {
  const QTemporaryDir folder;
  ChatStore from = ChatStore::open(folder.filePath("from.db").toStdString());
  constexpr std::int64_t kThen = 1'700'000'000'000;
  const SessionId id = from.add_session({.title = "Kürbis & <b>", .created_ms = kThen, .updated_ms = kThen});
  (void)from.add_message(id, {.text = "What is it?", .created_ms = kThen + 60'000});
  const QString json = write(folder, "a.json", QByteArray::fromStdString(export_json(from, {id})));
  const QString markdown = write(folder, "a.md", QByteArray::fromStdString(export_markdown(from, id)));
  ChatStore store = ChatStore::open(folder.filePath("to.db").toStdString());
  StoreThread writes(store, std::chrono::milliseconds(kPatience));
  SessionList list(writes);
  QSignalSpy imported(&list, &SessionList::imported), errors(&list, &SessionList::errorOccurred);
  for (const QString& file : {QUrl::fromLocalFile(json).toString(), markdown}) {
    list.importFile(file);
    QVERIFY(list.importing());
    QTRY_VERIFY(!list.importing());
  }
  QCOMPARE(errors.size(), 0);
  QCOMPARE(imported.size(), 2);
  QCOMPARE(list.rowCount(), 2);
  QCOMPARE(title(list, 0), QStringLiteral("Kürbis & <b>"));
  QCOMPARE(store.messages(imported[0][1].toLongLong()).at(0).text, std::string("What is it?"));
  for (const Session& session : store.sessions()) QCOMPARE(local_time(session.updated_ms), local_time(kThen + 60'000));
  QCOMPARE(store.session(imported[0][1].toLongLong())->created_ms, kThen);
}

void SessionListTest::hostile_imports_change_nothing() {
  const QTemporaryDir folder;
  ChatStore store = ChatStore::open(folder.filePath("chats.db").toStdString());
  StoreThread writes(store, std::chrono::milliseconds(kPatience));
  SessionList list(writes);
  QSignalSpy errors(&list, &SessionList::errorOccurred);
  const QByteArray half =
      R"({"format": "sparsight-sessions", "version": 1, "sessions": [{"title": "a", "messages": []}, {"title": 3}]})";
  int told = 0;
  for (const QByteArray& text :
       {QByteArray("{"), QByteArray("{}"), QByteArray(), half, QByteArray("no chat at all"), QByteArray(200'000, '['),
        "{\"a\":" + QByteArray(200'000, '['), QByteArray(4096, '\xff')}) {
    list.importFile(write(folder, "bad.json", text));
    ++told;
    QTRY_COMPARE(errors.size(), told);
    QCOMPARE(list.rowCount(), 0);
  }
  for (const QString& file : {folder.path(), folder.filePath("no such file.json"), QStringLiteral("/dev/zero")}) {
    list.importFile(file);
    ++told;
    QTRY_COMPARE(errors.size(), told);
  }
  // A sparse file above the limit, which is not read.
  QFile large(folder.filePath("large.json"));
  QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(static_cast<qint64>(kMostImport) + 1));
  list.importFile(large.fileName());
  ++told;
  QTRY_COMPARE(errors.size(), told);
  QVERIFY(errors.last()[0].toString().contains("expected at most"));
  QCOMPARE(list.rowCount(), 0);
}

void SessionListTest::the_window_responds_during_a_large_import() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const QString file = write(folder, "much.json", much());
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  const auto kept = [&] { return ChatStore::open(database.toStdString()); };
  // Stopped between its parts, nothing of it remains.
  QSignalSpy imported(&list, &SessionList::imported);
  list.importFile(file);
  QTRY_VERIFY(run.find("importRow")->isVisible());
  QVERIFY(!run.find<QObject>("importSessions")->property("enabled").toBool());
  QTRY_VERIFY(list.importProgress() > 0);
  QVERIFY(list.importProgress() < 1);
  QCOMPARE(list.rowCount(), 0);
  // The window can write meanwhile: it waits for one part at most.
  run.app.chat()->setDraft("typed meanwhile");
  run.app.chat()->keepDraft();
  QCOMPARE(kept().draft({}), std::string("typed meanwhile"));
  QVERIFY(list.importing());
  QMetaObject::invokeMethod(run.find("stopImport"), "clicked");
  QTRY_VERIFY(!list.importing());
  QVERIFY(!run.find("importRow")->isVisible());
  QCOMPARE(imported.size(), 0);
  QVERIFY(run.app.notice().isEmpty());
  QVERIFY(kept().sessions().empty() && kept().search("needle").empty());
  QCOMPARE(kept().purge_deleted(0), std::size_t{0});
  // Again, to the end.
  list.importFile(file);
  QTRY_COMPARE(imported.size(), 1);
  QCOMPARE(list.rowCount(), kSessions);
  QCOMPARE(kept().sessions().back().messages, std::size_t{kMessages});
  QCOMPARE(run.app.chat()->rowCount(), kMessages);
}

void SessionListTest::closing_ends_an_import() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db"), file = write(folder, "much.json", much());
  {
    Script script;
    Running run(database, script.door());
    run.app.sessions()->importFile(file);
    QTRY_VERIFY(run.app.sessions()->importProgress() > 0);
    QVERIFY(run.app.sessions()->importing());
  }
  ChatStore store = ChatStore::open(database.toStdString());
  QVERIFY(store.sessions().empty() && store.search("needle").empty());
  QVERIFY(store.purge_deleted(0) > 0);  // closing did not wait for that
}

void SessionListTest::what_was_clicked_or_opened_takes_the_keys() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    for (const char* name : {"one", "two", "three"}) (void)store.add_session(name);
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QVERIFY(activate(run.window));
  lay_out(run.window);
  run.find("input")->forceActiveFocus();
  const QString clicked = title(list, 1);
  click_on(run.window, row_of(run.find("sessions"), 1));
  QCOMPARE(run.app.chat()->title(), clicked);
  QTest::keyClick(run.window, Qt::Key_F2);
  QTRY_VERIFY(run.find<QObject>("renameDialog")->property("opened").toBool());
  QCOMPARE(run.find<QObject>("newName")->property("text").toString(), clicked);
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find<QObject>("renameDialog")->property("visible").toBool());
  QTest::keyClick(run.window, Qt::Key_Delete);
  QCOMPARE(list.rowCount(), 2);
  // Also when opened from the search.
  run.find("search")->forceActiveFocus();
  const QString found = title(list, std::max(0, run.find("sessions")->property("currentIndex").toInt()));
  QTest::keyClick(run.window, Qt::Key_Return);
  QCOMPARE(run.app.chat()->title(), found);
  QTest::keyClick(run.window, Qt::Key_Delete);
  QCOMPARE(list.rowCount(), 1);
  QVERIFY(title(list, 0) != found);
}

void SessionListTest::ten_thousand_sessions() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    for (int i = 0; i < 10'000; ++i) (void)store.add_session(fmt::format("Session {}", i));
    batch.commit();
  }
  Script script;
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QCOMPARE(run.app.sessions()->rowCount(), 10'000);
  QElapsedTimer clock;
  clock.start();
  run.app.sessions()->refresh();
  QCOMPARE(run.window->grabWindow().isNull(), false);
  qInfo("10,000 sessions listed and drawn anew: %lld ms", static_cast<long long>(clock.elapsed()));
  run.app.sessions()->setSearch("nowhere");
  QCOMPARE(run.app.sessions()->rowCount(), 0);
}

// After any change the rows are those of the store, and each index moves with its session.
void SessionListTest::rows_come_go_and_move_one_by_one() {
  ChatStore store = ChatStore::open(":memory:");
  std::mt19937 random(7);
  const auto any = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::int64_t now = 1'700'000'000'000;
  for (int i = 0; i < 40; ++i)
    (void)store.add_session({.title = fmt::format("s{}", i), .created_ms = now, .updated_ms = ++now});
  StoreThread writes(store, std::chrono::milliseconds(kPatience));
  SessionList list(writes);
  const QAbstractItemModelTester tester(&list, QAbstractItemModelTester::FailureReportingMode::QtTest);
  QSignalSpy resets(&list, &SessionList::modelReset);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::pair<QPersistentModelIndex, qint64>> held;
    for (int row = 0; row < list.rowCount(); ++row) held.emplace_back(list.index(row), id_of(list, row));
    for (std::size_t change = any(6) + 1; change > 0; --change) {
      const std::vector<Session> all = store.sessions();
      const SessionId id = all.empty() ? 0 : all[any(all.size())].id;
      switch (any(6)) {
        case 0:
          (void)store.add_session(
              {.title = "new", .created_ms = now, .updated_ms = now - 100 + static_cast<int>(any(200))});
          break;
        case 1:
          if (id != 0 && all.size() > 5) store.delete_session(id);
          break;
        case 2:
          if (id != 0) store.pin_session(id, any(2) == 0);
          break;
        case 3:
          if (id != 0) store.rename_session(id, fmt::format("r{}", round));
          break;
        default:
          if (id != 0) (void)store.add_message(id, {.text = "x", .created_ms = ++now});
      }
    }
    list.refresh();
    const std::vector<Session> all = store.sessions();
    QCOMPARE(list.rowCount(), static_cast<int>(all.size()));
    for (int row = 0; row < list.rowCount(); ++row) {
      QCOMPARE(id_of(list, row), static_cast<qint64>(all[static_cast<std::size_t>(row)].id));
      QCOMPARE(title(list, row).toStdString(), all[static_cast<std::size_t>(row)].title);
    }
    for (const auto& [index, id] : held)
      if (index.isValid()) QCOMPARE(index.data(SessionList::IdRole).toLongLong(), id);
  }
  QCOMPARE(resets.size(), 0);
  // A session that is used moves alone.
  QSignalSpy moved(&list, &SessionList::rowsMoved), inserted(&list, &SessionList::rowsInserted),
      removed(&list, &SessionList::rowsRemoved);
  (void)store.add_message(id_of(list, list.rowCount() - 1), {.text = "x", .created_ms = ++now});
  list.refresh();
  QCOMPARE(moved.size(), 1);
  QCOMPARE(inserted.size() + removed.size(), 0);
}

void SessionListTest::list_keeps_its_place() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    for (int i = 0; i < 300; ++i)
      (void)store.add_session({.title = fmt::format("Session {}", i), .created_ms = i, .updated_ms = i});
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QQuickItem* view = run.find("sessions");
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  QMetaObject::invokeMethod(view, "positionViewAtIndex", Q_ARG(int, 150), Q_ARG(int, 0));  // at the top of the view
  view->setProperty("currentIndex", 152);
  QTRY_VERIFY(row_of(view, 151) != nullptr);
  const qint64 looked_at = id_of(list, 151), current = id_of(list, 152);
  const auto place = [&] {
    QQuickItem* item = row_of(view, list.rowOf(looked_at));
    return item == nullptr ? -1000.0 : item->y() - view->property("contentY").toDouble();
  };
  const double before = place();
  ChatStore other = ChatStore::open(database.toStdString());
  for (int i = 0; i < 5; ++i) (void)other.add_session(fmt::format("Newer {}", i));
  (void)other.add_question(id_of(list, 200), "moves to the top");
  other.delete_session(id_of(list, 10));
  other.rename_session(id_of(list, 20), "another name");
  list.refresh();
  QCOMPARE(list.rowOf(looked_at), 156);
  QTRY_COMPARE(place(), before);
  QCOMPARE(id_of(list, view->property("currentIndex").toInt()), current);
  // At its start, the list shows new sessions.
  QMetaObject::invokeMethod(view, "positionViewAtBeginning");
  (void)other.add_session("Newest");
  list.refresh();
  QTRY_VERIFY(row_of(view, 0) != nullptr && row_of(view, 0)->y() >= view->property("contentY").toDouble());
  QCOMPARE(title(list, 0), QStringLiteral("Newest"));
}

void SessionListTest::open_session_is_marked_deleted_and_brought_back() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  SessionId id = 0;
  {
    ChatStore store = ChatStore::open(database.toStdString());
    (void)store.add_session("another");
    id = store.add_session("the one");
    const MessageId question = store.add_question(id, "What is it?");
    store.finish_answer(store.begin_answer(id), "A star.", MessageState::Complete);
    (void)store.add_question(id, "What was it?", question);
    store.choose(question);
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QQuickItem* view = run.find("sessions");
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  const auto marked = [&] {
    QList<qint64> ids;
    for (int row = 0; row < list.rowCount(); ++row)
      if (QQuickItem* item = row_of(view, row); item != nullptr && item->property("open").toBool())
        ids << id_of(list, row);
    return ids;
  };
  QCOMPARE(marked(), QList<qint64>());
  run.app.chat()->openSession(id);
  QTRY_COMPARE(marked(), QList<qint64>{id});
  QCOMPARE(run.app.chat()->rowCount(), 2);
  list.remove(id);
  QCOMPARE(run.app.chat()->rowCount(), 0);
  QCOMPARE(run.app.chat()->title(), QString());
  QCOMPARE(list.open(), qint64{0});
  QCOMPARE(marked(), QList<qint64>());
  QMetaObject::invokeMethod(run.find("undoDelete"), "clicked");
  QTRY_COMPARE(marked(), QList<qint64>{id});
  QCOMPARE(run.app.chat()->title(), QStringLiteral("the one"));
  QCOMPARE(run.text(1), QStringLiteral("A star."));
  {
    ChatStore store = ChatStore::open(database.toStdString());
    QCOMPARE(store.all_messages(id).size(), std::size_t{3});
    QCOMPARE(store.messages(id).front().versions, std::size_t{2});
  }
  // Sessions deleted one after the other come back in turn.
  const qint64 other = id_of(list, list.rowOf(id) == 0 ? 1 : 0);
  list.remove(other);
  QCOMPARE(run.app.chat()->title(), QStringLiteral("the one"));
  list.remove(id);
  QMetaObject::invokeMethod(run.find("undoDelete"), "clicked");
  QCOMPARE(run.app.chat()->title(), QStringLiteral("the one"));
  QCOMPARE(list.rowCount(), 1);
  QMetaObject::invokeMethod(run.find("undoDelete"), "clicked");
  QCOMPARE(list.rowCount(), 2);
  QCOMPARE(run.app.chat()->title(), QStringLiteral("the one"));
}

void SessionListTest::found_by_title_and_file() {
  ChatStore store = ChatStore::open(":memory:");
  const SessionId id = store.add_session("Kürbis", SessionMedia{"/clips/pumpkin.mp4", "00", 1});
  (void)store.add_question(id, "What is it?");
  const MessageId question = store.add_question(store.add_session("Is that a pumpkin?"), "Is that a pumpkin?");
  StoreThread writes(store, std::chrono::milliseconds(kPatience));
  SessionList list(writes);
  list.setSearch("pumpkin");
  QCOMPARE(list.rowCount(), 2);
  QCOMPARE(list.data(list.index(0), SessionList::HitRole).toLongLong(), qint64{0});
  QCOMPARE(list.data(list.index(0), SessionList::DetailRole).toString(), QStringLiteral("pumpkin.mp4"));
  QCOMPARE(list.data(list.index(1), SessionList::HitRole).toLongLong(), static_cast<qint64>(question));
  list.rename(id, "Melone");
  list.setSearch("kurbis");
  QCOMPARE(list.rowCount(), 0);
  list.setSearch("melo");
  QCOMPARE(list.rowCount(), 1);
  QCOMPARE(id_of(list, 0), static_cast<qint64>(id));
  list.setSearch("");
  QCOMPARE(list.rowCount(), 2);
}

void SessionListTest::nothing_is_loaded_that_a_text_names() {
  QTcpServer server;
  QVERIFY(server.listen(QHostAddress::LocalHost));
  const QString title =
      QStringLiteral("<b>bold</b> <img src=\"http://127.0.0.1:%1/title.png\" width=\"20\" height=\"20\"> ")
          .arg(server.serverPort()) +
      QStringLiteral("long ").repeated(40);
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  static_cast<void>(ChatStore::open(database.toStdString()).add_session(title.toStdString(), {}));
  Script script;
  Running run(database, script.door());
  QVERIFY(activate(run.window));
  lay_out(run.window);
  QQuickItem* list = run.find("sessions");
  const QQuickItem* row = row_of(list, 0);
  QTest::mouseMove(run.window, row->mapToScene({row->width() / 2, 14}).toPoint());
  auto* tip = qvariant_cast<QObject*>(QQmlExpression(qmlContext(list), list, "ToolTip.toolTip").evaluate());
  QVERIFY(tip != nullptr);
  QTRY_VERIFY(tip->property("visible").toBool());
  QVERIFY(tip->property("text").toString().startsWith("<b>bold</b> <img"));
  QCOMPARE(tip->property("contentItem").value<QQuickItem*>()->property("textFormat").toInt(), 0);  // PlainText
  // Also for a text that is markup.
  QQmlComponent rich(&run.qml);
  rich.setData("import QtQuick\nText { textFormat: Text.RichText }", {});
  const std::unique_ptr<QObject> text(rich.create());
  qobject_cast<QQuickItem*>(text.get())->setParentItem(run.window->contentItem());
  text->setProperty("text", title);
  lay_out(run.window);
  QVERIFY(!server.waitForNewConnection(500));
  warnings().clear();  // Qt warns that the picture could not be loaded
}

namespace {
const Registered<SessionListTest> registered("session_list");
}  // namespace

}  // namespace sparsight::test

#include "session_list_test.moc"
