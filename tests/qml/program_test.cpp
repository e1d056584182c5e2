// The program itself, as a user starts it: on machines without working OpenGL, and a second time.
#include "tests/qml/app_support.h"

#include <QGuiApplication>
#include <QProcess>
#include <QRasterWindow>
#include <QScreen>

#include <csignal>

namespace sparsight::test {
namespace {

QImage screen() { return QGuiApplication::primaryScreen()->grabWindow(0).toImage(); }

bool window_is_seen() { return colours_in(screen()) > 50; }

// A home directory of its own, with the programs that were started in it; they end with it.
class Home {
 public:
  Home() {  // the tour was seen here, so the program opens a clip
    QFile::setPermissions(folder_.path(), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    Settings(file("sparsight/sparsight.ini").toStdString()).setTourSeen(true);
  }
  QProcess& start(const QStringList& arguments, const QList<std::pair<QString, QString>>& variables = {}) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"QT_QUICK_BACKEND", "QSG_RHI_BACKEND"}) environment.remove(name);
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"})
      environment.insert(name, folder_.path());
    for (const auto& [name, value] : variables) environment.insert(name, value);
    auto& program = *programs_.emplace_back(std::make_unique<QProcess>());
    program.setProcessEnvironment(environment);
    program.setWorkingDirectory(resource("clips"));
    program.start(QStringLiteral(SPARSIGHT_PROGRAM), arguments);
    return program;
  }
  [[nodiscard]] QString file(const char* name) const { return folder_.filePath(name); }
  // How many of them are running.
  [[nodiscard]] int running() const {
    return static_cast<int>(
        std::ranges::count_if(programs_, [](const auto& p) { return p->state() != QProcess::NotRunning; }));
  }
  [[nodiscard]] QStringList recent_files(const QString& database) const {
    ChatStore store = ChatStore::open(database.toStdString());
    StoreThread writes(store);
    return RecentFiles(&writes).files();
  }
  ~Home() {
    for (const auto& program : programs_) {
      program->kill();
      program->waitForFinished(kPatience);
    }
  }

 private:
  QTemporaryDir folder_;
  std::vector<std::unique_ptr<QProcess>> programs_;
};

}  // namespace

class ProgramTest : public QObject {
  Q_OBJECT

 private slots:
  void init();

  void a_window_opens_with_any_graphics_data();
  void a_window_opens_with_any_graphics();
  void a_second_start_brings_the_window_forward();
  void a_killed_program_does_not_block_the_next();
  void of_many_at_once_one_stays();
  void a_long_list_of_files_leaves_the_window_alive();
  void no_warnings_without_a_sound_server();
  void a_start_without_a_file_goes_on_where_one_left();
  void help_needs_no_display();
  void an_unknown_option_is_refused();
};

void ProgramTest::init() {
  if (QGuiApplication::platformName() != QLatin1String("xcb")) QSKIP("there is no X display to look at");
  if (!QTest::qWaitFor([] { return colours_in(screen()) == 1; }, 5000)) QSKIP("other windows are on this display");
}

void ProgramTest::a_window_opens_with_any_graphics_data() {
  using Variables = QList<std::pair<QString, QString>>;
  QTest::addColumn<Variables>("variables");
  QTest::addColumn<QString>("said");
  QTest::newRow("as it is here") << Variables{} << QString();
  QTest::newRow("no OpenGL at all") << Variables{{"QT_XCB_GL_INTEGRATION", "none"}}
                                    << QStringLiteral("OpenGL does not work here");
  // Some versions of Mesa fall back by themselves; then there is no message.
  QTest::newRow("no driver") << Variables{{"LIBGL_ALWAYS_SOFTWARE", "1"}, {"LIBGL_DRIVERS_PATH", "/nonexistent"}}
                             << QString();
  QTest::newRow("no such kind of OpenGL") << Variables{{"MESA_GL_VERSION_OVERRIDE", "1.1"}} << QString();
  QTest::newRow("fails when it is used") << Variables{{"QSG_RHI_BACKEND", "opengl"}, {"QT_XCB_GL_INTEGRATION", "none"}}
                                         << QStringLiteral("restarting");
  QTest::newRow("the processor, chosen by hand") << Variables{{"QT_QUICK_BACKEND", "software"}} << QString();
}

void ProgramTest::a_window_opens_with_any_graphics() {
  using Variables = QList<std::pair<QString, QString>>;
  QFETCH(const Variables, variables);
  QFETCH(const QString, said);
  Home home;
  QProcess& program = home.start({"--database", home.file("chats.db"), "crossing.mp4"}, variables);
  QTRY_VERIFY(window_is_seen() || program.state() == QProcess::NotRunning);
  const QString words = QString::fromUtf8(program.readAllStandardError());
  QVERIFY2(program.state() == QProcess::Running, qPrintable(words));
  QVERIFY2(words.contains(said), qPrintable(words));
  // It works: the given file is opened.
  QTRY_COMPARE(home.recent_files(home.file("chats.db")), QStringList(resource("clips/crossing.mp4")));
}

void ProgramTest::a_second_start_brings_the_window_forward() {
  Home home;
  const QString database = home.file("chats.db");
  QProcess& first = home.start({"--database", database});
  QTRY_VERIFY(window_is_seen());
  // Another window covers it.
  QRasterWindow cover;
  cover.setGeometry(QGuiApplication::primaryScreen()->geometry());
  cover.show();
  QVERIFY(QTest::qWaitForWindowExposed(&cover, kPatience));
  cover.raise();
  QTRY_COMPARE(colours_in(screen()), 1);
  QProcess& second = home.start({"--database", database, "trio.mp4"});
  QTRY_COMPARE(second.state(), QProcess::NotRunning);
  QCOMPARE(second.exitStatus(), QProcess::NormalExit);
  QCOMPARE(second.exitCode(), 0);
  QTRY_VERIFY(window_is_seen());
  QTRY_COMPARE(home.recent_files(database), QStringList(resource("clips/trio.mp4")));
  QCOMPARE(first.state(), QProcess::Running);
  // The same database by another name; another database gets a window of its own.
  QVERIFY(QFile::link(database, home.file("link.db")));
  QProcess& third = home.start({"--database", home.file("link.db")});
  QTRY_COMPARE(third.state(), QProcess::NotRunning);
  QCOMPARE(third.exitCode(), 0);
  QProcess& other = home.start({"--database", home.file("other.db"), "opposite.mp4"});
  QTRY_COMPARE(home.recent_files(home.file("other.db")).size(), 1);
  QCOMPARE(other.state(), QProcess::Running);
}

void ProgramTest::a_killed_program_does_not_block_the_next() {
  Home home;
  const QString database = home.file("chats.db");
  QProcess& first = home.start({"--database", database});
  QTRY_VERIFY(window_is_seen());
  kill(static_cast<pid_t>(first.processId()), SIGKILL);
  QTRY_COMPARE(first.state(), QProcess::NotRunning);
  QTRY_COMPARE(colours_in(screen()), 1);
  QProcess& again = home.start({"--database", database});
  QTRY_VERIFY(window_is_seen());
  QCOMPARE(again.state(), QProcess::Running);
  // Later starts go to this one.
  QProcess& second = home.start({"--database", database});
  QTRY_COMPARE(second.state(), QProcess::NotRunning);
  QCOMPARE(second.exitCode(), 0);
}

void ProgramTest::of_many_at_once_one_stays() {
  Home home;
  for (int i = 0; i < 4; ++i) home.start({"--database", home.file("chats.db")});
  QTRY_COMPARE(home.running(), 1);
  QTRY_VERIFY(window_is_seen());
  QCOMPARE(home.running(), 1);
}

void ProgramTest::a_long_list_of_files_leaves_the_window_alive() {
  Home home;
  const QString database = home.file("chats.db");
  QProcess& first = home.start({"--database", database});
  QTRY_VERIFY(window_is_seen());
  // More than half a megabyte of names of files that do not exist.
  QStringList many{"--database", database};
  for (int i = 0; i < 3000; ++i) many << QStringLiteral("%1-%2.mp4").arg(QString(200, QLatin1Char('n'))).arg(i);
  QProcess& second = home.start(many);
  QTRY_COMPARE(second.state(), QProcess::NotRunning);
  QCOMPARE(second.exitCode(), 0);
  QVERIFY2(second.readAllStandardError().isEmpty(), "it took the window for dead");
  // The same window gets the next file.
  QProcess& third = home.start({"--database", database, "trio.mp4"});
  QTRY_COMPARE(third.state(), QProcess::NotRunning);
  QCOMPARE(third.exitCode(), 0);
  QTRY_COMPARE(home.recent_files(database), QStringList(resource("clips/trio.mp4")));
  QCOMPARE(first.state(), QProcess::Running);
  QCOMPARE(home.running(), 1);
}

void ProgramTest::a_start_without_a_file_goes_on_where_one_left() {
  const QString last = resource("clips/crossing.mp4");
  for (const QString& given : {QString(), QStringLiteral("trio.mp4")}) {
    Home home;
    const QString database = home.file("chats.db");
    {
      ChatStore store = ChatStore::open(database.toStdString());
      const SessionId session = store.add_session("Before", describe_media(last.toStdString()));
      (void)store.add_question(session, "Anything?");
      Settings(home.file("sparsight/sparsight.ini").toStdString()).set_last_session(database.toStdString(), session);
    }
    QStringList arguments{"--database", database};
    if (!given.isEmpty()) arguments << given;
    home.start(arguments);
    // A file of the command line comes first, and then it is the only one.
    QTRY_COMPARE(home.recent_files(database), QStringList{given.isEmpty() ? last : resource("clips/trio.mp4")});
  }
}

void ProgramTest::help_needs_no_display() {
  Home home;
  for (const char* option : {"--help", "-h", "--version", "-v"}) {
    QProcess& program = home.start({option}, {{"DISPLAY", ""}, {"WAYLAND_DISPLAY", ""}, {"QT_QPA_PLATFORM", "xcb"}});
    QVERIFY(program.waitForFinished(kPatience));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);
    QVERIFY(QString::fromUtf8(program.readAllStandardOutput()).contains("Sparsight", Qt::CaseInsensitive));
  }
}

void ProgramTest::an_unknown_option_is_refused() {
  Home home;
  for (const QStringList& options : {QStringList{"--foo"}, QStringList{"--foo", "--help"}}) {
    QProcess& program = home.start(options);
    QVERIFY(program.waitForFinished(kPatience));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 2);
    const QString said = QString::fromUtf8(program.readAllStandardError());
    QVERIFY2(said.contains("sparsight: ") && said.contains("foo"), qPrintable(said));
  }
}

void ProgramTest::no_warnings_without_a_sound_server() {
  Home home;
  QProcess& program = home.start({"--database", home.file("chats.db"), "crossing.mp4"},
                                 {{"PULSE_SERVER", "unix:/nonexistent"}, {"QT_QUICK_BACKEND", "software"}});
  QTRY_VERIFY(window_is_seen());
  QTRY_COMPARE(home.recent_files(home.file("chats.db")), QStringList(resource("clips/crossing.mp4")));
  program.terminate();
  QTRY_COMPARE(program.state(), QProcess::NotRunning);
  const QString words = QString::fromUtf8(program.readAllStandardError());
  QVERIFY2(!words.contains(QLatin1String("Pulse")), qPrintable(words));
}

namespace {
const Registered<ProgramTest> registered("program");
}  // namespace

}  // namespace sparsight::test

#include "program_test.moc"
