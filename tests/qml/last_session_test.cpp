// The session that was open last comes back at the next start.
#include "tests/qml/chat_support.h"

namespace sparsight::test {

class LastSessionTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void the_last_session_comes_back();
  void a_session_that_ended_the_program_does_not();
  void nothing_comes_back_that_is_gone();
  void a_clip_without_a_question_is_not_forgotten();
};

void LastSessionTest::the_last_session_comes_back() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  qint64 session = 0;
  QString answer;
  {
    Running run(database);
    run.app.openDemo();
    QTRY_VERIFY(run.app.trace()->hasMedia());
    run.ask("Which way does the star move?");
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
    session = *run.app.chat()->session();
    answer = run.text(1);
  }
  {
    Running run(database);
    run.app.reopenLast();
    QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(session));
    QCOMPARE(run.app.chat()->rowCount(), 2);
    QCOMPARE(run.text(1), answer);
    QTRY_VERIFY(run.app.trace()->hasMedia() && run.app.trace()->hasTrace());
    QTRY_VERIFY(!run.app.chat()->busy());
    QVERIFY(!run.app.settings()->opening());
    QVERIFY(run.app.notice().isEmpty());
    // It can be asked on.
    run.ask("How many objects are there?");
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 4);
    // A clip that nothing is asked about leaves the session as the last one.
    run.app.openDemo();
    QTRY_VERIFY(!run.app.chat()->busy());
  }
  {
    Running run(database);
    run.app.reopenLast();
    QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(session));
    QTRY_VERIFY(!run.app.chat()->busy());
    run.app.chat()->newSession();
    run.app.settings()->setReopenLast(false);
  }
  {
    Running run(database);
    run.app.reopenLast();
    QVERIFY(!run.app.chat()->session());
    // A file of the command line is there first.
    run.app.settings()->setReopenLast(true);
    run.app.settings()->set_last_session(database.toStdString(), session);
    run.app.openDemo();
    QTRY_VERIFY(!run.app.chat()->busy());
    run.app.reopenLast();
    QVERIFY(!run.app.chat()->session());
    Settings other(folder.filePath("other.ini").toStdString());
    other.set_last_session("/another/chats.db", 1);
    QVERIFY(!other.last_session(database.toStdString()));
  }
  Running run(database);
  run.app.reopenLast();
  QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(session));
}

void LastSessionTest::a_session_that_ended_the_program_does_not() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  RecordingEngine engine;
  engine.script.pause = std::chrono::milliseconds(0);
  qint64 session = 0;
  const auto settings = [&] { return Settings((database + ".ini").toStdString()).opening(); };
  {
    Running run(database, engine.door());
    run.app.openDemo();
    QTRY_VERIFY(run.app.trace()->hasMedia());
    run.ask("Anything?");
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
    session = *run.app.chat()->session();
  }
  {
    engine.hold_open = true;
    Running run(database, engine.door());
    run.app.reopenLast();
    QVERIFY(run.app.chat()->busy());
    QCOMPARE(settings(), std::optional<qint64>(session));  // on disk, for a program that is killed now
    QFile::copy(database + ".ini", folder.filePath("killed.ini"));
    engine.hold_open = false;
    QTRY_VERIFY(!run.app.chat()->busy());
    QVERIFY(!settings());
  }
  {
    // It was killed.
    QVERIFY(QFile::remove(database + ".ini") && QFile::copy(folder.filePath("killed.ini"), database + ".ini"));
    Running run(database, engine.door());
    run.app.reopenLast();
    QVERIFY(!run.app.chat()->session());
    QVERIFY(run.app.notice().contains("in the list"));
    run.app.chat()->openSession(session);  // by hand it opens
    QTRY_VERIFY(!run.app.chat()->busy());
  }
  {
    // Quitting while it opens is no crash.
    engine.hold_open = true;
    Running run(database, engine.door());
    run.app.reopenLast();
    QVERIFY(run.app.chat()->busy());
    engine.hold_open = false;
  }
  QVERIFY(!settings());
}

void LastSessionTest::nothing_comes_back_that_is_gone() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db"), clip = folder.filePath("clip.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), clip));
  Script script;
  script.pause = std::chrono::milliseconds(0);
  qint64 session = 0;
  {
    Running run(database, script.door());
    run.app.open(clip);
    QTRY_VERIFY(run.app.trace()->hasMedia());
    run.ask("Anything?");
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
    session = *run.app.chat()->session();
  }
  QVERIFY(QFile::remove(clip));
  {
    Running run(database, script.door());
    run.app.reopenLast();
    QCOMPARE(run.app.chat()->rowCount(), 2);
    QCOMPARE(run.app.chat()->missing(), clip);  // and says so, as for every session
    QTRY_VERIFY(!run.app.chat()->busy());
    QVERIFY(!run.app.settings()->opening());
    run.app.sessions()->remove(session);
    run.app.settings()->set_last_session(database.toStdString(), session);
  }
  Running run(database, script.door());
  run.app.reopenLast();
  QVERIFY(!run.app.chat()->session());
  QVERIFY(run.app.notice().isEmpty());
}

void LastSessionTest::a_clip_without_a_question_is_not_forgotten() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db"), clip = folder.filePath("clip.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), clip));
  Script script;
  script.pause = std::chrono::milliseconds(0);
  {
    Running run(database, script.door());
    run.app.open(clip);
    QTRY_VERIFY(run.app.trace()->hasMedia());
  }
  qint64 first = 0, second = 0;
  {
    // There is no session yet: the clip itself comes back.
    Running run(database, script.door());
    run.app.reopenLast();
    QCOMPARE(run.app.chat()->video(), clip);
    QTRY_VERIFY(run.app.trace()->hasMedia() && !run.app.chat()->busy());
    QVERIFY(!run.app.chat()->session() && !run.app.settings()->opening());
    run.ask("First?");
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
    first = *run.app.chat()->session();
    run.app.chat()->newSession();
    run.ask("Second?");
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
    second = *run.app.chat()->session();
    run.app.openDemo();
    QTRY_VERIFY(run.app.trace()->hasMedia() && !run.app.chat()->busy());
  }
  {
    Running run(database, script.door());
    run.app.reopenLast();
    QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(second));
    QTRY_VERIFY(!run.app.chat()->busy());
    run.app.sessions()->remove(second);
    QTRY_VERIFY(run.app.sessions()->rowOf(second) < 0);
  }
  {
    // The last one was deleted: the newest of the others.
    Running run(database, script.door());
    run.app.reopenLast();
    QCOMPARE(run.app.chat()->session(), std::optional<SessionId>(first));
    QTRY_VERIFY(!run.app.chat()->busy());
    run.app.sessions()->remove(first);
    QTRY_VERIFY(run.app.sessions()->rowOf(first) < 0);
    run.app.settings()->set_last_clip(database.toStdString(), folder.filePath("gone.mp4"));
  }
  Running run(database, script.door());
  run.app.reopenLast();
  QVERIFY(run.app.chat()->video().isEmpty() && run.app.notice().isEmpty());
}

namespace {
const Registered<LastSessionTest> registered("last_session");
}  // namespace

}  // namespace sparsight::test

#include "last_session_test.moc"
