// The window without a mouse and for screen readers: Tab reaches everything, the focus is visible, and names match the
// visible texts.
#include "app/format.h"
#include "app/words.h"
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <QAccessible>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>

namespace sparsight::test {
namespace {

// Which part of the window an item is in.
QString part_of(const QQuickItem* item) {
  for (; item != nullptr; item = item->parentItem())
    for (const char* part : {"SessionPane", "VideoPane", "TokenPane", "ChatPane", "StatusBar", "Hint"})
      if (made_of(item, part)) return part;
  return {};
}

// A spin box has an inner field that takes the keys; a list has its current row.
QQuickItem* control_of(QQuickItem* item) {
  if (item != nullptr && is_control(item) && item->activeFocusOnTab()) return item;
  for (QQuickItem* outer = item; outer != nullptr; outer = outer->parentItem())
    if (outer->inherits("QQuickSpinBox") || (outer->inherits("QQuickListView") && outer->activeFocusOnTab()))
      return outer;
  return item;
}

// What is drawn around an item that has the focus, or around the card that it is in; null: the item draws it itself.
QQuickItem* ring_around(QQuickItem* item) {
  for (QQuickItem* outer = item; outer != nullptr; outer = outer->parentItem())
    for (QQuickItem* child : outer->childItems())
      if (child->isVisible() && QByteArray(child->metaObject()->className()).startsWith("FocusRing")) return child;
  return nullptr;
}

// The items that Tab (or Shift+Tab) reaches, from the focus until it returns there.
QList<QQuickItem*> walk(QQuickWindow* window, bool back) {
  QList<QQuickItem*> visited;
  for (int i = 0; i < 300; ++i) {
    QTest::keyClick(window, back ? Qt::Key_Backtab : Qt::Key_Tab, back ? Qt::ShiftModifier : Qt::NoModifier);
    QQuickItem* now = control_of(window->activeFocusItem());
    if (now == nullptr || (!visited.isEmpty() && now == visited.first())) return visited;
    visited << now;
  }
  return {};  // it never returned
}

QString name_of(QObject* item) {
  QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(item);
  return reader == nullptr ? QString() : reader->text(QAccessible::Name);
}

QAccessible::Role role_of(QObject* item) {
  QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(item);
  return reader == nullptr ? QAccessible::NoRole : reader->role();
}

}  // namespace

class AccessTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void tab_walks_the_whole_window();
  void tab_walks_a_page();
  void the_focus_is_visible_data();
  void the_focus_is_visible();
  void names_match_the_visible_text();
  void roles();
  void alerts_are_announced();
  void modes_are_chosen_with_arrows();
  void hours_read_the_same_everywhere();

 private:
  // The demo clip with a question.
  static bool prepare(Running& run) {
    if (!activate(run.window)) return false;
    run.app.openDemo();
    if (!QTest::qWaitFor([&] { return run.app.trace()->hasMedia(); }, kPatience)) return false;
    run.ask("Which way does the star move?");
    if (!QTest::qWaitFor([&] { return !run.app.chat()->busy(); }, kPatience)) return false;
    QTest::mouseMove(run.window, {1, 1});  // hides tool tips
    still(run.window);
    run.find("input")->setProperty("text", "A question that is being typed");
    run.find("input")->forceActiveFocus(Qt::TabFocusReason);
    return true;
  }
};

void AccessTest::tab_walks_the_whole_window() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(prepare(run));
  const QList<QQuickItem*> forward = walk(run.window, false);
  QVERIFY(forward.size() > 25);
  QVERIFY(forward.contains(run.find("input")));
  QCOMPARE(run.find("input")->property("text").toString(), QStringLiteral("A question that is being typed"));
  // Everything that the keyboard can use; of radio buttons the chosen one.
  QStringList left_out;
  for (QQuickItem* item : visible_items(run.window->contentItem()))
    if (is_control(item) && item->isEnabled() && item->activeFocusOnTab() && !forward.contains(item))
      left_out << described(item);
  QVERIFY2(left_out.isEmpty(), qPrintable(left_out.join(", ")));
  for (const char* name : {"sessions", "overlay", "words", "depth", "timeline", "pruning", "contextGauge", "send"})
    QVERIFY2(forward.contains(run.find(name)), name);
  // One part of the window after the other, each once.
  QStringList parts;
  for (const QQuickItem* item : forward)
    if (const QString part = part_of(item); parts.isEmpty() || parts.last() != part) parts << part;
  if (parts.size() > 1 && parts.first() == parts.last()) parts.removeLast();
  QVERIFY2(parts.size() == QSet<QString>(parts.begin(), parts.end()).size(), qPrintable(parts.join(", ")));
  // Backwards the order is the same.
  forward.last()->forceActiveFocus(Qt::TabFocusReason);
  QList<QQuickItem*> back = walk(run.window, true);
  std::ranges::reverse(back);
  // A list that was left for one of its buttons is not entered again on the way back.
  const auto controls = [](QList<QQuickItem*> items) {
    items.removeIf([](const QQuickItem* item) { return !is_control(item); });
    return items;
  };
  back = controls(back);
  const QList<QQuickItem*> there = controls(forward);
  const auto first = back.indexOf(there.first());
  QVERIFY(first >= 0);
  std::rotate(back.begin(), back.begin() + first, back.end());
  QCOMPARE(back, there);
}

void AccessTest::tab_walks_a_page() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  for (const char* name : {"settingsPage", "modelsPage", "shortcutSheet", "tour", "renameDialog", "pruningMenu"}) {
    QObject* page = run.find<QObject>(name);
    QMetaObject::invokeMethod(page, "open");
    QTRY_VERIFY(page->property("opened").toBool());
    QTRY_VERIFY(!run.app.models()->searching());
    lay_out(run.window);
    const QList<QQuickItem*> visited = walk(run.window, false);
    auto* content = page->property("contentItem").value<QQuickItem*>()->parentItem();
    for (QQuickItem* item : visible_items(content))
      if (is_control(item) && item->isEnabled() && item->activeFocusOnTab())
        QVERIFY2(visited.contains(item), qPrintable(name + QStringLiteral(": ") + described(item)));
    for (QQuickItem* item : visited) QVERIFY2(content->isAncestorOf(item), qPrintable(name + described(item)));
    QMetaObject::invokeMethod(page, "close");
    QTRY_VERIFY(!page->property("visible").toBool());
  }
}

void AccessTest::the_focus_is_visible_data() {
  QTest::addColumn<QString>("theme");
  QTest::newRow("light") << "light";
  QTest::newRow("dark") << "dark";
}

void AccessTest::the_focus_is_visible() {
  QFETCH(const QString, theme);
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  run.app.settings()->setTheme(theme);
  QVERIFY(prepare(run));
  const QString pictures = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS");
  const auto check = [&](const char* where, int least) {
    const auto size = walk(run.window, false).size();
    QVERIFY(size >= least);
    for (int i = 0; i < size; ++i) {
      QQuickItem* item = control_of(run.window->activeFocusItem());
      const QImage with = still(run.window);
      if (!pictures.isEmpty()) with.save(QStringLiteral("%1/focus-%2-%3-%4.png").arg(pictures, theme, where).arg(i));
      const QQuickItem* ring = ring_around(item);
      const QQuickItem* outline = ring != nullptr ? ring : item;
      const QRect around =
          outline->mapRectToScene({0, 0, outline->width(), outline->height()}).toAlignedRect().adjusted(-6, -6, 6, 6);
      QTest::keyClick(run.window, Qt::Key_Tab);
      const QImage without = still(run.window);
      QCOMPARE(with.size(), without.size());
      // A line as long as the control's own outline, compared with the picture without the focus. For a list, the
      // outline is that of its current row.
      int seen = 0;
      const QRect area = around & with.rect();
      for (int y = area.top(); y <= area.bottom(); ++y)
        for (int x = area.left(); x <= area.right(); ++x) seen += contrast(with.pixel(x, y), without.pixel(x, y)) >= 3;
      const bool list = item->inherits("QQuickFlickable");
      const double wanted = list ? 60 : 1.6 * (outline->width() + outline->height());
      QVERIFY2(seen >= wanted,
               qPrintable(QStringLiteral("%1: %2 pixels of %3 are seen").arg(described(item)).arg(seen).arg(wanted)));
    }
  };
  check("window", 25);
  if (QTest::currentTestFailed()) return;
  for (const char* name : {"settingsPage", "modelsPage", "renameDialog", "pruningMenu"}) {
    QObject* page = run.find<QObject>(name);
    QMetaObject::invokeMethod(page, "open");
    QTRY_VERIFY(page->property("opened").toBool());
    QTRY_VERIFY(!run.app.models()->searching());
    check(name, 2);
    if (QTest::currentTestFailed()) return;
    QMetaObject::invokeMethod(page, "close");
    QTRY_VERIFY(!page->property("visible").toBool());
  }
}

void AccessTest::names_match_the_visible_text() {
  QAccessible::setActive(true);
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(prepare(run));
  int named = 0;
  const auto check = [&] {
    for (QQuickItem* item : visible_items(run.window->contentItem())) {
      if (!item->inherits("QQuickButton") && !item->inherits("QQuickRadioButton")) continue;
      const QString text = item->property("text").toString().remove("▾").trimmed();
      const bool letters = std::ranges::any_of(text, [](QChar c) { return c.isLetter(); });
      const QString wanted = letters ? text : item->property("hint").toString();
      QVERIFY2(name_of(item) == wanted, qPrintable(described(item) + " is called " + name_of(item)));
      QVERIFY(!wanted.isEmpty());
      ++named;
    }
  };
  check();
  QObject* page = run.find<QObject>("settingsPage");
  QMetaObject::invokeMethod(page, "open");
  QTRY_VERIFY(page->property("opened").toBool());
  check();
  QVERIFY(named > 30);
  // A setting has the name that stands before it.
  int settings = 0;
  for (int section = 0; section < 7; ++section) {
    page->setProperty("section", section);
    lay_out(run.window);
    check();
    for (QQuickItem* row : visible_items(run.window->contentItem())) {
      if (!made_of(row, "SettingRow")) continue;
      for (QQuickItem* item : visible_items(row)) {
        const bool sets = item->inherits("QQuickComboBox") || item->inherits("QQuickSlider") ||
                          item->inherits("QQuickSpinBox") || item->inherits("QQuickSwitch") ||
                          item->inherits("QQuickTextArea");
        if (!sets || item->objectName() == QLatin1String("withPaths")) continue;
        QCOMPARE(name_of(item), row->property("name").toString());
        ++settings;
      }
    }
  }
  QVERIFY(settings >= 15);
  QCOMPARE(name_of(run.find("strategy")), QStringLiteral("Strategy"));
}

void AccessTest::roles() {
  QAccessible::setActive(true);
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(prepare(run));
  QCOMPARE(role_of(run.find("modes")), QAccessible::Grouping);
  QVERIFY(!name_of(run.find("modes")).isEmpty());
  int radios = 0, chosen = 0, checkable = 0, items = 0;
  for (QQuickItem* item : visible_items(run.window->contentItem())) {
    QAccessibleInterface* reader = QAccessible::queryAccessibleInterface(item);
    if (reader == nullptr) continue;
    if (item->property("checkable").toBool()) {
      ++checkable;
      QVERIFY2(reader->state().checkable, qPrintable(described(item)));
      QCOMPARE(static_cast<bool>(reader->state().checked), item->property("checked").toBool());
    }
    if (QRegularExpression("^mode[0-9]$").match(item->objectName()).hasMatch()) {
      ++radios;
      QCOMPARE(reader->role(), QAccessible::RadioButton);
      chosen += reader->state().checked ? 1 : 0;
    }
    items += reader->role() == QAccessible::ListItem ? 1 : 0;
  }
  QCOMPARE(radios, 4);
  QCOMPARE(chosen, 1);
  QVERIFY(checkable >= 6);
  for (const char* list : {"sessions", "messages", "strip", "words"}) {
    QCOMPARE(role_of(run.find(list)), QAccessible::List);
    QVERIFY2(!name_of(run.find(list)).isEmpty(), list);
  }
  QVERIFY(items >= 1 + 2 + 8 + 6);  // the session, question and answer, frames, words
}

void AccessTest::alerts_are_announced() {
  const QTemporaryDir folder;
  Script script;
  EngineDoor door = script.door();
  std::atomic<bool> hold = true;
  door.answer = [&](const Question&, const std::function<void(std::string_view)>& say, const Control& control) {
    say("A word or two.");
    while (hold) {
      control.report(Stage::Generate, 1, 2);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    Answer answer;
    answer.text = "A word or two.";
    return answer;
  };
  Running run(folder.filePath("chats.db"), door);
  QVERIFY(activate(run.window));
  QStringList announced;
  auto* words = run.qml.singletonInstance<Words*>(qmlTypeId("Sparsight", 1, 0, "Words"));
  QVERIFY(words != nullptr);
  connect(words, &Words::announced, this, [&](const QString& what) { announced << what; });
  run.app.open(folder.filePath("no such clip.mp4"));
  QTRY_VERIFY(!announced.filter("no such clip.mp4").isEmpty());
  // An answer is announced too, but not before it is complete.
  run.ask("Say something.");
  const auto on_screen = [&] {
    lay_out(run.window);
    return std::ranges::any_of(visible_items(run.find("messages")), [](QQuickItem* item) {
      return item->property("text").toString() == QLatin1String("A word or two.");
    });
  };
  QTRY_VERIFY(on_screen());
  QVERIFY(announced.filter("A word or two.").isEmpty());
  hold = false;
  QTRY_VERIFY(!announced.filter("A word or two.").isEmpty());
}

void AccessTest::modes_are_chosen_with_arrows() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(prepare(run));
  TraceView& trace = *run.app.trace();
  const double position = run.app.player()->position();
  trace.setMode(TraceView::Score);
  const auto button = [&](int mode) {
    for (QQuickItem* item : visible_items(run.window->contentItem()))
      if (item->objectName() == QStringLiteral("mode%1").arg(mode)) return item;
    return static_cast<QQuickItem*>(nullptr);
  };
  button(TraceView::Score)->forceActiveFocus(Qt::TabFocusReason);
  for (const auto mode : {TraceView::Fate, TraceView::Clusters, TraceView::Word}) {
    QTest::keyClick(run.window, Qt::Key_Right);
    QCOMPARE(trace.mode(), mode);
    QVERIFY(button(mode)->hasActiveFocus());
  }
  // Off is one of them.
  QTest::keyClick(run.window, Qt::Key_Right);
  QVERIFY(!run.find("overlay")->isVisible());
  QTest::keyClick(run.window, Qt::Key_Right);
  QCOMPARE(trace.mode(), TraceView::Score);
  QVERIFY(run.find("overlay")->isVisible() && button(TraceView::Score)->hasActiveFocus());
  QCOMPARE(run.app.player()->position(), position);  // the player did not get the arrows
}

void AccessTest::hours_read_the_same_everywhere() {
  if (QStandardPaths::findExecutable("ffmpeg").isEmpty()) QSKIP("the ffmpeg program is absent");
  const QTemporaryDir folder;
  const QString clip = folder.filePath("long.mp4");
  QCOMPARE(QProcess::execute("ffmpeg", {"-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=1:duration=3700",
                                        "-c:v", "mpeg4", "-g", "60", clip}),
           0);
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  run.app.open(clip);
  QTRY_VERIFY(run.app.trace()->hasMedia() && run.app.player()->ready());
  const auto times = [&] { return run.find("times")->property("text").toString(); };
  QTRY_COMPARE(times(), QStringLiteral("0:00.0 / 1:01:40 · frame 0"));
  run.app.player()->seek(3605);
  QTRY_COMPARE(times(), QStringLiteral("1:00:05 / 1:01:40 · frame ") + Words::number(3605));
  run.app.chat()->setRange(3600, 3660);
  QTRY_VERIFY(name_of(run.find("rangeStart")).endsWith("1:00:00"));
  QVERIFY(name_of(run.find("rangeEnd")).endsWith("1:01:00"));
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.trace()->hasMedia());
  lay_out(run.window);
  const auto strip = visible_items(run.find("strip"));
  QVERIFY(std::ranges::any_of(strip, [](QQuickItem* item) { return name_of(item).contains("1:00:0"); }));
  QVERIFY(line_of_details(R"({"range": [3600, 3700]})").contains("1:00:00 to 1:01:40"));
  QVERIFY(line_of_details(R"({"range": [3700, 0]})").contains("1:01:40"));
  QVERIFY(line_of_details(R"({"range": [1, 3]})").contains("1.0 to 3.0 s"));
  QCOMPARE(progress_text({Stage::Frames, 2, 8}, 3700), QStringLiteral("Reading frames, about 1:01:40 left"));
  QCOMPARE(Words::time(3700.25, 2), "1:01:40" + QLocale().decimalPoint() + "25");
}

namespace {
const Registered<AccessTest> registered("access");
}  // namespace

}  // namespace sparsight::test

#include "access_test.moc"
