// What people expect of any program: keys, names for screen readers, contrast, a tour, their language.
#include "app/core_words.h"
#include "app/format.h"
#include "app/translations/core_messages.h"
#include "tests/qml/app_support.h"

#include <QAccessible>
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
  void keys_yield_to_what_is_typed();
  void the_tour_comes_once();
  void german_is_complete();
  void a_german_window_speaks_german();
  void what_core_reports_is_german_too();
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

// What screen readers are told about; a control is one that can be pressed, moved or typed into.
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
    // Qt's own buttons take their text for a name once a screen reader asks.
    if (name.isEmpty() && item->inherits("QQuickAbstractButton")) name = item->property("text").toString();
    if (name.trimmed().isEmpty()) nameless << QString::fromUtf8(type) + ' ' + item->objectName();
  }
  for (QQuickItem* child : item->childItems()) collect_nameless(child, nameless, controls);
}

void press(QQuickWindow* window, int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QTest::keyClick(window, static_cast<Qt::Key>(key), modifiers);
}

bool shown(const Running& run, const char* popup) { return run.find<QObject>(popup)->property("opened").toBool(); }

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
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.models()->looking(), kPatience);
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
  QTRY_VERIFY(shown(run, "shortcutSheet"));
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!shown(run, "shortcutSheet"));
  press(run.window, Qt::Key_Comma, Qt::ControlModifier);
  QTRY_VERIFY(shown(run, "settingsPage"));
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!shown(run, "settingsPage"));
  press(run.window, Qt::Key_M, Qt::ControlModifier);
  QTRY_VERIFY(shown(run, "modelsPage"));
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.models()->looking(), kPatience);
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!shown(run, "modelsPage"));
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

void HabitsTest::keys_yield_to_what_is_typed() {
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
  // With nothing to type into they are the player's.
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find("search")->hasActiveFocus());
  press(run.window, Qt::Key_Space);
  QTRY_VERIFY(run.app.player()->playing());
  press(run.window, Qt::Key_K);
  QTRY_VERIFY(!run.app.player()->playing());
  // What was reached with Tab keeps its own: here a button that Space presses.
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
    QTRY_VERIFY(shown(run, "tour"));
    QVERIFY(run.app.chat()->video().contains("crossing"));
    QObject* tour = run.find<QObject>("tour");
    press(run.window, Qt::Key_Return);
    QTRY_COMPARE(tour->property("step").toInt(), 1);
    press(run.window, Qt::Key_Left);
    QTRY_COMPARE(tour->property("step").toInt(), 0);
    for (int i = 0; i < 5; ++i) press(run.window, Qt::Key_Right);
    QTRY_VERIFY(!shown(run, "tour"));
  }
  Running run(database, script.door(), true);
  QVERIFY(activate(run.window));
  QCoreApplication::sendPostedEvents();  // a start of the tour would be one
  QVERIFY(!run.find<QObject>("tour")->property("visible").toBool());
  // Again on request, and ended at once.
  QMetaObject::invokeMethod(run.find<QObject>("shortcutSheet"), "open");
  QTRY_VERIFY(shown(run, "shortcutSheet"));
  QMetaObject::invokeMethod(run.find("showTour"), "clicked");
  QTRY_VERIFY(shown(run, "tour"));
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!shown(run, "tour"));
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
    // One text, or one for each of a language's plurals.
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
  run.app.models()->look();
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.models()->looking(), kPatience);
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

void HabitsTest::what_core_reports_is_german_too() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.settings()->setLanguage("de");
  // Every message, with something in its blanks.
  const QRegularExpression english(
      R"(\b(the|expected|found|cannot|could|there|which|missing|this|not|only|has|with|are|were)\b)");
  for (const char* format : kCoreMessages) {
    QString message = QString::fromUtf8(format);
    message.replace(QRegularExpression(R"(\{[^{}]*\})"), QStringLiteral("x7"));
    QString german = in_words(message);
    QVERIFY2(!german.contains(english), qPrintable(message + " -> " + german));
    QCOMPARE(german.count("x7"), message.count("x7"));
  }
  // As they come: with blanks that hold messages, and from the parts of core themselves.
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
  QTRY_VERIFY(run.app.notice().contains("kein Video oder Bild"));
  // An answer that failed, from the database as well.
  script.fail = true;
  run.app.chat()->newSession();
  run.ask("Was?");
  QTRY_VERIFY(!run.app.chat()->busy());
  run.app.settings()->setLanguage("system");
}

const Registered<HabitsTest> registered("habits");

}  // namespace sparsight::test

#include "habits_test.moc"
