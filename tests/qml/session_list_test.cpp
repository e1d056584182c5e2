// The list of sessions: keys, undo, import of what others wrote.
#include "core/chat_export.h"
#include "tests/qml/app_support.h"

namespace sparsight::test {

class SessionListTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void keys_open_rename_delete_undo();
  void imports();
  void hostile_imports_change_nothing();
  void ten_thousand_sessions();
};

namespace {

QString write(const QTemporaryDir& folder, const char* name, const QByteArray& text) {
  QFile file(folder.filePath(name));
  if (!file.open(QIODevice::WriteOnly)) return {};
  file.write(text);
  return file.fileName();
}

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
  const SessionId id = from.add_session("Kürbis & <b>");
  (void)from.add_question(id, "What is it?");
  const QString json = write(folder, "a.json", QByteArray::fromStdString(export_json(from, {id})));
  const QString markdown = write(folder, "a.md", QByteArray::fromStdString(export_markdown(from, id)));
  ChatStore store = ChatStore::open(folder.filePath("to.db").toStdString());
  SessionList list(&store);
  QSignalSpy imported(&list, &SessionList::imported), errors(&list, &SessionList::errorOccurred);
  list.importFile(QUrl::fromLocalFile(json).toString());
  list.importFile(markdown);
  QCOMPARE(errors.size(), 0);
  QCOMPARE(imported.size(), 2);
  QCOMPARE(list.rowCount(), 2);
  QCOMPARE(title(list, 0), QStringLiteral("Kürbis & <b>"));
  QCOMPARE(store.messages(imported[0][1].toLongLong()).at(0).text, std::string("What is it?"));
}

void SessionListTest::hostile_imports_change_nothing() {
  const QTemporaryDir folder;
  ChatStore store = ChatStore::open(folder.filePath("chats.db").toStdString());
  SessionList list(&store);
  QSignalSpy errors(&list, &SessionList::errorOccurred);
  const QByteArray half =
      R"({"format": "sparsight-sessions", "version": 1, "sessions": [{"title": "a", "messages": []}, {"title": 3}]})";
  int told = 0;
  for (const QByteArray& text :
       {QByteArray("{"), QByteArray("{}"), QByteArray(), half, QByteArray("no chat at all"), QByteArray(200'000, '['),
        "{\"a\":" + QByteArray(200'000, '['), QByteArray(4096, '\xff')}) {
    list.importFile(write(folder, "bad.json", text));
    QCOMPARE(errors.size(), ++told);
    QCOMPARE(list.rowCount(), 0);
  }
  list.importFile(folder.path());
  list.importFile(folder.filePath("no such file.json"));
  list.importFile("/dev/zero");
  QCOMPARE(errors.size(), told + 3);
  // A sparse file of more than is taken, which is not read.
  QFile large(folder.filePath("large.json"));
  QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(static_cast<qint64>(kMostImport) + 1));
  list.importFile(large.fileName());
  QVERIFY(errors.last()[0].toString().contains("expected at most"));
  QCOMPARE(list.rowCount(), 0);
}

void SessionListTest::ten_thousand_sessions() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    for (int i = 0; i < 10'000; ++i) (void)store.add_session("Session " + std::to_string(i));
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

namespace {
const Registered<SessionListTest> registered("session_list");
}  // namespace

}  // namespace sparsight::test

#include "session_list_test.moc"
