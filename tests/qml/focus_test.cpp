// Where the keys go after a click, behind what is open, and while one is held; and what covers what.
#include "tests/qml/chat_support.h"
#include "tests/qml/window_items.h"

#include <QClipboard>

namespace sparsight::test {

class FocusTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_click_on_an_answer_leaves_the_keys();
  void what_is_open_keeps_the_keys();
  void a_held_key_shows_the_bare_picture();
  void a_right_click_keeps_the_selection();
  void messages_have_two_lines_and_shrink();
  void menus_are_as_wide_as_their_entries();
  void what_can_be_done_is_in_one_row();
  void tips_are_where_they_belong();
  void the_title_follows_its_question();
  void a_changed_preset_is_no_other_one();
};

namespace {

void close_with_escape(const Running& run, const char* popup) {
  QTRY_VERIFY2(opened(run, popup), popup);
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY2(!run.find<QObject>(popup)->property("visible").toBool(), popup);
}

}  // namespace

void FocusTest::a_click_on_an_answer_leaves_the_keys() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
  lay_out(run.window);
  const auto bodies = visible(run.find("messages"), "body");
  QCOMPARE(bodies.size(), 2);
  for (const QQuickItem* body : bodies) {
    const QPoint words = in_window(body).topLeft().toPoint() + QPoint(6, 8);
    QTest::mouseClick(run.window, Qt::LeftButton, Qt::NoModifier, words);
    press(run.window, Qt::Key_F1);
    close_with_escape(run, "shortcutSheet");
    QTest::mouseClick(run.window, Qt::LeftButton, Qt::NoModifier, words);
    press(run.window, Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
    close_with_escape(run, "batchPage");
    QTest::mouseClick(run.window, Qt::LeftButton, Qt::NoModifier, words);
    const double from = run.app.player()->position();
    press(run.window, from > 1 ? Qt::Key_Left : Qt::Key_Right);
    QTRY_VERIFY(std::abs(run.app.player()->position() - from) > 1);
    QTest::mouseClick(run.window, Qt::LeftButton, Qt::NoModifier, words);
    const bool muted = run.app.player()->muted();
    press(run.window, Qt::Key_M);
    QTRY_VERIFY(run.app.player()->muted() != muted);
    // It can be selected and copied; another click ends that.
    QTest::mouseDClick(run.window, Qt::LeftButton, Qt::NoModifier, words);
    const QString word = body->property("selectedText").toString();
    QVERIFY(!word.isEmpty());
    press(run.window, Qt::Key_C, Qt::ControlModifier);
    QCOMPARE(QGuiApplication::clipboard()->text(), word);
    press(run.window, Qt::Key_L, Qt::ControlModifier);
    QTRY_VERIFY(run.find("input")->hasActiveFocus());
    QTRY_VERIFY(body->property("selectedText").toString().isEmpty());
  }
}

void FocusTest::what_is_open_keeps_the_keys() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(activate(run.window));
  QQuickItem* input = run.find("input");
  input->forceActiveFocus();
  // Settings: what had the focus goes with its section.
  press(run.window, Qt::Key_Comma, Qt::ControlModifier);
  QTRY_VERIFY(opened(run, "settingsPage"));
  for (const char* section : {"section-answers", "section-tokens", "section-general"}) {
    if (QByteArray(section) == "section-tokens") run.find("presetName")->forceActiveFocus();
    lay_out(run.window);
    QCOMPARE(visible(run.window->contentItem(), section).size(), 1);
    click_on(run.window, visible(run.window->contentItem(), section).first());
    QTest::keyClick(run.window, 'x');
    QVERIFY(!input->hasActiveFocus());
  }
  close_with_escape(run, "settingsPage");
  QTRY_VERIFY(input->hasActiveFocus());
  // The form of a batch gives way to its table.
  press(run.window, Qt::Key_B, Qt::ControlModifier | Qt::ShiftModifier);
  QTRY_VERIFY(opened(run, "batchPage"));
  run.app.batch()->find({resource("clips/crossing.mp4")});
  run.find("batchQuestions")->setProperty("text", "One?");
  run.find("batchQuestions")->forceActiveFocus();
  QTRY_VERIFY(run.find("batchBegin")->isEnabled());
  click_on(run.window, run.find("batchBegin"));
  QTRY_VERIFY(run.app.batch()->rowCount() == 1 && run.app.batch()->property("waiting").toInt() == 0);
  lay_out(run.window);
  for (const char letter : {'m', 'y'}) QTest::keyClick(run.window, letter);
  press(run.window, Qt::Key_Return);
  QVERIFY(!input->hasActiveFocus());
  QCOMPARE(text_of(input), QString());
  close_with_escape(run, "batchPage");
  QCOMPARE(run.app.chat()->rowCount(), 0);
}

void FocusTest::a_held_key_shows_the_bare_picture() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  const auto held = [&] {
    const QQuickItem *overlay = run.find("overlay"), *input = run.find("input");
    QTest::keyPress(run.window, Qt::Key_B);
    QTRY_VERIFY(!overlay->property("shown").toBool());
    QCoreApplication::processEvents();
    QTest::keyClick(run.window, Qt::Key_B);  // as the keyboard repeats it
    QTest::keyRelease(run.window, Qt::Key_B);
    QTRY_VERIFY(overlay->property("shown").toBool());
    QVERIFY(!input->hasActiveFocus());
    QCOMPARE(text_of(input), QString());
  };
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  held();  // before anything was clicked
  run.find("input")->forceActiveFocus();
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.trace()->hasTrace());
  lay_out(run.window);
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find("input")->hasActiveFocus());
  held();
  click_on(run.window, run.find("overlay"));
  held();
  click_on(run.window, visible(run.find("messages"), "body").last());
  held();
}

void FocusTest::a_right_click_keeps_the_selection() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(activate(run.window));
  run.window->resize(1360, 860);
  for (const char* question : {"One?", "Two?", "Three?"}) {
    run.app.chat()->newSession();
    run.ask(question);
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
  }
  SessionList& sessions = *run.app.sessions();
  QTRY_COMPARE(sessions.rowCount(), 3);
  lay_out(run.window);
  const auto row = [&](int at) -> QQuickItem* {
    for (QQuickItem* item : visible(run.window->contentItem(), "session"))
      if (item->property("index").toInt() == at) return item;
    return nullptr;
  };
  const auto selected = [&] { return sessions.property("selected").toList().size(); };
  const qint64 open = sessions.property("open").toLongLong();
  sessions.toggleSelected(1);
  sessions.toggleSelected(2);
  QCOMPARE(selected(), 2);
  click_on(run.window, row(1), Qt::RightButton);
  QTRY_VERIFY(opened(run, "sessionMenu"));
  QCOMPARE(selected(), 2);
  QMetaObject::invokeMethod(run.window->findChild<QQuickItem*>("tagSession"), "triggered");
  QTRY_VERIFY(opened(run, "tagDialog"));
  QCOMPARE(run.find<QObject>("tagDialog")->property("title").toString(), QStringLiteral("Tags of 2 sessions"));
  close_with_escape(run, "tagDialog");
  // Another row is meant alone, and stays closed.
  if (run.find<QObject>("sessionMenu")->property("visible").toBool()) close_with_escape(run, "sessionMenu");
  click_on(run.window, row(0), Qt::RightButton);
  QTRY_VERIFY(opened(run, "sessionMenu"));
  QCOMPARE(selected(), 0);
  QCOMPARE(text_of(run.window->findChild<QQuickItem*>("deleteSession")), QStringLiteral("Delete (Del)"));
  close_with_escape(run, "sessionMenu");
  QCOMPARE(sessions.property("open").toLongLong(), open);
}

void FocusTest::messages_have_two_lines_and_shrink() {
  const QTemporaryDir folder;
  QImage image(64, 48, QImage::Format_RGB32);
  image.fill(Qt::red);
  QVERIFY(image.save(folder.filePath("red.png")));
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.settings()->setLanguage("de");
  run.app.open(folder.filePath("red.png"));
  QTRY_VERIFY(!run.app.beyond().isEmpty());
  QQuickItem* hint = run.find("beyondDemo");
  const QQuickItem* words = all(hint, "hintWords").first();
  for (const QSize size : {QSize(1024, 640), QSize(1440, 900)}) {
    run.window->resize(size);
    QTRY_COMPARE(run.window->size(), size);
    lay_out(run.window);
    keep(run.window, QStringLiteral("hint%1").arg(size.width()));
    QVERIFY(hint->isVisible() && !hint->property("small").toBool());
    QVERIFY(words->property("lineCount").toInt() <= 2);
    QVERIFY(words->width() > 150);
    QVERIFY(hint->height() < 70);
    // What is cut can be read, and what can be done is at hand.
    const QQuickItem* more = all(hint, "moreHint").first();
    QVERIFY(more->isVisible() || !words->property("truncated").toBool());
    if (more->isVisible()) {
      click_on(run.window, more);
      lay_out(run.window);
      QTRY_VERIFY(!words->property("truncated").toBool());
    }
    QVERIFY(!visible(hint, "act").isEmpty() || !visible(hint, "actBelow").isEmpty());
    if (more->isVisible()) click_on(run.window, more);
  }
  // The user goes on: it gets small, and a click shows it again.
  const double wide = hint->width();
  run.find("input")->setProperty("text", "Was");
  QTRY_VERIFY(hint->property("small").toBool());
  lay_out(run.window);
  QVERIFY(hint->isVisible() && hint->width() < wide / 2);
  click_on(run.window, all(hint, "wholeHint").first());
  QTRY_VERIFY(!hint->property("small").toBool());
  run.app.settings()->setLanguage("system");
}

void FocusTest::menus_are_as_wide_as_their_entries() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.trace()->hasTrace());
  for (const char* language : {"en", "de"}) {
    run.app.settings()->setLanguage(language);
    for (const char* name : {"exportMenu", "chatMenu", "sessionsMenu"}) {
      QObject* menu = run.find<QObject>(name);
      QMetaObject::invokeMethod(menu, "open");
      QTRY_VERIFY(opened(run, name));
      lay_out(run.window);
      int entries = 0;
      for (const QQuickItem* item : visible_items(menu->property("contentItem").value<QQuickItem*>())) {
        if (!item->property("truncated").isValid()) continue;
        ++entries;
        QVERIFY2(!item->property("truncated").toBool(), qPrintable(described(item)));
      }
      QVERIFY(entries > 3);
      close_with_escape(run, name);
    }
  }
  run.app.settings()->setLanguage("system");
}

void FocusTest::what_can_be_done_is_in_one_row() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.window->resize(1360, 860);
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.trace()->hasTrace());
  QQuickItem* list = run.find("messages");
  for (const char* language : {"en", "de"}) {
    run.app.settings()->setLanguage(language);
    for (const QSize size : {QSize(1024, 640), QSize(1360, 860)}) {
      run.window->resize(size);
      QTRY_COMPARE(run.window->size(), size);
      lay_out(run.window);
      keep(run.window, QStringLiteral("row%1%2").arg(language).arg(size.width()));
      const double line = middle_of(visible(list, "details").last()).y();
      for (const char* name : {"regenerate", "copy", "showTrace"}) {
        const auto tools = visible(list, name);
        QVERIFY2(!tools.isEmpty(), name);
        QVERIFY2(std::abs(middle_of(tools.last()).y() - line) < 6, name);
        QVERIFY2(in_window(list).right() + 1 >= in_window(tools.last()).right(), name);
      }
    }
  }
  run.app.settings()->setLanguage("system");
  // At the end of the list nothing is covered, also of what was unfolded.
  run.ask(kPictured[1]);
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 4);
  lay_out(run.window);
  click(visible(list, "details").last());
  lay_out(run.window);
  list->forceActiveFocus();
  QVERIFY(run.find("messagesFocus")->isVisible());
  QVERIFY(in_window(run.find("messagesFocus")).left() < in_window(list).left());
  list->setProperty("contentY", list->property("lastY"));
  QTRY_VERIFY(!run.find("toLatest")->isVisible());
}

void FocusTest::tips_are_where_they_belong() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(activate(run.window));
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  QQuickItem* gauge = run.find("contextGauge");
  QTRY_COMPARE(gauge->opacity(), 1.0);
  QTest::mouseMove(run.window, {2, 2});
  QTest::mouseMove(run.window, middle_of(gauge));
  const auto* tip = run.find<QObject>("contextTip");
  QTRY_VERIFY(tip->property("visible").toBool());
  const auto* inside = tip->property("contentItem").value<QQuickItem*>();
  QTRY_VERIFY(in_window(inside).left() <= in_window(gauge).right());
  QVERIFY(in_window(inside).right() >= in_window(gauge).left());
}

void FocusTest::the_title_follows_its_question() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.ask("What hapens?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
  QVERIFY(run.app.chat()->editQuestion(0, "What happens?"));
  QTRY_VERIFY(!run.app.chat()->busy());
  QTRY_COMPARE(run.app.chat()->title(), QStringLiteral("What happens?"));
  // A later question has nothing to do with it.
  run.ask("And then?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 4);
  QVERIFY(run.app.chat()->editQuestion(2, "And now?"));
  QTRY_VERIFY(!run.app.chat()->busy() && run.text(2) == "And now?");
  QCOMPARE(run.app.chat()->title(), QStringLiteral("What happens?"));
  // The user's own name stays.
  run.app.chat()->rename("Mine");
  QVERIFY(run.app.chat()->editQuestion(0, "What else?"));
  QTRY_VERIFY(!run.app.chat()->busy() && run.text(0) == "What else?");
  QCOMPARE(run.app.chat()->title(), QStringLiteral("Mine"));
}

void FocusTest::a_changed_preset_is_no_other_one() {
  const QTemporaryDir folder;
  Settings settings(folder.filePath("settings.ini").toStdString());
  QCOMPARE(settings.preset(), QStringLiteral("exact"));
  settings.setSystem("Be brief.");
  QCOMPARE(settings.preset(), QStringLiteral("exact"));  // it says nothing about the prompt
  QVERIFY(settings.savePreset("Mine"));
  QCOMPARE(settings.preset(), QStringLiteral("own:Mine"));
  settings.setSystem("Be brief!");
  QCOMPARE(settings.preset(), QString());
  settings.usePreset("exact");
  QCOMPARE(settings.preset(), QStringLiteral("exact"));
  settings.usePreset("own:Mine");
  QCOMPARE(settings.preset(), QStringLiteral("own:Mine"));
  settings.setSystem("");
  QCOMPARE(settings.preset(), QString());
  settings.reset("answers");
  QCOMPARE(settings.preset(), QStringLiteral("exact"));
}

namespace {
const Registered<FocusTest> registered("focus");
}  // namespace

}  // namespace sparsight::test

#include "focus_test.moc"
