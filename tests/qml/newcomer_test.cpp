// What people stumble over who use the program for the first time.
#include "tests/qml/chat_support.h"
#include "tests/qml/window_items.h"

#include <QRegularExpression>

namespace sparsight::test {

class NewcomerTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void german_buttons_stay_whole();
  void the_reset_can_be_undone_only_while_that_is_clear();
  void after_the_tour_the_question_is_typed();
  void the_focus_comes_back();
  void tips_yield_to_menus();
  void escape_closes_the_menu_of_the_open_session();
  void a_hint_covers_no_controls();
  void pictures_have_questions_of_their_own();
  void a_narrow_video_has_a_menu_of_modes();
  void without_a_video_the_window_says_so();
};

namespace {

// A button shows all of its text, inside of `frame`.
void whole(const QQuickItem* button, const QQuickItem* frame) {
  QVERIFY2(in_window(frame).contains(in_window(button)), qPrintable(described(button)));
  for (const QQuickItem* part : visible_items(const_cast<QQuickItem*>(button)))
    if (part->property("truncated").isValid())
      QVERIFY2(!part->property("truncated").toBool(), qPrintable(described(button)));
}

QObject* shared_tip(const Running& run) {
  QObject* tip = nullptr;
  for (QObject* object : run.window->findChildren<QObject*>())
    if (object->property("within").isValid() && object->property("tip").isValid())
      tip = object->property("tip").value<QObject*>();
  return tip;
}

}  // namespace

void NewcomerTest::german_buttons_stay_whole() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.settings()->setLanguage("de");
  run.app.chat()->setStrategy("fastv");
  for (const QSize size : {QSize(1024, 640), QSize(1440, 900)}) {
    run.window->resize(size);
    run.app.settings()->setTheme("dark");
    QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "open");
    QTRY_VERIFY(opened(run, "settingsPage"));
    click(run.find("resetAll"));
    lay_out(run.window);
    const auto* page = run.find<QObject>("settingsPage")->property("contentItem").value<QQuickItem*>();
    for (const char* name : {"resetSection", "resetAll", "undoReset"}) whole(run.find(name), page);
    QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "close");
    QTRY_VERIFY(!run.find<QObject>("settingsPage")->property("visible").toBool());
    QMetaObject::invokeMethod(run.find<QObject>("batchPage"), "open");
    QTRY_VERIFY(opened(run, "batchPage"));
    run.app.batch()->find({resource("clips/crossing.mp4"), resource("clips/trio.mp4")});
    run.find("batchQuestions")->setProperty("text", "Eins?\nZwei?");
    QTRY_VERIFY(run.find("batchBegin")->isEnabled());
    lay_out(run.window);
    const auto* form = run.find<QObject>("batchPage")->property("contentItem").value<QQuickItem*>();
    for (const char* name : {"batchFiles", "batchFolder", "batchBegin"}) whole(run.find(name), form);
    whole(run.find("batchPruning"), form);
    QVERIFY(!in_window(run.find("batchPruning")).intersects(in_window(run.find("batchBegin"))));
    QMetaObject::invokeMethod(run.find<QObject>("batchPage"), "close");
    QTRY_VERIFY(!run.find<QObject>("batchPage")->property("visible").toBool());
  }
  run.app.settings()->setLanguage("system");
}

void NewcomerTest::the_reset_can_be_undone_only_while_that_is_clear() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  Settings& settings = *run.app.settings();
  QObject* page = run.find<QObject>("settingsPage");
  const auto seen = [&] { return run.find("undoReset")->isEnabled() && run.find("undoReset")->opacity() == 1; };
  const auto reset = [&] {
    settings.setTemperature(0.7);
    click(run.find("resetAll"));
  };
  QMetaObject::invokeMethod(page, "open");
  QTRY_VERIFY(opened(run, "settingsPage"));
  QVERIFY(!seen() && run.find("undoReset")->opacity() == 0);
  reset();
  QVERIFY(seen());
  settings.setTheme("dark");  // of another section
  QVERIFY(!seen());
  reset();
  QVERIFY(seen());
  settings.setSessionsShown(false);  // none of the page
  settings.setSessionsShown(true);
  QVERIFY(seen());
  QMetaObject::invokeMethod(page, "close");
  QTRY_VERIFY(!page->property("visible").toBool());
  QMetaObject::invokeMethod(page, "open");
  QTRY_VERIFY(opened(run, "settingsPage"));
  QVERIFY(!seen());
}

void NewcomerTest::after_the_tour_the_question_is_typed() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door(), true);
  QVERIFY(activate(run.window));
  QTRY_VERIFY(opened(run, "tour"));
  for (int i = 0; i < 5; ++i) press(run.window, Qt::Key_Return);
  QTRY_VERIFY(!run.find<QObject>("tour")->property("visible").toBool());
  QTRY_VERIFY(run.find("input")->hasActiveFocus());
  for (const char letter : {'J', 'o', '?'}) QTest::keyClick(run.window, letter);
  QTRY_COMPARE(text_of(run.find("input")).toLower(), QStringLiteral("jo?"));
  QVERIFY(!run.find<QObject>("shortcutSheet")->property("visible").toBool());
  // Also where nothing is typed into, a question mark is no key of the window.
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find("input")->hasActiveFocus());
  QTest::keyClick(run.window, '?');
  press(run.window, Qt::Key_F1);
  QTRY_VERIFY(opened(run, "shortcutSheet"));
}

void NewcomerTest::the_focus_comes_back() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  QQuickItem* input = run.find("input");
  const auto close = [&](const char* popup) {
    QTRY_VERIFY(opened(run, popup));
    press(run.window, Qt::Key_Escape);
    QTRY_VERIFY(!run.find<QObject>(popup)->property("visible").toBool());
  };
  // From the text that is typed, by key and by mouse.
  input->forceActiveFocus();
  press(run.window, Qt::Key_Comma, Qt::ControlModifier);
  close("settingsPage");
  QTRY_VERIFY(input->hasActiveFocus());
  for (const auto& [button, popup] : {std::pair{"settings", "settingsPage"},
                                      {"keys", "shortcutSheet"},
                                      {"chatMenuButton", "chatMenu"},
                                      {"pruning", "pruningMenu"},
                                      {"moreSessions", "sessionsMenu"}}) {
    click_on(run.window, run.find(button));
    close(popup);
    QTRY_VERIFY2(input->hasActiveFocus(), popup);
  }
  // From another place, there.
  run.find("search")->forceActiveFocus();
  press(run.window, Qt::Key_F1);
  close("shortcutSheet");
  QTRY_VERIFY(run.find("search")->hasActiveFocus());
  // What had the focus has gone: the question takes it.
  run.find("search")->setProperty("text", "nothing");
  QQuickItem* clear = run.find("clearSearch");
  clear->forceActiveFocus();
  run.find("search")->setProperty("text", "");
  QTRY_VERIFY(!clear->isVisible());
  QTRY_VERIFY(input->hasActiveFocus() || run.find("search")->hasActiveFocus());
}

void NewcomerTest::tips_yield_to_menus() {
  const QTemporaryDir folder;
  Script script;
  Running run(folder.filePath("chats.db"), script.door());
  QVERIFY(activate(run.window));
  QObject* tip = shared_tip(run);
  QVERIFY(tip != nullptr);
  for (const auto& [button, menu] : {std::pair{"chatMenuButton", "chatMenu"}, {"pruning", "pruningMenu"}}) {
    QTest::mouseMove(run.window, {2, 2});
    QTest::mouseMove(run.window, middle_of(run.find(button)));
    QTRY_VERIFY(tip->property("visible").toBool());
    click_on(run.window, run.find(button));
    QTRY_VERIFY(opened(run, menu));
    QTRY_VERIFY(!tip->property("visible").toBool());
    // None opens above it, whatever asks for it.
    QSignalSpy shown(tip, SIGNAL(aboutToShow()));
    QMetaObject::invokeMethod(tip, "open");
    QTRY_VERIFY(!shown.isEmpty());
    QTRY_VERIFY(!tip->property("visible").toBool());
    press(run.window, Qt::Key_Escape);
    QTRY_VERIFY(!run.find<QObject>(menu)->property("visible").toBool());
  }
  // In a page that is open, its own controls have theirs.
  QMetaObject::invokeMethod(run.find<QObject>("shortcutSheet"), "open");
  QTRY_VERIFY(opened(run, "shortcutSheet"));
  QTest::mouseMove(run.window, {2, 2});
  QTest::mouseMove(run.window, middle_of(run.find("showTour")));
  QTRY_VERIFY(tip->property("visible").toBool());
}

void NewcomerTest::escape_closes_the_menu_of_the_open_session() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(activate(run.window));
  run.window->resize(1360, 860);
  run.ask("One?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.sessions()->rowCount() == 1);
  lay_out(run.window);
  QTRY_COMPARE(visible(run.window->contentItem(), "session").size(), 1);
  for (int i = 0; i < 2; ++i) {  // with the focus in the question, then in the list
    const QQuickItem* row = visible(run.window->contentItem(), "session").first();
    QTest::mouseClick(run.window, Qt::RightButton, Qt::NoModifier, middle_of(row));
    QTRY_VERIFY(opened(run, "sessionMenu"));
    press(run.window, Qt::Key_Escape);
    QTRY_VERIFY(!run.find<QObject>("sessionMenu")->property("visible").toBool());
    click_on(run.window, row);
    QCOMPARE(run.app.chat()->rowCount(), 2);
  }
}

void NewcomerTest::a_hint_covers_no_controls() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.window->resize(1024, 640);
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  QQuickItem* hint = run.find("languageHint");
  run.ask(QStringLiteral("Welche Farbe hat der Stern?"));
  QTRY_VERIFY(hint->isVisible());
  QTRY_VERIFY(!run.app.chat()->busy());
  run.window->setProperty("comparing", true);
  for (const char* kind : {"compareTwo", "compareMany"}) {
    click(run.find(kind));
    lay_out(run.window);
    QVERIFY(hint->isVisible());
    int controls = 0;
    for (QQuickItem* item : visible_items(run.window->contentItem())) {
      if (!is_control(item) || in_window(item).bottom() > in_window(run.find("notices")).top() + 200) continue;
      if (hint->isAncestorOf(item) || item->opacity() == 0) continue;
      ++controls;
      QVERIFY2(!in_window(item).intersects(in_window(hint)), qPrintable(described(item)));
    }
    QVERIFY(controls > 5);
  }
  // Another question is typed: it has been read.
  run.find("input")->setProperty("text", "What");
  QTRY_VERIFY(!hint->isVisible());
  // It can be closed as well.
  run.ask(QStringLiteral("Welche Farbe hat das Quadrat?"));
  QTRY_VERIFY(hint->isVisible());
  click(all(hint, "dismiss").first());
  QTRY_VERIFY(!hint->isVisible());
  QTRY_VERIFY(!run.app.chat()->busy());
}

void NewcomerTest::pictures_have_questions_of_their_own() {
  const QTemporaryDir folder;
  QImage image(64, 48, QImage::Format_RGB32);
  image.fill(Qt::red);
  QVERIFY(image.save(folder.filePath("red.png")));
  const QRegularExpression of_videos(R"(\b(video|happens|end|later|move|passiert|Ende|später)\b)",
                                     QRegularExpression::CaseInsensitiveOption);
  const auto suits = [&](const QStringList& questions) {
    QVERIFY(!questions.isEmpty());
    for (const QString& question : questions) QVERIFY2(!question.contains(of_videos), qPrintable(question));
  };
  {
    // The demo model's own questions, without those that need time.
    Running run(folder.filePath("chats.db"));
    run.app.open(folder.filePath("red.png"));
    QTRY_VERIFY(run.app.trace()->hasMedia());
    suits(run.app.chat()->suggestions());
    QVERIFY(run.app.chat()->suggestions().contains("How many objects are there?"));
    run.app.openDemo();
    QTRY_VERIFY(run.app.chat()->suggestions().contains("What happens in the video?"));
  }
  // A model without questions of its own.
  EngineDoor door = real_engine();
  door.info = [info = door.info] {
    ModelInfo known = info();
    known.card.reset();
    return known;
  };
  Running run(folder.filePath("other.db"), door);
  run.app.open(folder.filePath("red.png"));
  QTRY_VERIFY(run.app.trace()->hasMedia());
  suits(run.app.chat()->suggestions());
  QVERIFY(run.app.chat()->suggestions().contains("What does the sign say?"));
  run.app.openDemo();
  QTRY_VERIFY(run.app.chat()->suggestions().contains("What happens in the video?"));
}

void NewcomerTest::a_narrow_video_has_a_menu_of_modes() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.settings()->setLanguage("de");
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.trace()->hasTrace());
  run.window->resize(1200, 640);
  run.app.settings()->setSessionsWidth(1000);
  run.app.settings()->setChatWidth(1000);
  QQuickItem* stage = run.find("stage");
  QTRY_VERIFY(stage->width() < 400);
  lay_out(run.window);
  QTRY_VERIFY(run.find("modeMenuButton") != nullptr);
  const QQuickItem* button = visible(stage, "modeMenuButton").value(0);
  QVERIFY(button != nullptr);
  QVERIFY(in_window(stage).contains(in_window(button)));
  QVERIFY(in_window(stage).contains(in_window(run.find("viewButton"))));
  QVERIFY(visible(stage, "mode1").isEmpty());
  click_on(run.window, button);
  QTRY_VERIFY(opened(run, "modeMenu"));
  lay_out(run.window);
  const auto entries = visible(run.window->contentItem(), "modeEntry3");
  QCOMPARE(entries.size(), 1);
  QTRY_VERIFY(in_window(entries.first()).height() > 0);
  click_on(run.window, entries.first());
  QTRY_COMPARE(run.app.trace()->mode(), TraceView::Clusters);
  // Why there are none is readable there, too.
  lay_out(run.window);
  const auto note = visible(stage, "nothingMerged");
  QCOMPARE(note.size(), 1);
  QVERIFY(!note.first()->property("truncated").toBool());
  QVERIFY(in_window(stage).contains(in_window(note.first())));
  // With room, they are buttons again.
  run.app.settings()->setSessionsWidth(150);
  run.app.settings()->setChatWidth(300);
  QTRY_VERIFY(!visible(stage, "mode1").isEmpty());
  QVERIFY(visible(stage, "modeMenuButton").isEmpty());
  run.app.settings()->setLanguage("system");
}

void NewcomerTest::without_a_video_the_window_says_so() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  const QQuickItem* note = run.find("noVideo");
  QVERIFY(note->isVisible());
  QVERIFY(text_of(run.find("noVideoText")).contains("No video is open"));
  QVERIFY(run.find("input")->property("placeholderText").toString().contains("without a video"));
  QVERIFY(run.find("openForChat")->isVisible());
  // It can be asked all the same, and goes on saying so.
  run.ask("Hello?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
  QVERIFY(note->isVisible());
  run.app.openDemo();
  QVERIFY(!note->isVisible());
  QTRY_VERIFY(!run.app.chat()->busy());
  QVERIFY(!note->isVisible());
}

namespace {
const Registered<NewcomerTest> registered("newcomer");
}  // namespace

}  // namespace sparsight::test

#include "newcomer_test.moc"
