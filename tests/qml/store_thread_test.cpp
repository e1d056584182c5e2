// Writes on a thread of their own: in order, acknowledged when they are on disk, and the window lives meanwhile.
#include "tests/qml/chat_support.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace sparsight::test {

class StoreThreadTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void order_outlives_refusals();
  void its_end_writes_what_waits();
  void its_end_tells_what_was_refused();
  void who_is_gone_is_told_nothing();
  void a_locked_database_leaves_the_window_alive();
  void a_question_is_taken_back_before_it_is_on_disk();
  void quitting_while_it_is_locked_loses_nothing();
  void what_was_refused_is_kept_and_written_later();
};

namespace {

// Another program that is writing, for as long as this lives.
class Lock {
 public:
  explicit Lock(const QString& database) : store_(ChatStore::open(database.toStdString())), batch_(store_) {}

 private:
  ChatStore store_;
  ChatStore::Batch batch_;
};

// A window that waits for no write, over a database that is there.
struct Impatient {
  explicit Impatient(Scripted& over) : run(over.engine.door(), impatient(over.database())) {}

  static AppOptions impatient(const QString& database) {
    AppOptions options = Running::options(database, false);
    options.moment = std::chrono::milliseconds(0);
    return options;
  }
  [[nodiscard]] Conversation& chat() { return *run.app.chat(); }
  // The event loop goes on: a timer fires again and again.
  [[nodiscard]] static bool lives() {
    constexpr int kTicks = 20;
    int ticks = 0;
    QTimer timer;
    connect(timer, ticks);
    return QTest::qWaitFor([&] { return ticks >= kTicks; }, kPatience);
  }
  static void connect(QTimer& timer, int& ticks) {
    QObject::connect(&timer, &QTimer::timeout, &timer, [&ticks] { ++ticks; });
    timer.start(0);
  }
  Running run;
};

std::vector<Message> on_disk(const Scripted& over) {
  const ChatStore store = ChatStore::open(over.database().toStdString());
  const auto sessions = store.sessions();
  return sessions.empty() ? std::vector<Message>() : store.messages(sessions.front().id);
}

}  // namespace

void StoreThreadTest::order_outlives_refusals() {
  const QTemporaryDir folder;
  ChatStore store = ChatStore::open(folder.filePath("chats.db").toStdString());
  const SessionId id = store.add_session("session");
  StoreThread writes(store);
  QStringList told;
  const auto question = [&](const char* text, SessionId session) {
    writes.add(
        &writes, [session, text](ChatStore& to) { (void)to.add_question(session, text); },
        [&told, text] { told << text; },
        [&told, text](const QString& why) { told << QString("no %1: %2").arg(text, why); });
  };
  for (const char* text : {"one", "two"}) question(text, id);
  question("nowhere", id + 1);
  writes.add(
      &writes, [](ChatStore&) { throw Cancelled(); }, [&] { told << "cancelled"; });
  for (const char* text : {"three", "four"}) question(text, id);
  QTRY_COMPARE(told.size(), 5);
  QVERIFY2(told.at(2).startsWith("no nowhere: ") && told.at(2).contains("there is no session"), qPrintable(told.at(2)));
  told.removeAt(2);
  QCOMPARE(told, (QStringList{"one", "two", "three", "four"}));
  QStringList texts;
  for (const Message& message : store.messages(id)) texts << QString::fromStdString(message.text);
  QCOMPARE(texts, told);
}

void StoreThreadTest::its_end_writes_what_waits() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  ChatStore store = ChatStore::open(database.toStdString());
  const SessionId id = store.add_session("session");
  std::atomic<bool> locked = false, go = false;
  bool none = false;
  {
    const std::jthread other([&] {
      const Lock lock(database);
      locked = true;
      locked.notify_all();
      go.wait(false);
    });
    StoreThread writes(store);
    locked.wait(false);
    for (const char* text : {"one", "two", "three"})
      writes.add(&writes, [id, text](ChatStore& to) { (void)to.add_question(id, text); });
    none = store.messages(id).empty();  // which is read while another program writes
    go = true;
    go.notify_all();
  }
  QVERIFY(none);
  QCOMPARE(store.messages(id).size(), std::size_t{3});
}

void StoreThreadTest::its_end_tells_what_was_refused() {
  const QTemporaryDir folder;
  ChatStore store = ChatStore::open(folder.filePath("chats.db").toStdString());
  QFile told(folder.filePath("told"));
  QVERIFY(told.open(QIODevice::ReadWrite));
  const int before = ::dup(STDERR_FILENO);
  ::dup2(told.handle(), STDERR_FILENO);
  {
    StoreThread writes(store);
    writes.wait(writes.add(&writes, [](ChatStore&) { fail(ErrorKind::Store, "acknowledged"); }));
    writes.add(&writes, [](ChatStore&) { fail(ErrorKind::Store, "another program\nholds it"); });
    writes.add(&writes, [](ChatStore& to) { (void)to.add_session("session"); });
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  QVERIFY(told.seek(0));
  QCOMPARE(told.readAll(), QByteArray("sparsight: not saved: another program holds it\n"));
}

void StoreThreadTest::who_is_gone_is_told_nothing() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  ChatStore store = ChatStore::open(database.toStdString());
  StoreThread writes(store);
  auto asker = std::make_unique<QObject>();
  bool told = false;
  const auto id = writes.add(
      asker.get(), [](ChatStore& to) { (void)to.add_session("one"); }, [&] { told = true; });
  asker.reset();
  writes.wait(id);
  QVERIFY(!told);
  QCOMPARE(store.sessions().size(), std::size_t{1});
}

void StoreThreadTest::a_locked_database_leaves_the_window_alive() {
  Scripted over(Answers::Held);
  Impatient it(over);
  QVERIFY(activate(it.run.window));
  // The first question of a session that is not there yet.
  auto lock = std::make_unique<Lock>(over.database());
  it.run.ask("first?");
  QVERIFY(Impatient::lives());
  QVERIFY(it.chat().busy() && it.chat().rowCount() == 0);
  QCOMPARE(it.chat().waiting().size(), 1);
  QCOMPARE(it.chat().waiting().first().toMap()["text"].toString(), QStringLiteral("first?"));
  QVERIFY(on_disk(over).empty());
  it.run.find("input")->forceActiveFocus();
  QTest::keyClick(it.run.window, Qt::Key_A);
  QTRY_COMPARE(it.run.find("input")->property("text").toString(), QStringLiteral("a"));
  lock.reset();
  QTRY_COMPARE(it.run.text(1), QStringLiteral("begun "));
  QCOMPARE(it.run.text(0), QStringLiteral("first?"));
  QTRY_VERIFY(it.chat().waiting().isEmpty());
  // An answer that ends: it is not done until it is on disk.
  lock = std::make_unique<Lock>(over.database());
  over.engine.hold = false;
  QTRY_COMPARE(it.chat().stage(), QStringLiteral("Saving the answer"));
  QVERIFY(Impatient::lives());
  QVERIFY(it.chat().busy() && it.run.get(1, Conversation::RunningRole).toBool());
  QCOMPARE(on_disk(over).at(1).state, MessageState::Partial);
  lock.reset();
  QTRY_VERIFY(!it.chat().busy());
  QCOMPARE(it.run.get(1, Conversation::StateRole).toString(), QStringLiteral("complete"));
  QCOMPARE(on_disk(over).at(1).state, MessageState::Complete);
  QVERIFY(on_disk(over).at(1).has_trace);
  QCOMPARE(it.run.find("input")->property("text").toString(), QStringLiteral("a"));
  // The list of sessions.
  SessionList& list = *it.run.app.sessions();
  const qint64 id = *it.chat().session();
  QTRY_COMPARE(list.rowCount(), 1);
  const QSignalSpy removed(&list, &SessionList::removed);
  lock = std::make_unique<Lock>(over.database());
  list.rename(id, "renamed");
  list.remove(id);
  QVERIFY(Impatient::lives());
  QCOMPARE(list.rowCount(), 1);
  list.restore(id);
  lock.reset();
  QTRY_COMPARE(removed.size(), 1);
  QTRY_COMPARE(list.rowCount(), 1);
  QCOMPARE(list.data(list.index(0), SessionList::TitleRole).toString(), QStringLiteral("renamed"));
  QVERIFY(it.run.app.notice().isEmpty());
}

void StoreThreadTest::a_question_is_taken_back_before_it_is_on_disk() {
  Scripted over(Answers::Held);
  Impatient it(over);
  it.run.ask("first?");
  QTRY_COMPARE(it.run.text(1), QStringLiteral("begun "));
  over.engine.hold = false;
  QTRY_VERIFY(!it.chat().busy());
  auto lock = std::make_unique<Lock>(over.database());
  it.run.ask("second?");
  it.run.ask("third?");
  QCOMPARE(it.chat().waiting().size(), 2);
  const qint64 second = it.chat().waiting().first().toMap()["id"].toLongLong();
  QCOMPARE(it.chat().takeBack(second), QStringLiteral("second?"));
  lock.reset();
  QTRY_VERIFY(it.chat().rowCount() == 4 && !it.chat().busy());
  QCOMPARE(it.run.text(2), QStringLiteral("third?"));
  QCOMPARE(over.engine.texts(), (std::vector<std::string>{"first?", "third?"}));
}

void StoreThreadTest::quitting_while_it_is_locked_loses_nothing() {
  Scripted over(Answers::Held);
  std::atomic<bool> locked = false, go = false;
  std::jthread other;
  bool none = false;
  {
    Impatient it(over);
    other = std::jthread([&] {
      const Lock lock(over.database());
      locked = true;
      locked.notify_all();
      go.wait(false);
    });
    locked.wait(false);
    it.run.ask("first?");
    it.run.ask("second?");
    it.run.find("input")->setProperty("text", "half a thought");
    none = on_disk(over).empty();
    go = true;
    go.notify_all();
  }
  QVERIFY(none);
  over.engine.hold = false;
  const ChatStore store = ChatStore::open(over.database().toStdString());
  QCOMPARE(store.sessions().size(), std::size_t{1});
  const SessionId id = store.sessions().front().id;
  QCOMPARE(store.messages(id).at(0).text, std::string("first?"));
  QCOMPARE(store.messages(id).at(1).state, MessageState::Stopped);
  QVERIFY(QString::fromStdString(store.setting("waiting_questions").value_or("")).contains("second?"));
  QVERIFY(store.draft(id) == "half a thought" || store.draft({}) == "half a thought");
}

void StoreThreadTest::what_was_refused_is_kept_and_written_later() {
  Scripted over(Answers::Held);
  Impatient it(over);
  it.run.ask("first?");
  QTRY_COMPARE(it.run.text(1), QStringLiteral("begun "));
  // As a full disk: no file may grow.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{1, before.rlim_max};
  QCOMPARE(setrlimit(RLIMIT_FSIZE, &full), 0);
  over.engine.hold = false;
  const bool told =
      QTest::qWaitFor([&] { return !it.chat().busy() && it.run.app.notice().contains("disk"); }, kPatience);
  const QString shown = it.run.text(1), state = it.run.get(1, Conversation::StateRole).toString();
  const std::vector<Message> kept = on_disk(over);
  setrlimit(RLIMIT_FSIZE, &before);
  QVERIFY2(told, qPrintable(it.run.app.notice()));
  QVERIFY(shown.size() > 400);
  QCOMPARE(state, QStringLiteral("complete"));
  QCOMPARE(kept.at(1).state, MessageState::Partial);
  // Once there is room, it is written, and the notice goes.
  QTRY_COMPARE(on_disk(over).at(1).state, MessageState::Complete);
  QCOMPARE(on_disk(over).at(1).text, shown.toStdString());
  QTRY_VERIFY(it.run.app.notice().isEmpty());
  QTRY_VERIFY(it.run.get(1, Conversation::TraceRole).toBool());
}

namespace {
const Registered<StoreThreadTest> registered("store_thread");
}  // namespace

}  // namespace sparsight::test

#include "store_thread_test.moc"
