// What users expect of any program: keys, names for screen readers, contrast, a tour, their language.
#include "app/chat/question_language.h"
#include "app/core_words.h"
#include "app/format.h"
#include "app/translations/core_messages.h"
#include "app/words.h"
#include "tests/qml/chat_support.h"

#include <QAccessible>
#include <QDirIterator>
#include <QQmlComponent>
#include <QQmlContext>
#include <QRegularExpression>
#include <QXmlStreamReader>

#include <cmath>

namespace sparsight::test {

class HabitsTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void colours_can_be_told_apart_data();
  void colours_can_be_told_apart();
  void every_control_has_a_name();
  void keys_do_what_the_sheet_says();
  void the_sheet_has_every_key();
  void keys_yield_to_typing();
  void the_tour_comes_once();
  void a_question_typed_over_the_tour_ends_it();
  void german_is_complete();
  void german_has_one_word_for_each_thing();
  void a_question_in_another_language_gives_a_notice();
  void numbers_and_dates_follow_the_windows_language();
  void a_german_window_speaks_german();
  void messages_of_core_are_german_too();
};

namespace {

double luminance(const QColor& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

// As WCAG 2.1 defines it.
double contrast(const QColor& one, const QColor& other) {
  const double a = luminance(one), b = luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

// What screen readers need to know; a control is something that can be pressed, moved or typed into.
void collect_nameless(QQuickItem* item, QStringList& nameless, int& controls) {
  if (!item->isVisible()) return;
  const QByteArray type = item->metaObject()->className();
  const bool control = item->inherits("QQuickAbstractButton") || item->inherits("QQuickSlider") ||
                       item->inherits("QQuickComboBox") || item->inherits("QQuickSpinBox") ||
                       item->inherits("QQuickTextField") || item->inherits("QQuickTextArea") ||
                       item->inherits("QQuickProgressBar");
  if (control) {
    ++controls;
    QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(item);
    QString name = reader == nullptr ? QString() : reader->text(QAccessible::Name);
    // Qt's own buttons take their text as their name once a screen reader asks.
    if (name.isEmpty() && item->inherits("QQuickAbstractButton")) name = item->property("text").toString();
    if (name.trimmed().isEmpty()) nameless << QString::fromUtf8(type) + ' ' + item->objectName();
  }
  for (QQuickItem* child : item->childItems()) collect_nameless(child, nameless, controls);
}

}  // namespace

void HabitsTest::colours_can_be_told_apart_data() {
  QTest::addColumn<QString>("scheme");
  QTest::newRow("light") << "light";
  QTest::newRow("dark") << "dark";
}

void HabitsTest::colours_can_be_told_apart() {
  QFETCH(const QString, scheme);
  QQmlEngine engine;
  engine.addImportPath(":/qt/qml");
  QQmlComponent component(&engine);
  component.setData("import QtQuick\nimport Sparsight\nQtObject { property QtObject theme: Theme }", {});
  const std::unique_ptr<QObject> holder(component.create());
  QVERIFY2(holder != nullptr, qPrintable(component.errorString()));
  QObject* theme = holder->property("theme").value<QObject*>();
  theme->setProperty("choice", scheme);
  const auto at_least = [&](double ratio, const char* ink, const char* paper) {
    const double found = contrast(theme->property(ink).value<QColor>(), theme->property(paper).value<QColor>());
    QVERIFY2(found >= ratio, qPrintable(QStringLiteral("%1 on %2: %3").arg(ink).arg(paper).arg(found)));
  };
  constexpr double kText = 4.5, kGraphics = 3;
  for (const char* paper : {"window", "panel", "raised"}) {
    at_least(kText, "text", paper);
    at_least(kText, "dim", paper);
    at_least(kText, "warning", paper);
    at_least(kGraphics, "accent", paper);
    at_least(kGraphics, "edge", paper);
  }
  at_least(kText, "text", "question");
  at_least(kText, "text", "line");  // a pressed button
  at_least(kText, "warning", "warningBack");
  at_least(kText, "accentText", "accent");
}

void HabitsTest::every_control_has_a_name() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QStringList nameless;
  int controls = 0;
  collect_nameless(run.window->contentItem(), nameless, controls);
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  run.ask("Which way does the star move?");
  lay_out(run.window);
  collect_nameless(run.window->contentItem(), nameless, controls);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  lay_out(run.window);
  collect_nameless(run.window->contentItem(), nameless, controls);
  for (const char* page : {"settingsPage", "modelsPage", "shortcutSheet", "tour", "renameDialog"}) {
    QObject* popup = run.find<QObject>(page);
    QVERIFY2(popup != nullptr, page);
    QMetaObject::invokeMethod(popup, "open");
    QTRY_VERIFY(popup->property("opened").toBool());
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.models()->searching(), kPatience);
    lay_out(run.window);
    collect_nameless(run.window->contentItem(), nameless, controls);
    QMetaObject::invokeMethod(popup, "close");
    QTRY_VERIFY(!popup->property("visible").toBool());
  }
  nameless.removeDuplicates();
  QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(", ")));
  QVERIFY(controls > 60);
}

void HabitsTest::keys_do_what_the_sheet_says() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  press(run.window, Qt::Key_F1);
  QTRY_VERIFY(opened(run, "shortcutSheet"));
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!opened(run, "shortcutSheet"));
  press(run.window, Qt::Key_Comma, Qt::ControlModifier);
  QTRY_VERIFY(opened(run, "settingsPage"));
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!opened(run, "settingsPage"));
  press(run.window, Qt::Key_M, Qt::ControlModifier);
  QTRY_VERIFY(opened(run, "modelsPage"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.models()->searching(), kPatience);
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!opened(run, "modelsPage"));
  press(run.window, Qt::Key_Plus, Qt::ControlModifier);
  QTRY_COMPARE(run.app.settings()->scale(), 150);
  press(run.window, Qt::Key_0, Qt::ControlModifier);
  QTRY_COMPARE(run.app.settings()->scale(), 100);
  press(run.window, Qt::Key_F, Qt::ControlModifier);
  QTRY_VERIFY(run.find("search")->hasActiveFocus());
  press(run.window, Qt::Key_L, Qt::ControlModifier);
  QTRY_VERIFY(run.find("input")->hasActiveFocus());
  run.ask("Say much.");
  QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->busy(), kPatience);
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  press(run.window, Qt::Key_N, Qt::ControlModifier);
  QTRY_COMPARE(run.app.chat()->rowCount(), 0);
}

// Every key that QML listens to is in the list, with the name on the key.
void HabitsTest::the_sheet_has_every_key() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QMetaObject::invokeMethod(run.find<QObject>("shortcutSheet"), "open");
  QTRY_VERIFY(opened(run, "shortcutSheet"));
  lay_out(run.window);
  QSet<QString> listed;
  for (QQuickItem* cap : visible(run.window->contentItem(), "keyCap"))
    for (const QString& key : cap->property("text").toString().split('+', Qt::SkipEmptyParts)) listed << key;
  QVERIFY(listed.size() > 30);
  const QMap<QString, QString> caps{
      {"Left", "←"},     {"Right", "→"},    {"Up", "↑"},        {"Down", "↓"},         {"Return", "Enter"},
      {"Escape", "Esc"}, {"Delete", "Del"}, {"Backtab", "Tab"}, {"PageUp", "Page Up"}, {"PageDown", "Page Down"}};
  const QRegularExpression heard(R"(Qt\.Key_(\w+)|Keys\.on(?!Pressed|Released|ShortcutOverride)(\w+)Pressed)");
  int found = 0;
  QDirIterator files(SPARSIGHT_SOURCE_DIR "/qml", {"*.qml"}, QDir::Files, QDirIterator::Subdirectories);
  while (files.hasNext()) {
    QFile file(files.next());
    const QString name = files.fileName();
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(file.readAll());
    for (auto at = heard.globalMatch(text); at.hasNext(); ++found) {
      const QRegularExpressionMatch match = at.next();
      const QString key = match.captured(1).isEmpty() ? match.captured(2) : match.captured(1);
      QVERIFY2(listed.contains(caps.value(key, key)), qPrintable(name + ": " + key));
    }
  }
  QVERIFY(found > 40);
}

void HabitsTest::keys_yield_to_typing() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.player()->ready(), kPatience);
  press(run.window, Qt::Key_L, Qt::ControlModifier);
  QTRY_VERIFY(run.find("input")->hasActiveFocus());
  for (const int key : {Qt::Key_J, Qt::Key_Space, Qt::Key_K, Qt::Key_Comma}) press(run.window, key);
  QCOMPARE(run.find("input")->property("text").toString(), QStringLiteral("j k,"));
  QVERIFY(!run.app.player()->playing());
  press(run.window, Qt::Key_F, Qt::ControlModifier);
  QTRY_VERIFY(run.find("search")->hasActiveFocus());
  press(run.window, Qt::Key_K);
  press(run.window, Qt::Key_Space);
  QCOMPARE(run.find("search")->property("text").toString(), QStringLiteral("k "));
  // Without an input the keys are the player's.
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  press(run.window, Qt::Key_Escape);
  QCOMPARE(run.find("search")->property("text").toString(), QString());
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find("search")->hasActiveFocus());
  press(run.window, Qt::Key_Space);
  QTRY_VERIFY(run.app.player()->playing());
  press(run.window, Qt::Key_K);
  QTRY_VERIFY(!run.app.player()->playing());
  // A control reached with Tab keeps its keys: here a button, which Space presses.
  run.find("toggleSessions")->forceActiveFocus(Qt::TabFocusReason);
  const bool before = run.app.settings()->sessionsShown();
  press(run.window, Qt::Key_Space);
  QTRY_COMPARE(run.app.settings()->sessionsShown(), !before);
  QVERIFY(!run.app.player()->playing());
}

void HabitsTest::the_tour_comes_once() {
  const QTemporaryDir folder;
  Script script;
  const QString database = folder.filePath("chats.db");
  {
    Running run(database, script.door(), true);
    QVERIFY(activate(run.window));
    QTRY_VERIFY(opened(run, "tour"));
    QVERIFY(run.app.chat()->video().contains("crossing"));
    QObject* tour = run.find<QObject>("tour");
    press(run.window, Qt::Key_Return);
    QTRY_COMPARE(tour->property("step").toInt(), 1);
    press(run.window, Qt::Key_Left);
    QTRY_COMPARE(tour->property("step").toInt(), 0);
    QVERIFY(!run.find("tourBack")->isVisible());
    QMetaObject::invokeMethod(run.find("tourNext"), "clicked");
    QTRY_VERIFY(run.find("tourBack")->isVisible());
    QMetaObject::invokeMethod(run.find("tourBack"), "clicked");
    QCOMPARE(tour->property("step").toInt(), 0);
    for (int i = 0; i < 5; ++i) press(run.window, Qt::Key_Right);
    QTRY_VERIFY(!opened(run, "tour"));
  }
  Running run(database, script.door(), true);
  QVERIFY(activate(run.window));
  QCoreApplication::sendPostedEvents();  // a start of the tour would be such an event
  QVERIFY(!run.find<QObject>("tour")->property("visible").toBool());
  // Again on request, and closed at once.
  QMetaObject::invokeMethod(run.find<QObject>("shortcutSheet"), "open");
  QTRY_VERIFY(opened(run, "shortcutSheet"));
  QMetaObject::invokeMethod(run.find("showTour"), "clicked");
  QTRY_VERIFY(opened(run, "tour"));
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!opened(run, "tour"));
}

void HabitsTest::a_question_typed_over_the_tour_ends_it() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door(), true);
  QVERIFY(activate(run.window));
  QTRY_VERIFY(opened(run, "tour"));
  QTRY_VERIFY(run.find("tourNext")->hasActiveFocus());
  for (const char letter : {'I', 's', ' ', 'i', 't', '?'}) QTest::keyClick(run.window, letter);
  QVERIFY(!opened(run, "tour"));
  QTRY_COMPARE(text_of(run.find("input")), QStringLiteral("Is it?"));
}

void HabitsTest::german_is_complete() {
  QFile file(SPARSIGHT_SOURCE_DIR "/app/translations/sparsight_de.ts");
  QVERIFY(file.open(QIODevice::ReadOnly));
  QXmlStreamReader xml(&file);
  const auto placeholders = [](const QString& text) {
    QStringList found;
    for (auto at = QRegularExpression("%[0-9n]").globalMatch(text); at.hasNext();) found << at.next().captured();
    found.sort();
    return found;
  };
  QString source;
  int messages = 0;
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement()) continue;
    if (xml.name() == QLatin1String("source")) source = xml.readElementText();
    if (xml.name() != QLatin1String("translation")) continue;
    ++messages;
    QVERIFY2(!xml.attributes().hasAttribute("type"), qPrintable(source));
    // One text, or one for each plural form of the language.
    QStringList forms;
    QString text;
    while (!(xml.readNext() == QXmlStreamReader::EndElement && xml.name() == QLatin1String("translation"))) {
      QVERIFY2(!xml.atEnd(), qPrintable(source));
      if (xml.isStartElement()) forms << xml.readElementText();
      if (xml.isCharacters()) text += xml.text();
    }
    if (forms.isEmpty()) forms << text;
    for (const QString& german : forms) {
      QVERIFY2(!german.trimmed().isEmpty(), qPrintable(source));
      QVERIFY2(placeholders(german) == placeholders(source), qPrintable(source + " -> " + german));
    }
  }
  QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
  QVERIFY(messages > 150);
}

void HabitsTest::german_has_one_word_for_each_thing() {
  QFile file(SPARSIGHT_SOURCE_DIR "/app/translations/sparsight_de.ts");
  QVERIFY(file.open(QIODevice::ReadOnly));
  QXmlStreamReader xml(&file);
  // Visuelle Token werden ausgedünnt, Bilder angesehen, Gespräche geführt, Antworten angehalten.
  const QRegularExpression others(
      R"(\b(Tokens|Bildtokens?|Auslese|ausgelesen|Auswahl|Stopp|stoppen|Gescheitert|Frames|Chats?|Cache)\b|Chat-)");
  int read = 0;
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement() || xml.name() != QLatin1String("translation")) continue;
    ++read;
    const QString german = xml.readElementText(QXmlStreamReader::IncludeChildElements);
    QVERIFY2(!german.contains(others), qPrintable(german));
  }
  QVERIFY(read > 150);
}

void HabitsTest::a_question_in_another_language_gives_a_notice() {
  for (const auto& [text, language] :
       std::initializer_list<std::pair<const char*, const char*>>{{"Which way does the star go?", "en"},
                                                                  {"What was it?", "en"},
                                                                  {"star", ""},
                                                                  {"Welche Farbe hat der Stern?", "de"},
                                                                  {"Was passiert?", "de"},
                                                                  {"Quelle est la couleur ?", "fr"},
                                                                  {"Какого цвета звезда?", "ru"},
                                                                  {"星は何色ですか", "ja"},
                                                                  {"", ""}})
    QCOMPARE(language_of(QString::fromUtf8(text)), QString::fromLatin1(language));
  for (const QString& question : kPictured) QCOMPARE(language_of(question), QStringLiteral("en"));
  const QTemporaryDir folder;
  const QString database = folder.filePath("chats.db");
  {
    Running run(database);
    QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
    run.app.openDemo();
    QTRY_VERIFY(run.app.trace()->hasMedia());
    QQuickItem* hint = run.find("languageHint");
    QVERIFY(!hint->isVisible());
    run.ask(QStringLiteral("Welche Farbe hat der Stern?"));
    QTRY_VERIFY(hint->isVisible());
    QVERIFY(hint->property("text").toString().contains("English"));
    QTRY_VERIFY(!run.app.chat()->busy());
    run.ask("Which color does the star have?");
    QTRY_VERIFY(!hint->isVisible());
    QTRY_VERIFY(!run.app.chat()->busy());
    run.app.settings()->setLanguage("de");
    QTRY_VERIFY(hint->isVisible());
    QVERIFY(hint->property("text").toString().contains("Englisch"));
    QMetaObject::invokeMethod(hint, "dismissed");
    QTRY_VERIFY(!hint->isVisible());
  }
  // Once is enough.
  Running run(database);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  QVERIFY(!run.find("languageHint")->isVisible());
  run.app.settings()->setLanguage("system");
  // A model whose card does not name languages gives no notice.
  Script script;
  Running plain(folder.filePath("plain.db"), script.door());
  QTRY_VERIFY(!plain.app.loading());
  plain.app.settings()->setLanguage("de");
  QCOMPARE(plain.app.understands(), QString());
  plain.app.settings()->setLanguage("system");
}

void HabitsTest::numbers_and_dates_follow_the_windows_language() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  const auto told = [] { return QStringList{number_text(2056), number_text(0.25, 2), date_text(1'700'000'000'000)}; };
  run.app.settings()->setLanguage("en");
  QCOMPARE(told().mid(0, 2), QStringList({"2,056", "0.25"}));
  QVERIFY2(told()[2].contains("Nov 2023, "), qPrintable(told()[2]));
  QCOMPARE(Words::number(2056), QStringLiteral("2,056"));
  QCOMPARE(Words::rough(0.00123), QStringLiteral("0.0012"));
  run.app.settings()->setLanguage("de");
  QCOMPARE(told().mid(0, 2), QStringList({"2.056", "0,25"}));
  QVERIFY2(told()[2].contains(". Nov") && told()[2].contains("2023, "), qPrintable(told()[2]));
  // On a system without a language, or with one without translation, the texts are English.
  run.app.settings()->setLanguage("system");
  if (QLocale::system().language() != QLocale::German) QCOMPARE(number_text(2056), QStringLiteral("2,056"));
  // Figures in texts are formatted for the language, not by JavaScript.
  QDirIterator files(SPARSIGHT_SOURCE_DIR "/qml", {"*.qml"}, QDir::Files, QDirIterator::Subdirectories);
  while (files.hasNext()) {
    QFile file(files.next());
    const QString name = files.fileName();
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(file.readAll());
    QVERIFY2(!text.contains(QRegularExpression(R"(toFixed\(|toPrecision\(|toLocale\w*String\()")), qPrintable(name));
  }
}

void HabitsTest::a_german_window_speaks_german() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  QCOMPARE(run.find("openDemo")->property("text").toString(), QStringLiteral("Try the demo clip"));
  run.app.settings()->setLanguage("de");
  QCOMPARE(run.find("openDemo")->property("text").toString(), QStringLiteral("Den Beispielclip ausprobieren"));
  QCOMPARE(stage_name(Stage::Generate), QStringLiteral("Antwortet"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.find("model")->property("text").toString().endsWith("Mio. Parameter"));
  run.app.models()->search();
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.models()->searching(), kPatience);
  QVERIFY(run.app.models()->memory().startsWith("Dieser Rechner"));
  run.app.settings()->setLanguage("en");
  QCOMPARE(run.find("openDemo")->property("text").toString(), QStringLiteral("Try the demo clip"));
  run.app.settings()->setLanguage("de");
  {
    // Another start: German from the beginning.
    Running again(folder.filePath("chats.db"), script.door());
    QCOMPARE(again.find("openDemo")->property("text").toString(), QStringLiteral("Den Beispielclip ausprobieren"));
  }
  run.app.settings()->setLanguage("system");
}

void HabitsTest::messages_of_core_are_german_too() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.settings()->setLanguage("de");
  // Every message, with something for its placeholders.
  const QRegularExpression english(
      R"(\b(the|expected|found|cannot|could|there|which|missing|this|not|only|has|with|are|were)\b)");
  for (const char* format : kCoreMessages) {
    QString message = QString::fromUtf8(format);
    message.replace(QRegularExpression(R"(\{[^{}]*\})"), QStringLiteral("x7"));
    QString german = in_words(message);
    QVERIFY2(!german.contains(english), qPrintable(message + " -> " + german));
    QCOMPARE(german.count("x7"), message.count("x7"));
  }
  // As they really come: with messages in placeholders, and from core itself.
  QCOMPARE(
      in_words(
          QStringLiteral("/a: b/config.json: text_config.hidden_size: expected a positive integer, found a string")),
      QStringLiteral("/a: b/config.json: text_config.hidden_size: erwartet wird eine positive ganze Zahl, gefunden "
                     "wurde eine Zeichenkette"));
  QCOMPARE(in_words(QStringLiteral("no message of core")), QStringLiteral("no message of core"));
  QCOMPARE(in_words(in_words(QStringLiteral("clip.mp4: there is no such file"))),
           QStringLiteral("clip.mp4: Diese Datei gibt es nicht"));
  run.app.open(folder.filePath("nichts.mp4"));
  QTRY_VERIFY(run.app.notice().contains("Diese Datei gibt es nicht"));
  QTRY_VERIFY(run.find("notice")->property("text").toString().contains("Diese Datei gibt es nicht"));
  run.app.settings()->setLanguage("en");
  QVERIFY(run.find("notice")->property("text").toString().contains("there is no such file"));
  run.app.settings()->setLanguage("de");
  QFile broken(folder.filePath("kaputt.mp4"));
  QVERIFY(broken.open(QIODevice::WriteOnly) && broken.write("no video") > 0);
  broken.close();
  run.app.open(broken.fileName());
  QTRY_VERIFY(run.app.notice().contains("als Video oder Bild öffnen"));
  // A failed answer, also one from the database.
  script.fail = true;
  run.app.chat()->newSession();
  run.ask("Was?");
  QTRY_VERIFY(!run.app.chat()->busy());
  run.app.settings()->setLanguage("system");
}

const Registered<HabitsTest> registered("habits");

}  // namespace sparsight::test

#include "habits_test.moc"
