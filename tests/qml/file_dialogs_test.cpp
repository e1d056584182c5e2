// File dialogs: the desktop's portal over a real session bus, and the program's own where there is none.
#include "app/desktop/file_chooser.h"
#include "tests/qml/chat_support.h"
#include "tests/qml/private_bus.h"

namespace sparsight::test {
namespace {

QString url_of(const QString& path) { return QUrl::fromLocalFile(path).toString(QUrl::FullyEncoded); }

QString folder_in(const FakePortal::Asked& asked) {
  QByteArray bytes = asked.options["current_folder"].toByteArray();
  if (!bytes.endsWith('\0')) return QStringLiteral("no zero byte at the end");
  bytes.chop(1);
  return QFile::decodeName(bytes);
}

}  // namespace

class FileDialogsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_name_gets_only_a_missing_ending_data();
  void a_name_gets_only_a_missing_ending();
  void the_portal_opens_videos();
  void the_portal_saves_under_the_typed_name();
  void folders_are_asked_with_the_portal();
  void without_a_portal_the_program_asks();
  void a_name_is_typed_and_saved_with_enter();
  void several_files_are_chosen();
  void folders_are_walked_through();
  void a_portal_that_fails_or_ends();
  void a_chooser_cancelled_at_the_first_start();

 private:
  static bool has_bus() { return PrivateBus::is_there(); }
};

void FileDialogsTest::a_name_gets_only_a_missing_ending_data() {
  QTest::addColumn<QString>("name");
  QTest::addColumn<QString>("filter");
  QTest::addColumn<QString>("expected");
  const QString csv = "Tables (*.csv)", all = "All files (*)";
  QTest::newRow("none") << "/a/b" << csv << "/a/b.csv";
  QTest::newRow("its own") << "/a/b.csv" << csv << "/a/b.csv";
  QTest::newRow("another") << "/a/b.txt" << csv << "/a/b.txt";
  QTest::newRow("in capitals") << "/a/B.CSV" << csv << "/a/B.CSV";
  QTest::newRow("a point in the folder") << "/a.d/b" << csv << "/a.d/b.csv";
  QTest::newRow("a point at the end") << "/a/b." << csv << "/a/b.csv";
  QTest::newRow("hidden") << "/a/.b" << csv << "/a/.b";
  QTest::newRow("all files") << "/a/b" << all << "/a/b";
  QTest::newRow("several") << "/a/b"
                           << "Videos (*.mp4 *.mkv)"
                           << "/a/b.mp4";
  QTest::newRow("brackets in the name") << "/a/b"
                                        << "Tables (old) (*.csv)"
                                        << "/a/b.csv";
  QTest::newRow("a number is no ending") << "/a/results 1.5" << csv << "/a/results 1.5.csv";
  QTest::newRow("words are no ending") << "/a/Mr. Smith" << csv << "/a/Mr. Smith.csv";
  QTest::newRow("no filter") << "/a/b"
                             << ""
                             << "/a/b";
  QTest::newRow("Unicode") << QStringLiteral("/a/Übersicht 表") << csv << QStringLiteral("/a/Übersicht 表.csv");
}

void FileDialogsTest::a_name_gets_only_a_missing_ending() {
  QFETCH(const QString, name);
  QFETCH(const QString, filter);
  QTEST(with_ending(name, filter), "expected");
}

void FileDialogsTest::the_portal_opens_videos() {
  if (!has_bus()) QSKIP("there is no dbus-daemon");
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const QString clips = QDir(resource("clips")).absolutePath();
  Script script;
  FakePortal portal;
  QVERIFY(portal.there());
  {
    Running run(database, script.door());
    QVERIFY(activate(run.window));
    run.app.settings()->set_folder("videos", folder.path());
    QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);
    QTRY_COMPARE(portal.asked.size(), 1);
    const FakePortal::Asked first = portal.asked.first();
    QCOMPARE(first.method, QStringLiteral("OpenFile"));
    QCOMPARE(first.title, QStringLiteral("Open a video or an image"));
    QCOMPARE(folder_in(first), folder.path());
    QVERIFY(first.options["modal"].toBool() && first.options["multiple"].toBool());
    QVERIFY(!first.options["directory"].toBool());
    if (QGuiApplication::platformName() == QLatin1String("xcb"))
      QCOMPARE(first.parent, QStringLiteral("x11:%1").arg(run.window->winId(), 0, 16));
    QCOMPARE(first.filters.size(), 2);
    QCOMPARE(first.filters[0].first, QStringLiteral("Videos and pictures"));
    QCOMPARE(first.current_filter, first.filters[0].first);
    QVERIFY(first.filters[0].second.contains("*.[mM][pP]4") && first.filters[0].second.contains("*.[pP][nN][gG]"));
    QCOMPARE(first.filters[1], qMakePair(QStringLiteral("All files"), QStringList{"*"}));
    // One dialog at a time.
    QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);
    portal.answer({}, {}, 1);
    QTRY_VERIFY(!run.find<FileChooser>("openPickerChooser")->busy());
    QCOMPARE(portal.asked.size(), 1);
    QVERIFY(run.app.chat()->video().isEmpty() && run.app.notice().isEmpty());
    QVERIFY(run.find("openPicker")->findChild<QObject*>("ownDialog")->property("item").value<QObject*>() == nullptr);
    QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);
    QTRY_COMPARE(portal.asked.size(), 2);
    portal.answer({url_of(clips + "/trio.mp4")});
    QTRY_COMPARE(run.app.chat()->video(), clips + "/trio.mp4");
  }
  // The next start begins where the last one was.
  Running run(database, script.door());
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);
  QTRY_COMPARE(portal.asked.size(), 3);
  QCOMPARE(folder_in(portal.asked.last()), clips);
  portal.answer({url_of(clips + "/trio.mp4"), url_of(clips + "/crossing.mp4")});
  QTRY_VERIFY(run.find<QObject>("fileChoice")->property("opened").toBool());
}

void FileDialogsTest::the_portal_saves_under_the_typed_name() {
  if (!has_bus()) QSKIP("there is no dbus-daemon");
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  FakePortal portal;
  run.app.settings()->set_folder("exports", folder.path());
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask("Which way does the star move?");
  QTRY_VERIFY(run.app.chat()->rowCount() == 2 && !run.app.chat()->busy());
  Exporter& exporter = *run.app.exporter();
  const auto save_as = [&](const QString& typed, const QString& filter) {
    const auto before = portal.asked.size();
    QMetaObject::invokeMethod(run.find("export"), "choose", Q_ARG(QVariant, static_cast<int>(Exporter::Svg)));
    if (!QTest::qWaitFor([&] { return portal.asked.size() > before; }, kPatience)) return;
    portal.answer({url_of(folder.filePath(typed))}, filter);
  };
  save_as("as I typed it.v2", "SVG pictures");
  QTRY_COMPARE(exporter.saved(), folder.filePath("as I typed it.v2"));
  const FakePortal::Asked& first = portal.asked.first();
  QCOMPARE(first.method, QStringLiteral("SaveFile"));
  QCOMPARE(first.options["current_name"].toString(), QStringLiteral("crossing-tokens.svg"));
  QCOMPARE(folder_in(first), folder.path());
  QCOMPARE(first.options["accept_label"].toString(), QStringLiteral("Save"));
  QCOMPARE(first.filters[0], qMakePair(QStringLiteral("SVG pictures"), QStringList{"*.[sS][vV][gG]"}));
  save_as("plain", "SVG pictures");
  QTRY_COMPARE(exporter.saved(), folder.filePath("plain.svg"));
  save_as("bare", "All files");
  QTRY_COMPARE(exporter.saved(), folder.filePath("bare"));
  // The desktop has asked before it gives the name of a file that is there; a completed name it has not seen.
  save_as("plain.svg", "SVG pictures");
  QTRY_COMPARE(exporter.saved(), folder.filePath("plain.svg"));
  auto* replace = run.find<QObject>("replaceDialog");
  QVERIFY(!replace->property("visible").toBool());
  save_as("plain", "SVG pictures");
  QTRY_VERIFY(replace->property("opened").toBool());
  QMetaObject::invokeMethod(replace, "reject");
  QTRY_VERIFY(!replace->property("visible").toBool());
}

void FileDialogsTest::folders_are_asked_with_the_portal() {
  if (!has_bus()) QSKIP("there is no dbus-daemon");
  const QTemporaryDir folder;
  Script script;
  FakePortal portal;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  const auto ask = [&] { QMetaObject::invokeMethod(run.find("modelPicker"), "ask", Q_ARG(QVariant, QString())); };
  QMetaObject::invokeMethod(run.find<QObject>("modelsPage"), "open");
  QTRY_VERIFY(run.find("modelPicker") != nullptr);
  ask();
  QTRY_COMPARE(portal.asked.size(), 1);
  QVERIFY(portal.asked[0].options["directory"].toBool() && portal.asked[0].filters.isEmpty());
  portal.answer({url_of(folder.path())});
  QTRY_COMPARE(run.app.settings()->folder("models"), folder.path());
  QVERIFY(run.app.settings()->model_folders().contains(folder.path()));
  // An old portal cannot choose folders.
  portal.version = 2;
  ask();
  QTRY_VERIFY(run.find("modelPicker")->findChild<QObject*>("ownDialog")->property("item").value<QObject*>() != nullptr);
  QCOMPARE(portal.asked.size(), 1);
}

void FileDialogsTest::without_a_portal_the_program_asks() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  run.app.settings()->set_folder("videos", folder.path());
  QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);
  const auto own = [&] {
    return run.find("openPicker")->findChild<QObject*>("ownDialog")->property("item").value<QObject*>();
  };
  QTRY_VERIFY(own() != nullptr && own()->property("visible").toBool());
  QCOMPARE(own()->property("currentFolder").toUrl(), QUrl::fromLocalFile(folder.path()));
  const QStringList filters = own()->property("nameFilters").toStringList();
  QCOMPARE(filters.size(), 2);
  QVERIFY(filters[0].startsWith("Videos and pictures (*.mp4 ") && filters[1] == "All files (*)");
  QVERIFY(own()->property("parent").value<QQuickItem*>()->window() == run.window);
  QMetaObject::invokeMethod(own(), "reject");
  QTRY_VERIFY(!own()->property("visible").toBool());
  QVERIFY(run.app.chat()->video().isEmpty() && run.app.notice().isEmpty());
  QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);  // it can be asked again
  QTRY_VERIFY(own()->property("visible").toBool());
}

namespace {

bool write(const QString& path, const QByteArray& content = "x") {
  QFile file(path);
  return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

void shoot(const Running& run, const char* name) {
  const QString to = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS");
  if (!to.isEmpty()) still(run.window).save(to + "/files-" + name + ".png");
}

// The program's own dialog of one picker.
struct Own {
  const Running& run;
  QObject* picker;
  [[nodiscard]] QObject* sheet() const {
    return picker->findChild<QObject*>("ownDialog")->property("item").value<QObject*>();
  }
  [[nodiscard]] bool opened() const { return sheet() != nullptr && sheet()->property("opened").toBool(); }
  [[nodiscard]] QQuickItem* item(const char* name) const {
    const QList<QQuickItem*> all = visible(run.window->contentItem(), name);
    return all.isEmpty() ? nullptr : all.last();
  }
  [[nodiscard]] QStringList rows() const {
    QStringList names;
    for (const QQuickItem* row : visible(run.window->contentItem(), "fileRow"))
      names << row->property("fileName").toString();
    names.sort();
    return names;
  }
  void click(const QString& name, Qt::KeyboardModifiers with = Qt::NoModifier, bool twice = false) const {
    lay_out(run.window);
    for (const QQuickItem* row : visible(run.window->contentItem(), "fileRow")) {
      if (row->property("fileName").toString() != name) continue;
      const QPoint at = row->mapToScene({row->width() / 3, row->height() / 2}).toPoint();
      if (twice)
        QTest::mouseDClick(run.window, Qt::LeftButton, with, at);
      else
        QTest::mouseClick(run.window, Qt::LeftButton, with, at);
      return;
    }
  }
  void type(const QString& text) const {
    for (const QChar c : text) QTest::keyClick(run.window, c.toLatin1());
  }
};

}  // namespace

void FileDialogsTest::a_name_is_typed_and_saved_with_enter() {
  const QTemporaryDir folder;
  QVERIFY(QDir(folder.path()).mkdir("below") && write(folder.filePath("old.json"), "{}") &&
          write(folder.filePath("other.txt")));
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.settings()->set_folder("exports", folder.path());
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask("Which way does the star move?");
  QTRY_VERIFY(run.app.chat()->rowCount() == 2 && !run.app.chat()->busy());
  const Own own{run, run.find("export")->findChild<QObject*>("savePicker")};
  QVERIFY(own.picker != nullptr);
  Exporter& exporter = *run.app.exporter();
  for (const auto& [kind, typed, saved] : {std::tuple{Exporter::Svg, "pic", "pic.svg"},
                                           {Exporter::Picture, "pic", "pic.png"},
                                           {Exporter::Json, "all", "all.json"},
                                           {Exporter::Tokens, "myresults", "myresults.csv"},
                                           {Exporter::Tokens, "my.txt", "my.txt"},
                                           {Exporter::Film, "film", "film.mp4"},
                                           {Exporter::Json, "below/all", "below/all.json"}}) {
    QMetaObject::invokeMethod(run.find("export"), "choose", Q_ARG(QVariant, static_cast<int>(kind)));
    QTRY_VERIFY(own.opened());
    const QQuickItem* name = own.item("fileName");
    QVERIFY(name->hasActiveFocus());
    const QString suggested = name->property("text").toString();
    QCOMPARE(name->property("selectedText").toString(), suggested.section('.', 0, -2));
    QTRY_VERIFY(own.rows().contains("below"));
    if (kind == Exporter::Svg) shoot(run, "save");
    QTest::keyClick(run.window, Qt::Key_A, Qt::ControlModifier);
    own.type(typed);
    QTest::keyClick(run.window, Qt::Key_Return);
    QTRY_VERIFY(!own.opened());
    QTRY_COMPARE_WITH_TIMEOUT(exporter.saved(), folder.filePath(saved), kPatience);
    run.app.settings()->set_folder("exports", folder.path());
  }
  // It asks before it replaces a file.
  QMetaObject::invokeMethod(run.find("export"), "choose", Q_ARG(QVariant, static_cast<int>(Exporter::Json)));
  QTRY_VERIFY(own.opened());
  QTRY_VERIFY(own.rows().contains("old.json"));
  QVERIFY(!own.rows().contains("other.txt"));
  own.click("old.json");
  QCOMPARE(own.item("fileName")->property("text").toString(), QStringLiteral("old.json"));
  shoot(run, "chosen");
  for (QQuickItem* agree : visible(run.window->contentItem(), "agree")) click(agree);
  QObject* replace = run.find<QObject>("replaceDialog");
  QTRY_VERIFY(replace->property("opened").toBool());
  QMetaObject::invokeMethod(replace, "reject");
  QTRY_VERIFY(!replace->property("visible").toBool());
  // Nothing, and a folder that is not there.
  QMetaObject::invokeMethod(run.find("export"), "choose", Q_ARG(QVariant, static_cast<int>(Exporter::Json)));
  QTRY_VERIFY(own.opened());
  for (const char* wrong : {" ", "none/a"}) {
    QTest::keyClick(run.window, Qt::Key_A, Qt::ControlModifier);
    own.type(wrong);
    QTest::keyClick(run.window, Qt::Key_Return);
    QVERIFY(own.opened() && !own.item("fileProblem")->property("text").toString().isEmpty());
  }
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!own.opened());
}

void FileDialogsTest::several_files_are_chosen() {
  const QTemporaryDir folder;
  for (const char* name : {"a.mp4", "b %20.mp4", "c.PNG", "d.txt"}) QVERIFY(write(folder.filePath(name)));
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  run.app.settings()->set_folder("videos", folder.path());
  QTest::keyClick(run.window, Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
  QTRY_VERIFY(run.find("batchFiles") != nullptr && run.find("batchFiles")->isVisible());
  const Own own{run, run.find("batchPicker")};
  const auto take = [&](auto&& choose) {
    lay_out(run.window);
    click(run.find("batchFiles"));
    if (!QTest::qWaitFor([&] { return own.opened() && own.rows().size() == 3; }, kPatience)) return QStringList();
    const QSignalSpy chosen(run.find<FileChooser>("batchPickerChooser"), &FileChooser::chosen);
    choose();
    QStringList names;
    if (!QTest::qWaitFor([&] { return chosen.size() == 1; }, kPatience)) return names;
    for (const QUrl& file : chosen[0][0].value<QList<QUrl>>()) names << file.fileName(QUrl::FullyDecoded);
    return names;
  };
  const auto enter = [&] { QTest::keyClick(run.window, Qt::Key_Return); };
  QCOMPARE(take([&] {
             own.click("a.mp4");
             own.click("c.PNG", Qt::ControlModifier);
             shoot(run, "several");
             enter();
           }),
           QStringList({"a.mp4", "c.PNG"}));
  QCOMPARE(take([&] {
             own.click("a.mp4");
             own.click("b %20.mp4", Qt::ShiftModifier);
             enter();
           }),
           QStringList({"a.mp4", "b %20.mp4"}));
  QCOMPARE(take([&] {
             QTest::keyClick(run.window, Qt::Key_Down);  // from the name to the list
             QTest::keyClick(run.window, Qt::Key_A, Qt::ControlModifier);
             enter();
           }),
           QStringList({"a.mp4", "b %20.mp4", "c.PNG"}));
  QCOMPARE(take([&] { own.click("b %20.mp4", {}, true); }), QStringList({"b %20.mp4"}));
  QCOMPARE(take([&] {
             own.type("d.txt");
             enter();
           }),
           QStringList({"d.txt"}));
}

void FileDialogsTest::folders_are_walked_through() {
  const QTemporaryDir folder;
  QVERIFY(QDir(folder.path()).mkpath("one/two") && write(folder.filePath("one/clip.mp4")));
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  run.app.settings()->set_folder("videos", folder.filePath("one"));
  run.app.settings()->setTheme("dark");
  const Own own{run, run.find("openPicker")};
  QTest::keyClick(run.window, Qt::Key_O, Qt::ControlModifier);
  QTRY_VERIFY(own.opened());
  QTRY_COMPARE(own.rows(), QStringList({"clip.mp4", "two"}));
  own.click("clip.mp4");
  shoot(run, "dark");
  const auto here = [&] { return own.sheet()->property("currentFolder").toUrl().toLocalFile(); };
  own.click("two", {}, true);
  QTRY_COMPARE(here(), folder.filePath("one/two"));
  QTRY_COMPARE(own.rows(), QStringList());
  QTest::keyClick(run.window, Qt::Key_Up, Qt::AltModifier);
  QTRY_COMPARE(here(), folder.filePath("one"));
  click(own.item("fileUp"));
  QTRY_COMPARE(here(), folder.path());
  own.item("filePath")->setProperty("text", "one/two");
  own.item("filePath")->forceActiveFocus();
  QTest::keyClick(run.window, Qt::Key_Return);
  QTRY_COMPARE(here(), folder.filePath("one/two"));
  QVERIFY(own.opened());
  QTRY_VERIFY(!visible(run.window->contentItem(), "filePlace").isEmpty());
  lay_out(run.window);
  click_on(run.window, visible(run.window->contentItem(), "filePlace").first());
  QTRY_COMPARE(here(), QDir::homePath());
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!own.opened());
  QVERIFY(!run.find<FileChooser>("openPickerChooser")->busy());
  QVERIFY(run.app.chat()->video().isEmpty());
}

void FileDialogsTest::a_portal_that_fails_or_ends() {
  if (!has_bus()) QSKIP("there is no dbus-daemon");
  const QTemporaryDir folder;
  FakePortal portal;
  Settings settings(folder.filePath("settings.ini").toStdString());
  FileChooser chooser;
  chooser.setProperty("settings", QVariant::fromValue(&settings));
  const QSignalSpy own(&chooser, &FileChooser::ownWanted), cancelled(&chooser, &FileChooser::cancelled),
      chosen(&chooser, &FileChooser::chosen);
  portal.refuses = true;
  chooser.open(nullptr);
  QTRY_COMPARE(own.size(), 1);
  QVERIFY(chooser.busy());  // until the program's dialog has an answer
  chooser.cancel();
  QCOMPARE(cancelled.size(), 1);
  portal.refuses = false;
  chooser.open(nullptr);
  QTRY_COMPARE(portal.asked.size(), 1);
  portal.answer({});  // accepted, but nothing is named
  QTRY_COMPARE(cancelled.size(), 2);
  const int closed = portal.closed;
  {
    FileChooser short_lived;
    short_lived.open(nullptr);
    QTRY_COMPARE(portal.asked.size(), 2);
  }
  QTRY_COMPARE(portal.closed, closed + 1);  // the window is gone, and so is its dialog
  chooser.open(nullptr);
  QTRY_COMPARE(portal.asked.size(), 3);
  portal.leave();
  QTRY_COMPARE(cancelled.size(), 3);
  QCOMPARE(own.size(), 1);
  QCOMPARE(chosen.size(), 0);
  QVERIFY(!chooser.busy());
}

void FileDialogsTest::a_chooser_cancelled_at_the_first_start() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door(), true);
  const QStringList clips{resource("clips/trio.mp4"), resource("clips/crossing.mp4")};
  run.app.openFiles(clips);
  auto* choice = run.find<QObject>("fileChoice");
  QTRY_VERIFY(choice->property("opened").toBool());
  QVERIFY(!run.app.settings()->tourSeen());
  QMetaObject::invokeMethod(choice, "close");
  QTRY_VERIFY(!choice->property("visible").toBool());
  QVERIFY(run.app.notice().isEmpty() && run.app.choices().isEmpty());
  QTRY_VERIFY(run.find<QObject>("tour")->property("opened").toBool());
  QVERIFY(run.app.settings()->tourSeen());
}

namespace {
const Registered<FileDialogsTest> registered("file_dialogs");
}  // namespace

}  // namespace sparsight::test

#include "file_dialogs_test.moc"
