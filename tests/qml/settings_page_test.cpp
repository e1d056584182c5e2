// The sections of the settings: how questions are asked, presets, back to the defaults, what needs the model loaded
// again, where data lies, what the program is.
#include "app/settings/about.h"
#include "app/settings/data_places.h"
#include "core/model/families/family.h"
#include "tests/qml/chat_support.h"
#include "tests/qml/window_items.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <filesystem>
#include <fstream>

namespace sparsight::test {
namespace {

// Remembers how it was asked and loaded.
struct Noting {
  Script script;
  std::mutex mutex;
  std::vector<Question> questions;
  std::atomic<int> loads = 0;
  const Family* family = nullptr;

  Noting() { script.pause = std::chrono::milliseconds(0); }
  EngineDoor door() {
    EngineDoor door = script.door();
    door.load = [this](const EngineOptions&, const Control&) { ++loads; };
    door.info = [this, info = door.info] {
      ModelInfo model = info();
      if (family != nullptr) model.config.family = family;
      return model;
    };
    door.answer = [this, answer = door.answer](const Question& question,
                                               const std::function<void(std::string_view)>& say,
                                               const Control& control) {
      {
        const std::lock_guard lock(mutex);
        questions.push_back(question);
      }
      return answer(question, say, control);
    };
    return door;
  }
  std::vector<Question> asked() {
    const std::lock_guard lock(mutex);
    return questions;
  }
};

// Shows a section of the settings.
bool show(const Running& run, const char* section) {
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "show", Q_ARG(QVariant, QString(section)));
  return QTest::qWaitFor([&] { return run.find<QObject>("settingsPage")->property("opened").toBool(); }, kPatience);
}

QVariantMap facts_of(Running& run, int row) {
  QVariantMap facts;
  for (const QVariant& fact : run.app.chat()->details(row))
    facts[fact.toMap()["name"].toString()] = fact.toMap()["value"];
  return facts;
}

// Stands for the desktop's file manager.
class Desktop : public QObject {
  Q_OBJECT

 public:
  Desktop() { QDesktopServices::setUrlHandler("file", this, "open"); }
  ~Desktop() override { QDesktopServices::unsetUrlHandler("file"); }
  QList<QUrl> opened;

 public slots:
  void open(const QUrl& url) { opened << url; }
};

}  // namespace

class SettingsPageTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void sections_are_walked_with_the_keyboard();
  void new_values_are_kept_and_bounded();
  void questions_are_asked_as_set();
  void a_new_seed_is_in_the_facts();
  void a_system_prompt_changes_what_the_model_reads();
  void a_model_without_a_system_prompt_says_so();
  void presets_are_used_and_saved();
  void a_section_goes_back_and_forth();
  void the_opacity_goes_back_with_the_colours();
  void threads_need_another_loading();
  void the_command_line_wins();
  void data_has_places_and_sizes();
  void every_library_has_its_licence();
  void the_diagnosis_names_no_path();
};

void SettingsPageTest::sections_are_walked_with_the_keyboard() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  QVERIFY(run.find("setTheme") == nullptr);  // the window starts without the page
  QVERIFY(show(run, "general"));
  const QObject* page = run.find<QObject>("settingsPage");
  visible(run.window->contentItem(), "section-general").first()->forceActiveFocus(Qt::TabFocusReason);
  QStringList seen;
  for (int i = 0; i < 7; ++i) {
    lay_out(run.window);
    const QQuickItem* focused = run.window->activeFocusItem();
    seen << focused->objectName();
    QVERIFY(focused->property("checked").toBool());
    QCOMPARE(page->property("section").toInt(), i);
    // Its settings are shown, and no others.
    for (const auto& [name, section] : {std::pair{"setTheme", 0},
                                        {"setSystem", 1},
                                        {"setStrategy", 2},
                                        {"setToneMap", 3},
                                        {"setThreads", 4},
                                        {"place-settings", 5},
                                        {"diagnosis", 6}})
      QVERIFY2(visible(run.window->contentItem(), name).size() == (section == i ? 1 : 0), name);
    QTest::keyClick(run.window, Qt::Key_Down);
  }
  QCOMPARE(seen.size(), QSet<QString>(seen.begin(), seen.end()).size());
  QCOMPARE(page->property("section").toInt(), 0);
  QTest::keyClick(run.window, Qt::Key_Up);
  QCOMPARE(page->property("section").toInt(), 6);
}

void SettingsPageTest::new_values_are_kept_and_bounded() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("settings.ini");
  {
    Settings settings(file.toStdString());
    QVERIFY(settings.reopenLast() && settings.newSeed());
    QCOMPARE(settings.temperature(), 0.0);
    QCOMPARE(settings.topP(), 1.0);
    QCOMPARE(settings.altered(), QStringList());
    settings.setReopenLast(false);
    settings.setSystem(QString::fromUtf8("Réponds,\n„kurz“; = ☺ \\ \""));
    settings.setTemperature(0.7);
    settings.setTopP(0.9);
    settings.setTopK(40);
    settings.setNewSeed(false);
    settings.setSeed(2147483647);
    settings.setThreads(3);
    settings.setArithmetic("bf16");
  }
  {
    Settings settings(file.toStdString());
    QVERIFY(!settings.reopenLast() && !settings.newSeed());
    QCOMPARE(settings.system(), QString::fromUtf8("Réponds,\n„kurz“; = ☺ \\ \""));
    QCOMPARE(settings.temperature(), 0.7);
    QCOMPARE(settings.topP(), 0.9);
    QCOMPARE(settings.topK(), 40);
    QCOMPARE(settings.seed(), 2147483647);
    QCOMPARE(settings.threads(), 3);
    QCOMPARE(settings.arithmetic(), QStringLiteral("bf16"));
    QCOMPARE(settings.altered(), QStringList({"general", "answers", "machine"}));
    settings.setSystem(QString(Settings::mostSystem() - 1, 'x') + QString::fromUtf8("😀"));
    QCOMPARE(settings.system().size(), Settings::mostSystem() - 1);  // no half of a character
  }
  QFile ini(file);
  QVERIFY(ini.open(QIODevice::WriteOnly | QIODevice::Truncate));
  ini.write(
      "[General]\ntemperature=9\ntop_p=0\ntop_k=-1\nseed=-5\nthreads=99999\narithmetic=f16\n"
      "presets=\"[{\\\"name\\\": \\\"\\\"}, 3, {\\\"name\\\": \\\"x\\\", \\\"top_k\\\": \\\"many\\\"}]\"\n");
  ini.close();
  Settings settings(file.toStdString());
  QCOMPARE(settings.temperature(), 0.0);
  QCOMPARE(settings.topP(), 1.0);
  QCOMPARE(settings.topK(), 0);
  QCOMPARE(settings.seed(), 0);
  QCOMPARE(settings.threads(), 0);
  QCOMPARE(settings.arithmetic(), QStringLiteral("f32"));
  QCOMPARE(settings.presets().size(), 3 + 1);
  settings.usePreset("own:x");
  QCOMPARE(settings.topK(), 0);
}

void SettingsPageTest::questions_are_asked_as_set() {
  const QTemporaryDir folder;
  Noting engine;
  Running run(folder.filePath("chats.db"), engine.door());
  QVERIFY(activate(run.window));
  QVERIFY(show(run, "answers"));
  // In the window, as a person would.
  auto* words = run.find("setSystem");
  words->forceActiveFocus();
  for (const char letter : {'b', 'e', ' ', 'k', 'i', 'n', 'd'}) QTest::keyClick(run.window, letter);
  slide(run.find("setTemperature")->property("slider").value<QQuickItem*>(), 0.8);
  slide(run.find("setTopP")->property("slider").value<QQuickItem*>(), 0.9);
  const auto set_count = [&](const char* name, int value) {
    run.find(name)->setProperty("value", value);
    QMetaObject::invokeMethod(run.find(name), "valueModified");
  };
  set_count("setTopK", 40);
  QMetaObject::invokeMethod(run.find("setNewSeed"), "chosen", Q_ARG(QVariant, false));
  set_count("setSeed", 7);
  set_count("setMaxNewTokens", 33);
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "close");
  run.ask("Anything?");
  QTRY_VERIFY(run.app.chat()->rowCount() == 2 && !run.app.chat()->busy());
  QCOMPARE(engine.asked().size(), 1);
  const Question question = engine.asked().front();
  QCOMPARE(QString::fromStdString(question.system), QStringLiteral("be kind"));
  QCOMPARE(question.sampling.temperature, 0.8F);
  QCOMPARE(question.sampling.top_p, 0.9F);
  QCOMPARE(question.sampling.top_k, std::size_t{40});
  QCOMPARE(question.sampling.seed, std::uint64_t{7});
  QCOMPARE(question.max_new_tokens, std::size_t{33});
  const QVariantMap facts = facts_of(run, 1);
  QCOMPARE(facts["System prompt"].toString(), QStringLiteral("be kind"));
  QCOMPARE(facts["Sampling"].toString(), QStringLiteral("temperature 0.8, top-k 40, top-p 0.9, seed 7"));
  // Another answer to the same question is asked with what is set then.
  run.app.settings()->reset("answers");
  QVERIFY(words->property("text").toString().isEmpty());
  run.app.chat()->again(1);
  QTRY_VERIFY(engine.asked().size() == 2 && !run.app.chat()->busy());
  QVERIFY(engine.asked().back().system.empty());
  QCOMPARE(engine.asked().back().sampling.temperature, 0.0F);
  QVERIFY(!facts_of(run, 1).contains("System prompt"));
  QCOMPARE(facts_of(run, 1)["Sampling"].toString(), QStringLiteral("the most likely word each time"));
}

void SettingsPageTest::a_new_seed_is_in_the_facts() {
  const QTemporaryDir folder;
  Noting engine;
  Running run(folder.filePath("chats.db"), engine.door());
  run.app.settings()->setTemperature(1);
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 4; ++i) {
    run.ask("Anything?");
    QTRY_VERIFY(run.app.chat()->rowCount() == 2 * (i + 1) && !run.app.chat()->busy());
    const std::uint64_t seed = engine.asked().back().sampling.seed;
    seeds.insert(seed);
    QVERIFY(facts_of(run, 2 * i + 1)["Sampling"].toString().endsWith(QStringLiteral("seed %1").arg(seed)));
    run.app.settings()->setSeed(static_cast<int>(seed));  // it can be set
    QCOMPARE(static_cast<std::uint64_t>(run.app.settings()->seed()), seed);
  }
  QVERIFY(seeds.size() > 1);
}

void SettingsPageTest::a_system_prompt_changes_what_the_model_reads() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  const QString question = "Which way does the star move?";
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  const auto text_tokens = [&](int answers) {
    run.ask(question);
    (void)QTest::qWaitFor([&] { return !run.app.chat()->busy() && run.app.chat()->rowCount() == 2 * answers; },
                          kPatience);
    const auto trace = run.app.trace()->trace();
    return trace ? static_cast<int>(trace->visual_begin) : -1;
  };
  const int plain = text_tokens(1);
  QVERIFY(plain > 0);
  run.app.settings()->setSystem("Answer in one word.");
  run.app.chat()->newSession();
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  QVERIFY(text_tokens(1) > plain);
}

void SettingsPageTest::a_model_without_a_system_prompt_says_so() {
  const QTemporaryDir folder;
  Noting engine;
  Family family;
  engine.family = &family;
  Running run(folder.filePath("chats.db"), engine.door());
  QTRY_VERIFY(!run.app.loading());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QVERIFY(show(run, "answers"));
  QVERIFY(!run.app.takesSystem());
  QVERIFY(!run.find("setSystem")->isEnabled());
  QStringList notes;
  for (const QQuickItem* note : visible(run.window->contentItem(), "settingNote"))
    notes << note->property("text").toString();
  QCOMPARE(notes, QStringList{"The loaded model takes none."});
  // One with a text of its own shows it.
  family.chat.system_before = "<";
  family.chat.system_after = ">";
  family.chat.default_system = "You are a test.";
  run.app.reloadModel();
  QTRY_VERIFY(!run.app.loading());
  QVERIFY(run.app.takesSystem() && run.find("setSystem")->isEnabled());
  QCOMPARE(run.app.ownSystem(), QStringLiteral("You are a test."));
  QVERIFY(visible(run.window->contentItem(), "settingNote").isEmpty());
}

void SettingsPageTest::presets_are_used_and_saved() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  Settings& settings = *run.app.settings();
  QVERIFY(show(run, "answers"));
  QQuickItem* box = run.find("setPreset");
  QCOMPARE(settings.preset(), QStringLiteral("exact"));
  settings.setSystem("Be brief.");
  QMetaObject::invokeMethod(box, "chosen", Q_ARG(QVariant, QStringLiteral("creative")));
  QCOMPARE(settings.temperature(), 1.0);
  QCOMPARE(settings.topP(), 0.95);
  QCOMPARE(settings.system(), QStringLiteral("Be brief."));  // it changes only the sampling
  QVERIFY(box->property("displayText").toString().startsWith("Creative"));
  settings.setTemperature(0.35);
  QCOMPARE(settings.preset(), QString());
  QCOMPARE(box->property("displayText").toString(), QStringLiteral("Other values"));
  // An own one, by name; it keeps everything.
  settings.setMaxNewTokens(12);
  run.find("presetName")->forceActiveFocus();
  for (const char letter : {'t', 'e', 'r', 's', 'e'}) QTest::keyClick(run.window, letter);
  click(run.find("savePreset"));
  QCOMPARE(settings.preset(), QStringLiteral("own:terse"));
  QCOMPARE(box->property("displayText").toString(), QStringLiteral("terse"));
  QVERIFY(run.find("presetName")->property("text").toString().isEmpty());
  settings.reset("answers");
  QCOMPARE(settings.preset(), QStringLiteral("exact"));
  QMetaObject::invokeMethod(box, "chosen", Q_ARG(QVariant, QStringLiteral("own:terse")));
  QCOMPARE(settings.temperature(), 0.35);
  QCOMPARE(settings.system(), QStringLiteral("Be brief."));
  QCOMPARE(settings.maxNewTokens(), 12);
  // The same name again takes its place; names are trimmed; no name is none.
  settings.setTopK(5);
  QVERIFY(settings.savePreset("  terse "));
  QVERIFY(!settings.savePreset(" \n"));
  QCOMPARE(settings.presets().size(), 3 + 1);
  settings.setTopK(0);
  QCOMPARE(Settings(settings.file().toStdString()).presets().size(), 3 + 1);
  settings.usePreset("own:terse");
  QCOMPARE(settings.topK(), 5);
  QVERIFY(run.find("removePreset")->isEnabled());
  click(run.find("removePreset"));
  QCOMPARE(settings.presets().size(), 3);
  for (int i = 0; i < Settings::mostPresets(); ++i) QVERIFY(settings.savePreset(QString::number(i)));
  QVERIFY(!settings.savePreset("one more"));
}

void SettingsPageTest::a_section_goes_back_and_forth() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  Settings& settings = *run.app.settings();
  settings.setTheme("dark");
  settings.setTemperature(0.5);
  settings.setFrames(4);
  settings.setStrategy("fastv");
  settings.setBudget("10%");
  settings.set_model_folders({"/models"});
  QVERIFY(show(run, "general"));
  click(run.find("resetSection"));
  QCOMPARE(settings.theme(), QStringLiteral("system"));
  QCOMPARE(settings.temperature(), 0.5);  // another section
  QVERIFY(!run.find("resetSection")->isEnabled());
  QVERIFY(run.find("undoReset")->isEnabled());
  click(run.find("undoReset"));
  QCOMPARE(settings.theme(), QStringLiteral("dark"));
  QVERIFY(!run.find("undoReset")->isEnabled());
  click(run.find("resetAll"));
  QCOMPARE(settings.altered(), QStringList());
  QCOMPARE(settings.strategy(), QString());
  QCOMPARE(settings.model_folders(), QStringList{"/models"});  // these are no settings of the page
  QVERIFY(settings.tourSeen());
  click(run.find("undoReset"));
  QCOMPARE(settings.altered(), QStringList({"general", "answers", "tokens"}));
  QCOMPARE(settings.budget(), QStringLiteral("10%"));
  // What is set after a reset is not undone.
  click(run.find("resetAll"));
  settings.setTemperature(0.2);
  QVERIFY(!settings.canUndo());
  settings.undoReset();
  QCOMPARE(settings.temperature(), 0.2);
}

void SettingsPageTest::the_opacity_goes_back_with_the_colours() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  Settings& settings = *run.app.settings();
  const double usual = settings.strength();
  run.app.trace()->setColours("viridis");
  run.app.trace()->setStrength(0.1);
  run.app.player()->setVolume(0.5);
  settings.reset({});
  QCOMPARE(run.app.trace()->colours(), QStringLiteral("inferno"));
  QCOMPARE(run.app.trace()->strength(), usual);
  QCOMPARE(run.app.player()->volume(), 1.0);
  QVERIFY(settings.canUndo());
  settings.undoReset();
  QCOMPARE(run.app.trace()->colours(), QStringLiteral("viridis"));
  QCOMPARE(run.app.trace()->strength(), 0.1);
  QCOMPARE(run.app.player()->volume(), 0.5);
}

void SettingsPageTest::threads_need_another_loading() {
  const QTemporaryDir folder;
  Noting engine;
  Running run(folder.filePath("chats.db"), engine.door());
  QVERIFY(activate(run.window));
  QTRY_VERIFY(!run.app.loading());
  QVERIFY(show(run, "machine"));
  const auto noted = [&] {
    QStringList notes;
    for (const QQuickItem* note : visible(run.window->contentItem(), "settingNote"))
      notes << note->property("text").toString();
    return notes;
  };
  QQuickItem* again = run.find("reloadModel");
  QVERIFY(!run.app.reloadNeeded() && !again->isEnabled() && noted().isEmpty());
  run.find("setThreads")->setProperty("value", 2);
  QMetaObject::invokeMethod(run.find("setThreads"), "valueModified");
  QVERIFY(run.app.reloadNeeded() && again->isEnabled());
  QCOMPARE(noted(), QStringList{"It was loaded on another device, with other threads or another arithmetic."});
  QCOMPARE(engine.loads.load(), 1);
  const QString model = run.app.settings()->model();
  click(again);
  QTRY_VERIFY(!run.app.loading());
  QCOMPARE(engine.loads.load(), 2);
  QVERIFY(!run.app.reloadNeeded() && noted().isEmpty());
  QCOMPARE(run.app.settings()->model(), model);  // it was not chosen, only loaded again
  // An arithmetic that the processor lacks changes nothing, and says so.
  run.app.settings()->setArithmetic("bf16");
  QCOMPARE(run.app.reloadNeeded(), run.app.devices()->bf16());
  QVERIFY(noted().size() == 1);
  // Back to what it was loaded with: nothing is to be done.
  run.app.settings()->setArithmetic("f32");
  QVERIFY(!run.app.reloadNeeded());
}

void SettingsPageTest::the_command_line_wins() {
  const QTemporaryDir folder;
  Script script;
  AppOptions options = Running::options(folder.filePath("chats.db"), false);
  options.compute = {.device = DeviceChoice{DeviceChoice::Kind::Cpu}, .threads = 1, .arithmetic = Arithmetic::Float32};
  Running run(script.door(), options);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QTRY_VERIFY(!run.app.loading());
  run.app.settings()->setThreads(2);
  run.app.settings()->setArithmetic("bf16");
  QVERIFY(!run.app.reloadNeeded());
  QVERIFY(show(run, "machine"));
  QVERIFY(!run.find("setDevice")->isEnabled());
  QVERIFY(!run.find("setThreads")->isEnabled() && !run.find("setArithmetic")->isEnabled());
}

void SettingsPageTest::data_has_places_and_sizes() {
  const QTemporaryDir folder;
  const std::filesystem::path root = folder.path().toStdString();
  std::filesystem::create_directories(root / "data" / "deep");
  std::ofstream(root / "data" / "a") << std::string(1000, 'a');
  std::ofstream(root / "data" / "deep" / "b") << std::string(234, 'b');
  std::filesystem::create_directory_symlink(root / "data", root / "data" / "deep" / "round");
  std::filesystem::create_symlink(root / "data" / "a", root / "data" / "again");
  QCOMPARE(bytes_below(root / "data"), std::uintmax_t{1234});
  QCOMPARE(bytes_below(root / "data" / "a"), std::uintmax_t{1000});
  QCOMPARE(bytes_below(root / "none"), std::uintmax_t{0});
  std::filesystem::permissions(root / "data" / "deep", std::filesystem::perms::none);
  QVERIFY(bytes_below(root / "data") >= 1000);  // root may look everywhere
  std::filesystem::permissions(root / "data" / "deep", std::filesystem::perms::owner_all);

  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  QVERIFY(show(run, "data"));
  QTRY_VERIFY(!run.app.places()->measuring());
  lay_out(run.window);
  QStringList keys;
  const Desktop desktop;
  for (const QVariant& place : run.app.places()->places()) {
    const QVariantMap facts = place.toMap();
    keys << facts["key"].toString();
    const auto rows = visible(run.window->contentItem(), "place-" + facts["key"].toString());
    QVERIFY2(rows.size() == 1, qPrintable(facts["key"].toString()));
    QQuickItem* row = rows.first();
    const QString size = all(row, "placeSize").first()->property("text").toString();
    QCOMPARE(size, facts["there"].toBool() ? facts["size"].toString() : QStringLiteral("nothing yet"));
    QCOMPARE(all(row, "placePath").first()->property("text").toString(), facts["path"].toString());
    click(all(row, "openPlace").first());
    // The folder itself or, for a file or a folder that is not there yet, one above.
    const QString opened = desktop.opened.last().toLocalFile();
    QVERIFY2(QFileInfo(opened).isDir() && facts["path"].toString().startsWith(opened), qPrintable(opened));
  }
  QCOMPARE(keys, QStringList({"chats", "settings", "cache", "made", "demo"}));
  QCOMPARE(desktop.opened.size(), keys.size());
  const QVariantMap chats = run.app.places()->places().first().toMap();
  QCOMPARE(chats["path"].toString(), folder.filePath("chats.db"));
  QVERIFY(chats["there"].toBool() && !chats["size"].toString().isEmpty());
  QVERIFY(!run.app.places()->openFolder(-1) && !run.app.places()->openFolder(99));
}

void SettingsPageTest::every_library_has_its_licence() {
  QFile packages(QStringLiteral(SPARSIGHT_SOURCE_DIR "/tools/packages.txt"));
  QVERIFY(packages.open(QIODevice::ReadOnly));
  QFile file(resource("licences.json"));
  QVERIFY(file.open(QIODevice::ReadOnly));
  QSet<QString> covered;
  const QJsonArray listed = QJsonDocument::fromJson(file.readAll()).array();
  for (const QJsonValue& one : listed)
    for (const QJsonValue& package : one["packages"].toArray()) covered << package.toString();
  QString group;
  int libraries = 0;
  while (!packages.atEnd()) {
    const QString line = QString::fromUtf8(packages.readLine()).section('#', 0, 0).trimmed();
    if (line.startsWith('[')) group = line;
    // What is linked: development packages of libraries, but no tools.
    const bool linked =
        QRegularExpression("^(lib.*|nlohmann.*|qt6-(base|declarative|multimedia|svg).*)-dev$").match(line).hasMatch();
    if ((group != "[build]" && group != "[app]") || !linked) continue;
    ++libraries;
    QVERIFY2(covered.contains(line), qPrintable(line + " is not in resources/licences.json"));
  }
  QVERIFY(libraries > 15);
  const QVariantList shown = About::licences();
  QCOMPARE(shown.size(), listed.size());
  for (const QVariant& one : shown) {
    QVERIFY(!one.toMap()["name"].toString().isEmpty());
    QVERIFY(!one.toMap()["licence"].toString().isEmpty());
  }
  QCOMPARE(shown.first().toMap()["version"].toString(), About::version());
  QCOMPARE(shown.at(1).toMap()["version"].toString(), QString::fromLatin1(qVersion()));
  // As FFmpeg itself says.
  QVERIFY(shown.at(2).toMap()["licence"].toString().contains("GPL version"));
}

void SettingsPageTest::the_diagnosis_names_no_path() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  QTRY_VERIFY(!run.app.loading());
  QVERIFY(show(run, "about"));
  const auto shown = [&] { return run.find("diagnosis")->property("text").toString(); };
  QVERIFY(run.find("aboutVersion")->property("text").toString().contains(About::version()));
  for (const char* wanted : {"Sparsight: ", "System: ", "Processor: ", "Kernels: ", "Memory: ", "Qt: ", "FFmpeg: ",
                             "Graphics: ", "Model: sparsight-demo", "computed in f32"})
    QVERIFY2(shown().contains(wanted), wanted);
  QVERIFY(shown().contains(qVersion()));
  QVERIFY2(shown().contains("drawn by " + run.find("drawnBy")->property("text").toString()), qPrintable(shown()));
  QVERIFY2(!shown().contains(folder.path()), qPrintable(shown()));
  QVERIFY(!shown().contains(QDir::homePath() + '/') && !shown().contains(resource("")));
  click(run.find("copyDiagnosis"));
  QCOMPARE(QGuiApplication::clipboard()->text(), shown());
  // Only if one wants it to.
  run.find("withPaths")->setProperty("checked", true);
  QMetaObject::invokeMethod(run.find("withPaths"), "toggled");
  QTRY_VERIFY(shown().contains(folder.path()));
  QVERIFY(shown().contains(run.app.modelPath()));
  QVERIFY(run.find("licences")->property("text").toString().contains("FFmpeg"));
}

namespace {
const Registered<SettingsPageTest> registered("settings_page");
}  // namespace

}  // namespace sparsight::test

#include "settings_page_test.moc"
