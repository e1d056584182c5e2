// Settings are kept, stay within their range, and match the window.
#include "tests/qml/chat_support.h"

#include "core/model/frame_limit.h"

namespace sparsight::test {

class SettingsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void settings_are_kept();
  void values_out_of_range_count_as_default();
  void frames_are_what_the_model_takes();
  void the_page_offers_what_the_model_takes();
  void the_page_shows_what_is_set_in_another_language();
  void existing_texts_follow_the_language();
  void zooming_goes_along_the_scales();
  void a_window_lies_on_a_screen_data();
  void a_window_lies_on_a_screen();
  void the_window_follows_and_comes_back();
  void choices_made_while_working_are_kept();
  void the_old_default_was_no_choice();
  void without_a_choice_the_model_decides();
  void the_cost_of_pruning_is_shown();
};

void SettingsTest::settings_are_kept() {
  const QTemporaryDir folder;
  const std::filesystem::path file = folder.filePath("deep/settings.ini").toStdString();
  {
    Settings settings(file);
    QCOMPARE(settings.theme(), QStringLiteral("system"));
    QCOMPARE(settings.scale(), 100);
    QCOMPARE(settings.strategy(), QString());  // the model's own
    QCOMPARE(settings.frames(), 8);
    QVERIFY(!settings.tourSeen());
    QSignalSpy changed(&settings, &Settings::changed);
    settings.setTheme("dark");
    settings.setTheme("dark");
    QCOMPARE(changed.size(), 1);
    settings.setScale(150);
    settings.setLanguage("de");
    settings.setStrategy("none");
    settings.setBudget("9.4%");
    settings.setFrames(4);
    settings.setMaxNewTokens(32);
    settings.setStrength(0.25);
    settings.setColours("viridis");
    settings.setVolume(0.5);
    settings.setSessionsShown(false);
    settings.setTokensShown(false);
    settings.setTourSeen(true);
    settings.set_model("/models/a, b");
    settings.set_model_folders({"/models", "/with, comma"});
  }
  const Settings again(file);
  QCOMPARE(again.theme(), QStringLiteral("dark"));
  QCOMPARE(again.scale(), 150);
  QCOMPARE(again.language(), QStringLiteral("de"));
  QCOMPARE(again.strategy(), QStringLiteral("none"));
  QCOMPARE(again.budget(), QStringLiteral("9.4%"));
  QCOMPARE(again.frames(), 4);
  QCOMPARE(again.maxNewTokens(), 32);
  QCOMPARE(again.strength(), 0.25);
  QCOMPARE(again.colours(), QStringLiteral("viridis"));
  QCOMPARE(again.volume(), 0.5);
  QVERIFY(!again.sessionsShown());
  QVERIFY(!again.tokensShown());
  QVERIFY(again.tourSeen());
  QCOMPARE(again.model(), QStringLiteral("/models/a, b"));
  QCOMPARE(again.model_folders(), QStringList({"/models", "/with, comma"}));
}

void SettingsTest::values_out_of_range_count_as_default() {
  const QTemporaryDir folder;
  const QString file = folder.filePath("settings.ini");
  QFile ini(file);
  QVERIFY(ini.open(QIODevice::WriteOnly));
  ini.write(
      "[General]\ntheme=pink\nscale=90\nlanguage=xx\nstrategy=fastest\nframes=0\nmax_new_tokens=many\nstrength=7\n"
      "colours=jet\nvolume=-1\nwindow=somewhere\n");
  ini.close();
  const Settings settings(file.toStdString());
  QCOMPARE(settings.theme(), QStringLiteral("system"));
  QCOMPARE(settings.scale(), 100);
  QCOMPARE(settings.language(), QStringLiteral("system"));
  QCOMPARE(settings.strategy(), QString());
  QCOMPARE(settings.frames(), 8);
  QCOMPARE(settings.maxNewTokens(), 256);
  QCOMPARE(settings.strength(), 0.45);
  QCOMPARE(settings.colours(), QStringLiteral("inferno"));
  QCOMPARE(settings.volume(), 1.0);
  QVERIFY(settings.window(1360, 860).isValid());
}

void SettingsTest::frames_are_what_the_model_takes() {
  const QTemporaryDir folder;
  const std::filesystem::path file = folder.filePath("settings.ini").toStdString();
  Settings settings(file);
  settings.setFrames(40);
  QSignalSpy changed(&settings, &Settings::changed);
  settings.set_most_frames(15);
  settings.set_most_frames(15);
  QCOMPARE(changed.size(), 1);
  QCOMPARE(settings.mostFrames(), 15);
  QCOMPARE(settings.frames(), 15);
  settings.set_most_frames(100);  // another model: the choice is not lost
  QCOMPARE(settings.frames(), 40);
  settings.set_most_frames(0);
  QCOMPARE(settings.frames(), 1);
  settings.set_most_frames(SIZE_MAX);
  QVERIFY(settings.mostFrames() >= 64);
}

void SettingsTest::the_page_offers_what_the_model_takes() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  const ModelConfig config = read_config(resource("models/sparsight-demo").toStdString());
  const int most = static_cast<int>(most_frames_to_offer(config));
  QCOMPARE(run.app.settings()->mostFrames(), most);
  run.app.settings()->setFrames(4000);
  QVERIFY(run.app.settings()->frames() <= most);
  run.app.settings()->setFrames(64);
  // That many frames work.
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  run.ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2, kPatience);
  QCOMPARE(run.get(1, Conversation::StateRole).toString(), QStringLiteral("complete"));
}

void SettingsTest::existing_texts_follow_the_language() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.settings()->setLanguage("en");
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask("Which way does the star move?");
  QTRY_VERIFY(run.app.chat()->rowCount() == 2 && !run.app.chat()->busy());
  run.app.trace()->select(2, 0.5, 0.5);
  QTRY_VERIFY(!visible(run.find("messages"), "details").isEmpty());
  click(visible(run.find("messages"), "details").first());
  QTRY_VERIFY(!visible(run.find("messages"), "answerFacts").isEmpty());
  const auto accuracy_in = [&](const char* language) {
    run.app.settings()->setLanguage(language);
    return run.app.chat()->accuracy();
  };
  QVERIFY(!accuracy_in("de").contains("test questions right"));
  QVERIFY(accuracy_in("en").contains("test questions right"));
  // All texts in the window, except those of the user and the model.
  const auto written = [&] {
    lay_out(run.window);
    QStringList texts;
    std::function<void(QQuickItem*)> read = [&](QQuickItem* item) {
      if (!item->isVisible()) return;
      const QString text = item->property("text").toString();
      if (item->inherits("QQuickText") || item->inherits("QQuickTextEdit")) texts << text;
      for (QQuickItem* child : item->childItems()) read(child);
    };
    read(run.window->contentItem());
    return texts;
  };
  for (const bool comparing : {false, true}) {
    if (comparing) QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
    const QStringList english = written();
    const auto date = [&] {
      return visible(run.window->contentItem(), "session").first()->property("time").toString();
    };
    const QString english_date = date();
    run.app.settings()->setLanguage("de");
    const QStringList german = written();
    QVERIFY2(date() != english_date, qPrintable(date()));
    const QStringList here = comparing
                                 ? QStringList{"first word after", "after layer", " a layer", "fewer FLOPs", "2,056"}
                                 : QStringList{"First word after", "after layer", "2,056", "0:00.0"};
    for (const QString& words : here) {
      QVERIFY2(!english.filter(words).isEmpty(), qPrintable(words));
      QVERIFY2(german.filter(words).isEmpty(), qPrintable(german.filter(words).join('\n')));
    }
    run.app.settings()->setLanguage("en");
    QCOMPARE(written(), english);
  }
}

void SettingsTest::the_page_shows_what_is_set_in_another_language() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "open");
  run.app.settings()->setTheme("dark");
  for (const char* language : {"de", "en", "de"}) {
    run.app.settings()->setLanguage(language);
    for (const char* name : {"setTheme", "setLanguage", "setStrategy", "setColours"}) {
      const QObject* box = run.find<QObject>(name);
      QVERIFY2(box != nullptr, name);
      const QVariantList values = box->property("values").toList();
      QTRY_COMPARE(box->property("currentIndex").toInt(), static_cast<int>(values.indexOf(box->property("value"))));
      QVERIFY2(box->property("currentIndex").toInt() >= 0, name);
    }
  }
}

void SettingsTest::zooming_goes_along_the_scales() {
  const QTemporaryDir folder;
  Settings settings(folder.filePath("settings.ini").toStdString());
  settings.zoom(-1);
  QCOMPARE(settings.scale(), 100);
  settings.zoom(1);
  QCOMPARE(settings.scale(), 150);
  settings.zoom(5);
  QCOMPARE(settings.scale(), 200);
  settings.zoom(-1);
  QCOMPARE(settings.scale(), 150);
  settings.zoom(0);
  QCOMPARE(settings.scale(), 100);
}

void SettingsTest::a_window_lies_on_a_screen_data() {
  QTest::addColumn<QRect>("window");
  QTest::addColumn<QRect>("expected");
  QTest::newRow("inside") << QRect(100, 50, 1360, 860) << QRect(100, 50, 1360, 860);
  QTest::newRow("a screen that is gone") << QRect(9000, -4000, 1360, 860) << QRect(560, 0, 1360, 860);
  QTest::newRow("larger than any") << QRect(-100, -100, 5000, 3000) << QRect(0, 0, 1920, 1080);
  QTest::newRow("half on the second") << QRect(1800, 100, 1200, 700) << QRect(1920, 100, 1200, 700);
  QTest::newRow("on the second") << QRect(2000, 10, 1024, 640) << QRect(2000, 10, 1024, 640);
}

void SettingsTest::a_window_lies_on_a_screen() {
  QFETCH(const QRect, window);
  QFETCH(const QRect, expected);
  const QList<QRect> screens{{0, 0, 1920, 1080}, {1920, 0, 1280, 1024}};
  QCOMPARE(on_a_screen(window, screens), expected);
  QCOMPARE(on_a_screen(window, {}), window);
}

void SettingsTest::the_window_follows_and_comes_back() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  Script script;
  {
    Running run(database, script.door());
    QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
    Settings& settings = *run.app.settings();
    settings.setTheme("light");
    QCOMPARE(run.window->color(), QColor("#f4f6f9"));
    settings.setTheme("dark");
    QCOMPARE(run.window->color(), QColor("#14161b"));
    const auto height = [&] { return run.find("toggleSessions")->height(); };
    const double before = height();
    run.window->resize(2048, 1280);
    settings.setScale(200);
    QTRY_VERIFY(height() > 1.8 * before);
    // The size is reduced if it would not fit.
    run.window->resize(1024, 640);
    QTRY_VERIFY(height() > 1.2 * before && height() < 1.4 * before);
    run.window->resize(1360, 860);
    settings.setScale(100);
    QTRY_COMPARE(height(), before);
    QTRY_VERIFY(run.find("sessions")->isVisible());
    QMetaObject::invokeMethod(run.find("toggleSessions"), "clicked");
    QVERIFY(!run.find("sessions")->isVisible());
    run.window->setGeometry(30, 20, 1100, 700);
    QTRY_COMPARE(run.window->width(), 1100);
    run.window->close();
  }
  const Running run(database, script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QCOMPARE(run.window->color(), QColor("#14161b"));
  QCOMPARE(run.window->size(), QSize(1100, 700).boundedTo(run.window->screen()->availableSize()));
  QVERIFY(!run.find("sessions")->isVisible());
}

void SettingsTest::choices_made_while_working_are_kept() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  Script script;
  {
    Running run(database, script.door());
    run.app.settings()->setStrategy("random");
    run.app.settings()->setBudget("100");
    run.app.trace()->setColours("viridis");
    run.app.trace()->setStrength(0.5);
    run.app.player()->setVolume(0.25);
  }
  Running run(database, script.door());
  QCOMPARE(run.app.chat()->strategy(), QStringLiteral("random"));
  QCOMPARE(run.app.chat()->budget(), QStringLiteral("100"));
  QCOMPARE(run.app.trace()->colours(), QStringLiteral("viridis"));
  QCOMPARE(run.app.trace()->strength(), 0.5);
  QCOMPARE(run.app.player()->volume(), 0.25);
  run.app.settings()->setStrategy("none");
  QCOMPARE(run.app.chat()->strategy(), QStringLiteral("none"));
}

void SettingsTest::the_old_default_was_no_choice() {
  const QTemporaryDir folder;
  const auto kept = [&](const QByteArray& lines) {
    QFile ini(folder.filePath("settings.ini"));
    if (ini.open(QIODevice::WriteOnly | QIODevice::Truncate)) ini.write("[General]\n" + lines);
    ini.close();
    Settings settings(ini.fileName().toStdString());
    return QStringList{settings.strategy(), settings.budget()};
  };
  QCOMPARE(kept("strategy=sparsevlm-v1.5\nbudget=\n"), QStringList({"", ""}));
  QCOMPARE(kept("strategy=sparsevlm-v1.5\nbudget=100\n"), QStringList({"", ""}));
  QCOMPARE(kept("strategy=fastv\nbudget=9.4%\n"), QStringList({"fastv", "9.4%"}));
  QCOMPARE(kept("strategy=none\n"), QStringList({"none", ""}));
  QCOMPARE(kept("prune=\nprune_budget=82\n"), QStringList({"", ""}));  // a slider that was moved
  // Chosen since then, it is a choice.
  const QString file = folder.filePath("chosen.ini");
  Settings(file.toStdString()).setStrategy("sparsevlm-v1.5");
  QCOMPARE(Settings(file.toStdString()).strategy(), QStringLiteral("sparsevlm-v1.5"));
}

void SettingsTest::without_a_choice_the_model_decides() {
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  const auto card = read_model_card(resource("models/sparsight-demo").toStdString());
  QVERIFY(card.has_value());
  const QString strategy = QString::fromStdString(card->pruning.strategy);
  const QString budget = QString::fromStdString(card->pruning.budget);
  QVERIFY(strategy != "none");
  {
    Running run(database);
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
    QCOMPARE(run.app.chat()->strategy(), strategy);
    QCOMPARE(run.app.chat()->budget(), budget);
    QCOMPARE(run.app.ownStrategy(), strategy);
    QCOMPARE(run.app.ownBudget(), budget);
    QCOMPARE(run.app.settings()->strategy(), QString());  // nothing was chosen
    // On the page, a budget belongs to a strategy: the model's own.
    QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "open");
    QObject* field = run.find<QObject>("setBudget");
    QCOMPARE(budget, QStringLiteral("25%"));
    QCOMPARE(field->property("placeholderText").toString(), QStringLiteral("25 %"));  // in the window's words
    field->setProperty("text", "300");
    QMetaObject::invokeMethod(field, "editingFinished");
    QCOMPARE(run.app.settings()->strategy(), strategy);
    QCOMPARE(run.app.settings()->budget(), QStringLiteral("300"));
    QCOMPARE(run.find<QObject>("setStrategy")->property("displayText").toString(), strategy);
    QCOMPARE(run.app.chat()->budget(), QStringLiteral("300"));
  }
  {
    Running run(database);
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
    QCOMPARE(run.app.chat()->strategy(), strategy);
    QCOMPARE(run.app.chat()->budget(), QStringLiteral("300"));
    run.app.settings()->setStrategy("none");
    QCOMPARE(run.app.chat()->strategy(), QStringLiteral("none"));
    run.app.settings()->setStrategy({});  // back to the model's own
    QCOMPARE(run.app.chat()->strategy(), strategy);
    QCOMPARE(run.app.chat()->budget(), budget);
  }
  // A model without a recommendation is not pruned.
  Script script;
  const QTemporaryDir other;
  Running plain(other.filePath("chats.db"), script.door());
  QTRY_VERIFY_WITH_TIMEOUT(!plain.app.loading(), kPatience);
  QCOMPARE(plain.app.chat()->strategy(), QStringLiteral("none"));
  QVERIFY(!plain.find("accuracy")->isVisible());
}

void SettingsTest::the_cost_of_pruning_is_shown() {
  const auto card = read_model_card(resource("models/sparsight-demo").toStdString());
  QVERIFY(card.has_value() && card->accuracy.has_value());
  const auto percent = [&](const CardAccuracy::Row& row) {
    return QLocale().toString(100.0 * static_cast<double>(row.right) / static_cast<double>(card->accuracy->questions),
                              'f', 1);
  };
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->visualTokens() > 0, kPatience);
  QString whole;
  for (const CardAccuracy::Row& row : card->accuracy->rows)
    if (row.pruning.strategy == "none") whole = percent(row);
  QVERIFY(!whole.isEmpty());
  for (const CardAccuracy::Row& row : card->accuracy->rows) {
    run.app.chat()->setStrategy(QString::fromStdString(row.pruning.strategy));
    run.app.chat()->setBudget(QString::fromStdString(row.pruning.budget));
    const QString told = run.find("accuracy")->property("text").toString();
    QVERIFY2(told.startsWith(percent(row)) && told.contains(whole), qPrintable(told));
  }
  run.app.chat()->setStrategy("sparsevlm-plus");
  run.app.chat()->setBudget("published:64");
  QVERIFY(run.find("accuracy")->property("text").toString().contains("not measured"));
}

const Registered<SettingsTest> registered("settings");

}  // namespace sparsight::test

#include "settings_test.moc"
