// Very many sessions at once, and a very long one.
#include "core/chat/export.h"
#include "tests/qml/chat_support.h"

#include <fmt/format.h>

namespace sparsight::test {

class VeryManyTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_thousand_are_deleted_and_brought_back();
  void five_thousand_are_exported();
  void a_long_session_begins_at_its_end();
};

namespace {
QString title_at(SessionList& list, int row) { return list.data(list.index(row), SessionList::TitleRole).toString(); }

// 5,000 sessions, some with titles that mean harm, and one with a trace that is none.
void make_hostile(const QString& database) {
  const QStringList hostile{"../../../etc/passwd",
                            "CON",
                            "a\nb\tc",
                            QStringLiteral("\u202Egnp.exe"),
                            QStringLiteral("名").repeated(300),
                            "",
                            "...",
                            "<b>& | ; $(reboot)"};
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    for (int i = 0; i < 5000; ++i) {
      const SessionId id = store.add_session(i < hostile.size() ? hostile[i].toStdString() : fmt::format("s{}", i));
      (void)store.add_question(id, "What?");
      const MessageId answer = store.begin_answer(id);
      store.finish_answer(answer, "That.", MessageState::Complete);
      if (i == 20) {  // not a trace
        const Trace empty;
        PackedTrace broken(empty);
        broken.data = "nothing that can be unpacked";
        store.set_trace(answer, broken);
      }
    }
    batch.commit();
  }
}
}  // namespace

void VeryManyTest::a_thousand_are_deleted_and_brought_back() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    for (int i = 0; i < 1001; ++i) (void)store.add_question(store.add_session(fmt::format("s{}", i)), "What?");
    batch.commit();
  }
  Script script;
  Running run(database, script.door());
  SessionList& list = *run.app.sessions();
  QVERIFY(activate(run.window));
  lay_out(run.window);
  list.selectAll();
  list.toggleSelected(500);
  QCOMPARE(list.selected().size(), 1000);
  const QString stays = title_at(list, 500);
  run.find("sessions")->forceActiveFocus();
  QTest::keyClick(run.window, Qt::Key_Delete);
  QTRY_COMPARE(list.rowCount(), 1);
  QCOMPARE(title_at(list, 0), stays);
  QTest::keyClick(run.window, Qt::Key_Z, Qt::ControlModifier);
  QTRY_COMPARE(list.rowCount(), 1001);
  QCOMPARE(ChatStore::open(database.toStdString()).sessions().size(), std::size_t{1001});
}

void VeryManyTest::five_thousand_are_exported() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  make_hostile(database);
  Script script;
  Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  SessionList& list = *run.app.sessions();
  QSignalSpy exported(&list, &SessionList::exported);
  // The window lives meanwhile: its ticks are counted, and it can be stopped.
  int ticks = 0;
  QTimer timer;
  connect(&timer, &QTimer::timeout, this, [&] { ++ticks; });
  timer.start(0);
  std::set<double> shares;
  connect(&list, &SessionList::importChanged, this, [&] {
    if (list.importing()) shares.insert(list.importProgress());
  });
  list.exportTo({}, folder.path(), true);
  QTRY_VERIFY(list.importProgress() > 0);
  list.stopImport();
  QTRY_VERIFY(!list.importing());
  QTRY_VERIFY(exported.size() == 1 ||
              QDir(folder.path()).entryList({"*sparsight-*"}, QDir::Dirs | QDir::Hidden).isEmpty());
  const qsizetype before = exported.size();
  ticks = 0;
  shares.clear();
  list.exportTo({}, folder.path(), true);
  QTRY_COMPARE(exported.size(), before + 1);
  QVERIFY(ticks > 3 && shares.size() > 3);
  const QDir out(exported.last()[0].toString());
  const QStringList names = out.entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
  QCOMPARE(names.size(), 5000);
  for (const QString& name : names)
    for (const QChar& c : name)
      QVERIFY2(c >= u' ' && c != u'\u202E' && !QStringLiteral("/\\:*?\"<>|").contains(c), qPrintable(name));
  const QString json = folder.filePath("all.json");
  list.exportTo({}, json, false);
  QTRY_COMPARE(exported.size(), before + 2);
  QVERIFY(run.app.notice().isEmpty());
  {
    ChatStore other = ChatStore::open(folder.filePath("other.db").toStdString());
    QCOMPARE(import_file(other, json.toStdString()).size(), std::size_t{5000});
  }
}

// The rows are all there, the view is at the end, and it made no others on its way.
void VeryManyTest::a_long_session_begins_at_its_end() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  SessionId id = 0;
  {
    ChatStore store = ChatStore::open(database.toStdString());
    ChatStore::Batch batch(store);
    id = store.add_session("long");
    for (int m = 0; m < 600; ++m)
      (void)store.add_message(id, {.role = m % 2 == 0 ? MessageRole::Question : MessageRole::Answer,
                                   .text = fmt::format("message {}", m),
                                   .created_ms = 1});
    batch.commit();
  }
  Script script;
  Running run(database, script.door());
  QVERIFY(activate(run.window));
  lay_out(run.window);
  run.app.chat()->openSession(id);
  QCOMPARE(run.app.chat()->rowCount(), 600);
  QQuickItem* view = run.find("messages");
  lay_out(run.window);  // no event has been handled since
  const auto shows = [&](int row) {
    const QString text = QStringLiteral("message %1").arg(row);
    for (QQuickItem* body : visible(view, "body")) {
      const QRectF place = body->mapRectToItem(view, {0, 0, body->width(), body->height()});
      if (body->property("text").toString() == text) return place.bottom() > 0 && place.top() < view->height();
    }
    return false;
  };
  QVERIFY(shows(599));
  QTRY_VERIFY(view->property("atLast").toBool());
  for (int row = 0; row < 600; ++row) QCOMPARE(run.text(row), QStringLiteral("message %1").arg(row));
  // To the beginning, and a message that a search found.
  view->forceActiveFocus();
  QTest::keyClick(run.window, Qt::Key_Home);
  QTRY_VERIFY(shows(0));
  QTest::keyClick(run.window, Qt::Key_End);
  QTRY_VERIFY(shows(599));
  ChatStore store = ChatStore::open(database.toStdString());
  const MessageId wanted = store.messages(id)[300].id;
  run.app.chat()->openSession(id, wanted);
  QTRY_VERIFY(shows(300));
}

namespace {
const Registered<VeryManyTest> registered("very_many");
}  // namespace

}  // namespace sparsight::test

#include "very_many_test.moc"
