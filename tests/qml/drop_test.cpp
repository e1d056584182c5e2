// Files dropped on the window: good and bad ones in any order, many at once, and things that are no files.
#include "tests/qml/chat_support.h"

#include <QMimeData>

#include <random>

namespace sparsight::test {

class DropTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase();
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void two_hundred_files_good_and_bad();
  void one_after_the_other_fails_with_nothing_open();
  void unreadable_files_leave_the_video_open();
  void a_later_failure_restores_the_open_video();
  void of_many_files_one_is_chosen();
  void folders_and_addresses_are_named();
  void notices_go_when_they_no_longer_apply();
  void a_first_start_with_files();

 private:
  [[nodiscard]] QString path(const char* name) const { return folder_.filePath(QString::fromUtf8(name)); }

  QTemporaryDir folder_;
};

namespace {

// Drops them like a file manager.
void drop(QQuickWindow* window, const QList<QUrl>& urls) {
  QMimeData data;
  data.setUrls(urls);
  const QPoint middle(window->width() / 2, window->height() / 2);
  QDragEnterEvent enter(middle, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(window, &enter);
  QDropEvent dropped(middle, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(window, &dropped);
}

void drop(QQuickWindow* window, const QString& path) { drop(window, QList<QUrl>{QUrl::fromLocalFile(path)}); }

void write(const QString& path, const QByteArray& bytes) {
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("%s", qPrintable(path));
}

// A second of silence, 8-bit mono.
QByteArray wave() {
  const auto number = [](quint32 value, int bytes) {
    QByteArray text;
    for (int i = 0; i < bytes; ++i) text.append(static_cast<char>(value >> (8 * i)));
    return text;
  };
  constexpr quint32 kRate = 8000;
  return QByteArray("RIFF") + number(36 + kRate, 4) + "WAVEfmt " + number(16, 4) + number(1, 2) + number(1, 2) +
         number(kRate, 4) + number(kRate, 4) + number(1, 2) + number(8, 2) + "data" + number(kRate, 4) +
         QByteArray(kRate, '\x80');
}

bool settled(Application& app) {
  return QTest::qWaitFor([&] { return app.checking().isEmpty() && !app.chat()->busy(); }, kPatience);
}

}  // namespace

void DropTest::initTestCase() {
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), path("crossing.mp4")));
  QVERIFY(QFile::copy(resource("clips/trio.mp4"), path("trio.mp4")));
  QImage picture(64, 48, QImage::Format_RGB32);
  picture.fill(Qt::darkCyan);
  QVERIFY(picture.save(path("picture.png")));
  QFile clip(path("crossing.mp4"));
  QVERIFY(clip.open(QIODevice::ReadOnly));
  write(path("cut off.mp4"), clip.read(400));
  write(path("text.mp4"), "no video at all");
  write(path("empty.mkv"), {});
  write(path("picture.jpg"), QByteArray("\xff\xd8\xff\xe0 no picture", 16));
  write(path("sound.wav"), wave());
  QVERIFY(QDir(folder_.path()).mkdir("folder"));
}

void DropTest::two_hundred_files_good_and_bad() {
  const QTemporaryDir chats;
  const unsigned seed = qEnvironmentVariableIsSet("SPARSIGHT_SEED")
                            ? static_cast<unsigned>(qEnvironmentVariableIntValue("SPARSIGHT_SEED"))
                            : std::random_device{}();
  qInfo("SPARSIGHT_SEED=%u", seed);
  std::mt19937 random(seed);
  const auto one_of = [&](const QStringList& list) {
    return list[static_cast<qsizetype>(random() % static_cast<unsigned>(list.size()))];
  };
  const QStringList good{"crossing.mp4", "trio.mp4", "picture.png"};
  const QStringList bad{"cut off.mp4", "text.mp4", "empty.mkv", "picture.jpg", "sound.wav", "folder", "gone.mp4"};
  Script script;
  EngineDoor door = script.door();
  std::atomic<bool> refuses = false;  // refuses files that could be read a moment ago
  door.open = [&, open = door.open](const std::filesystem::path& file, const FrameRequest& request,
                                    const Control& control) {
    if (refuses) throw Error(ErrorKind::Decode, file.string() + ": scripted: it is damaged further on");
    return open(file, request, control);
  };
  Running run(chats.filePath("chats.db"), door);
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  Conversation& chat = *run.app.chat();
  for (int dropped = 0; dropped < 200; ++dropped) {
    const bool is_good = random() % 3 == 0;
    const QString name = one_of(is_good ? good : bad), before = chat.video();
    refuses = random() % 4 == 0;
    drop(run.window, path(qPrintable(name)));
    if (random() % 4 == 0) {
      QCoreApplication::processEvents();  // the next one while this one is being checked
      continue;
    }
    QVERIFY2(settled(run.app), qPrintable(name));
    const QString now = chat.video();
    if (is_good && !refuses)
      QVERIFY2(now == path(qPrintable(name)), qPrintable(now));
    else
      QVERIFY2(!run.app.notice().isEmpty(), qPrintable(name));
    if (!is_good && !refuses) QVERIFY2(now == before || now.isEmpty() || dropped != 0, qPrintable(now));
    QCOMPARE(run.app.trace()->hasMedia(), !now.isEmpty());
    if (random() % 8 == 0) chat.newSession();
    if (random() % 4 == 0) QVERIFY(!run.window->grabWindow().isNull());
  }
  refuses = false;
  drop(run.window, path("trio.mp4"));
  QVERIFY(settled(run.app));
  QCOMPARE(chat.video(), path("trio.mp4"));
  QVERIFY(run.app.notice().isEmpty());
}

// Suggestions about a video come and go with it.
void DropTest::one_after_the_other_fails_with_nothing_open() {
  const QTemporaryDir chats;
  Script script;
  EngineDoor door = script.door();
  door.open = [](const std::filesystem::path&, const FrameRequest&, const Control&) -> OpenedClip {
    throw Error(ErrorKind::Decode, "scripted: it is damaged further on");
  };
  Running run(chats.filePath("chats.db"), door);
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  for (int i = 0; i < 60; ++i) {
    drop(run.window, path(i % 2 == 0 ? "crossing.mp4" : "trio.mp4"));
    QVERIFY(settled(run.app));
    QVERIFY(run.app.chat()->video().isEmpty());
    QVERIFY(run.app.notice().contains("damaged further on"));
    QVERIFY(!run.window->grabWindow().isNull());
  }
}

void DropTest::unreadable_files_leave_the_video_open() {
  Scripted over;
  Running run(over.database(), over.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  Conversation& chat = *run.app.chat();
  drop(run.window, path("crossing.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  run.ask("What is there?");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  const auto session = chat.session();
  QSignalSpy media(run.app.trace(), &TraceView::mediaChanged), player(run.app.player(), &MediaPlayer::sourceChanged);
  for (const char* bad : {"text.mp4", "empty.mkv", "cut off.mp4", "sound.wav", "picture.jpg", "gone.mp4"}) {
    drop(run.window, path(bad));
    QTRY_VERIFY2_WITH_TIMEOUT(run.app.notice().contains(bad), bad, kPatience);
    QVERIFY(run.find("notice")->isVisible());
    QCOMPARE(chat.video(), path("crossing.mp4"));
    QCOMPARE(chat.rowCount(), 2);
    QCOMPARE(chat.session(), session);
  }
  QCOMPARE(media.size(), 0);
  QCOMPARE(player.size(), 0);
  // It can still be asked about.
  run.ask("And now?");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 4 && !chat.busy(), kPatience);
  QCOMPARE(run.get(3, Conversation::StateRole).toString(), QStringLiteral("complete"));
}

void DropTest::a_later_failure_restores_the_open_video() {
  const QTemporaryDir chats;
  Script script;
  script.pause = std::chrono::milliseconds(0);
  EngineDoor door = script.door();
  door.open = [open = door.open](const std::filesystem::path& file, const FrameRequest& request,
                                 const Control& control) {
    if (file.filename() == "trio.mp4") throw Error(ErrorKind::Decode, "trio.mp4: scripted: damaged further on");
    return open(file, request, control);
  };
  Running run(chats.filePath("chats.db"), door);
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  Conversation& chat = *run.app.chat();
  for (const bool asked : {false, true}) {
    drop(run.window, path("crossing.mp4"));
    QVERIFY(settled(run.app));
    QVERIFY(run.app.trace()->hasMedia() && chat.video() == path("crossing.mp4"));
    if (asked) run.ask("What is there?");
    QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == (asked ? 2 : 0) && !chat.busy(), kPatience);
    const auto session = chat.session();
    drop(run.window, path("trio.mp4"));
    QTRY_VERIFY_WITH_TIMEOUT(run.app.notice().contains("damaged further on"), kPatience);
    QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
    QCOMPARE(chat.video(), path("crossing.mp4"));
    QCOMPARE(chat.session(), session);
    QCOMPARE(chat.rowCount(), asked ? 2 : 0);
    QVERIFY(run.app.notice().contains("damaged further on"));  // it can still be read
    chat.newSession();
  }
}

void DropTest::of_many_files_one_is_chosen() {
  Scripted over;
  Running run(over.database(), over.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  QList<QUrl> urls;
  for (int i = 1; i <= 19; ++i) {
    const QString copy = folder_.filePath(QStringLiteral("holiday %1.mp4").arg(i, 2, 10, QLatin1Char('0')));
    if (!QFile::exists(copy)) QVERIFY(QFile::copy(resource("clips/trio.mp4"), copy));
    urls << QUrl::fromLocalFile(copy);
  }
  urls.prepend(QUrl::fromLocalFile(path("text.mp4")));
  drop(run.window, urls);
  QObject* choice = run.find<QObject>("fileChoice");
  QTRY_VERIFY_WITH_TIMEOUT(choice->property("opened").toBool(), kPatience);
  QCOMPARE(run.app.choices().size(), 20);
  QVERIFY(run.app.chat()->video().isEmpty());
  run.window->requestActivate();
  QVERIFY(QTest::qWaitForWindowActive(run.window));
  QTRY_VERIFY_WITH_TIMEOUT(run.find("choices")->hasActiveFocus(), kPatience);
  // A file that cannot be read leaves the list open, which names it.
  QTest::keyClick(run.window, Qt::Key_Return);
  QTRY_VERIFY_WITH_TIMEOUT(run.app.notice().contains("text.mp4"), kPatience);
  QVERIFY(choice->property("opened").toBool());
  QTest::keyClick(run.window, Qt::Key_Down);
  QTest::keyClick(run.window, Qt::Key_Down);
  QTest::keyClick(run.window, Qt::Key_Return);
  QTRY_COMPARE_WITH_TIMEOUT(run.app.chat()->video(), path("holiday 02.mp4"), kPatience);
  QTRY_VERIFY_WITH_TIMEOUT(!choice->property("visible").toBool(), kPatience);
  QVERIFY(run.app.choices().isEmpty());
  // Closed without a choice, the list changes nothing.
  QVERIFY(settled(run.app));
  drop(run.window, urls);
  QTRY_VERIFY_WITH_TIMEOUT(choice->property("opened").toBool(), kPatience);
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY_WITH_TIMEOUT(run.app.choices().isEmpty(), kPatience);
  QCOMPARE(run.app.chat()->video(), path("holiday 02.mp4"));
}

void DropTest::folders_and_addresses_are_named() {
  Scripted over;
  Running run(over.database(), over.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  drop(run.window, path("folder"));
  QVERIFY(run.app.notice().contains("folder"));
  QVERIFY(run.app.chat()->video().isEmpty());
  drop(run.window, {QUrl("https://example.org/clip.mp4")});
  QVERIFY(run.app.notice().contains("https://example.org/clip.mp4"));
  QVERIFY(!run.app.notice().contains("folder"));
  // A file is opened all the same.
  drop(run.window, {QUrl("https://example.org/clip.mp4"), QUrl::fromLocalFile(path("folder")),
                    QUrl::fromLocalFile(path("trio.mp4"))});
  QTRY_COMPARE_WITH_TIMEOUT(run.app.chat()->video(), path("trio.mp4"), kPatience);
  QVERIFY(run.app.notice().contains("folder") && run.app.notice().contains("example.org"));
  // Text cannot be dropped here.
  QMimeData words;
  words.setText("just words");
  QDragEnterEvent enter(QPoint(200, 200), Qt::CopyAction, &words, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(run.window, &enter);
  QVERIFY(!enter.isAccepted());
}

void DropTest::notices_go_when_they_no_longer_apply() {
  Scripted over;
  Running run(over.database(), over.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  Conversation& chat = *run.app.chat();
  // A file that could not be opened: until another one could.
  drop(run.window, path("text.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.notice().contains("text.mp4"), kPatience);
  drop(run.window, path("trio.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QVERIFY(run.app.notice().isEmpty());
  // An invalid budget: until it is valid.
  chat.setBudget("much");
  run.ask("What is there?");
  QVERIFY(run.app.notice().contains("budget \"much\""));
  chat.setBudget("10%");
  QVERIFY(run.app.notice().isEmpty());
  // Sessions that could not be imported: until some are.
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy() && !run.app.loading(), kPatience);
  QVERIFY(QMetaObject::invokeMethod(run.app.sessions(), "importFile", Q_ARG(QString, path("gone.json"))));
  QTRY_VERIFY(run.app.notice().contains("gone.json"));
  run.ask("What is there now?");
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  QVERIFY(run.app.notice().isEmpty());
}

void DropTest::a_first_start_with_files() {
  Script script;
  {
    const QTemporaryDir chats;
    Running run(chats.filePath("chats.db"), script.door(), true);
    run.app.openFiles({path("trio.mp4")});  // as from the command line
    QTRY_VERIFY(run.find<QObject>("tour")->property("opened").toBool());
    QTRY_COMPARE(run.app.chat()->video(), path("trio.mp4"));  // the tour shows that, not its own clip
  }
  const QTemporaryDir chats;
  Running run(chats.filePath("chats.db"), script.door(), true);
  run.app.openFiles({path("trio.mp4"), path("crossing.mp4")});
  QTRY_VERIFY(run.find<QObject>("fileChoice")->property("opened").toBool());
  QVERIFY(!run.find<QObject>("tour")->property("visible").toBool());  // one at a time
  QVERIFY(!run.app.settings()->tourSeen());
}

namespace {
const Registered<DropTest> registered("drop");
}  // namespace

}  // namespace sparsight::test

#include "drop_test.moc"
