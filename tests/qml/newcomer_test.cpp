// What people stumble over who use the program for the first time.
#include "tests/qml/chat_support.h"
#include "tests/qml/window_items.h"

#include <QClipboard>
#include <QQmlComponent>
#include <QRegularExpression>

#include <cmath>

//DEBUG
#undef QTRY_VERIFY
#undef QTRY_COMPARE
#undef QTRY_VERIFY2
#define QTRY_VERIFY(c) QTRY_VERIFY_WITH_TIMEOUT(c, 6000)
#define QTRY_VERIFY2(c, m) QTRY_VERIFY2_WITH_TIMEOUT(c, m, 6000)
#define QTRY_COMPARE(a, b) QTRY_COMPARE_WITH_TIMEOUT(a, b, 6000)
//END
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
  void a_long_question_is_folded_and_its_answer_in_view();
  void the_line_under_a_title_has_no_loose_ends();
  void one_score_stands_beside_its_number();
  void progress_is_said_once();
  void budgets_are_said_alike();
  void a_huge_text_can_be_pasted();
  void names_of_all_kinds();
  void searches_take_every_sign();
};

namespace {

void press(QQuickWindow* window, int key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QTest::keyClick(window, static_cast<Qt::Key>(key), modifiers);
}

bool opened(const Running& run, const char* popup) { return run.find<QObject>(popup)->property("opened").toBool(); }

QRectF in_window(const QQuickItem* item) { return item->mapRectToScene(QRectF(0, 0, item->width(), item->height())); }

QPoint middle_of(const QQuickItem* item) { return in_window(item).center().toPoint(); }

void click_on(QQuickWindow* window, const QQuickItem* item) {
  QTest::mouseClick(window, Qt::LeftButton, Qt::NoModifier, middle_of(item));
}

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

QString text_of(const QQuickItem* item) { return item->property("text").toString(); }

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
    const QQuickItem *strategy = run.find("batchStrategy"), *budget = run.find("batchBudget");
    QVERIFY(budget->isVisible());
    QVERIFY(!in_window(strategy).intersects(in_window(budget)));
    QVERIFY(!in_window(run.find("batchHow")).intersects(in_window(run.find("batchBegin"))));
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

void NewcomerTest::a_long_question_is_folded_and_its_answer_in_view() {
  Scripted it(Answers::Held);
  Running run(it.database(), it.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.openDemo();
  QTRY_VERIFY(!run.app.chat()->busy());
  QString question;
  while (question.size() < 3000) question += "Where does the small blue triangle go after that? ";
  run.ask(question);
  QQuickItem* list = run.find("messages");
  QTRY_VERIFY(!visible(list, "runningCard").isEmpty());
  const auto card_in_view = [&] {
    lay_out(run.window);
    const auto cards = visible(list, "runningCard");
    return !cards.isEmpty() && in_window(list).contains(in_window(cards.first()));
  };
  QTRY_VERIFY(card_in_view());
  QTRY_COMPARE(visible(list, "unfold").size(), 1);
  QQuickItem* unfold = visible(list, "unfold").first();
  QQuickItem* body = visible(list, "body").first();
  QVERIFY(body->parentItem()->height() < body->height() / 2);
  QCOMPARE(text_of(unfold), QStringLiteral("Show all"));
  click(unfold);
  lay_out(run.window);
  QTRY_COMPARE(body->parentItem()->height(), body->height());
  QCOMPARE(text_of(unfold), QStringLiteral("Show less"));
  click(unfold);
  QTRY_VERIFY(body->parentItem()->height() < body->height() / 2);
  it.engine.hold = false;
  QTRY_VERIFY(!run.app.chat()->busy());
  // A short one is not folded.
  run.ask("Short?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 4);
  lay_out(run.window);
  QVERIFY(visible(list, "unfold").size() <= 1);
}

void NewcomerTest::the_line_under_a_title_has_no_loose_ends() {
  Scripted it;
  const QString clip = it.folder.filePath("latecomer.of.a.rather.long.name.mp4");
  QVERIFY(QFile::copy(resource("clips/latecomer.mp4"), clip));
  Running run(it.database(), it.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.window->resize(1360, 860);
  run.app.open(clip);
  QTRY_VERIFY(run.app.trace()->hasMedia());
  run.ask("One?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.sessions()->rowCount() == 1);
  for (const int width : {150, 180, 220, 400}) {
    run.app.settings()->setSessionsWidth(width);
    for (const char* language : {"en", "de"}) {
      run.app.settings()->setLanguage(language);
      lay_out(run.window);
      QTRY_COMPARE(visible(run.window->contentItem(), "session").size(), 1);
      QQuickItem* row = visible(run.window->contentItem(), "session").first();
      const auto file = visible(row, "sessionFile"), answers = visible(row, "sessionAnswers");
      QCOMPARE(answers.size(), 1);
      QVERIFY(!answers.first()->property("truncated").toBool());
      QVERIFY(in_window(row).contains(in_window(answers.first())));
      QCOMPARE(text_of(answers.first()).startsWith("·"), !file.isEmpty());
      if (file.isEmpty()) continue;
      QVERIFY(file.first()->width() >= 40);
      QVERIFY(in_window(file.first()).right() <= in_window(answers.first()).left());
    }
  }
  run.app.settings()->setLanguage("system");
}

void NewcomerTest::one_score_stands_beside_its_number() {
  QQmlEngine engine;
  engine.addImportPath(":/qt/qml");
  QQmlComponent component(&engine);
  component.setData(
      "import QtQuick\nimport Sparsight\nScoreLine { width: 200; height: 80; scores: [{layer: 2, score: 0.25}] }", {});
  const std::unique_ptr<QObject> made(component.create());
  QVERIFY2(made != nullptr, qPrintable(component.errorString()));
  auto* plot = qobject_cast<QQuickItem*>(made.get());
  const auto *high = plot->findChild<QQuickItem*>("highScore"), *canvas = plot->findChild<QQuickItem*>("scoreCanvas");
  QVariant y;
  const auto centre = [](const QQuickItem* item) { return item->y() + item->height() / 2; };
  QVERIFY(QMetaObject::invokeMethod(plot, "yOf", Q_RETURN_ARG(QVariant, y), Q_ARG(QVariant, 0.25)));
  QCOMPARE(y.toDouble(), canvas->height() / 2);
  QVERIFY(std::abs(centre(high) - y.toDouble()) < 1);
  QVERIFY(!plot->findChild<QQuickItem*>("lowScore")->isVisible());
  // Of several, the highest and the lowest have theirs.
  const QVariantList two{QVariantMap{{"layer", 1}, {"score", 0.5}}, QVariantMap{{"layer", 2}, {"score", 0.1}}};
  plot->setProperty("scores", two);
  QVERIFY(plot->findChild<QQuickItem*>("lowScore")->y() > high->y() + high->height());
  QVERIFY(high->y() < canvas->height() / 4);
}

void NewcomerTest::progress_is_said_once() {
  Scripted it(Answers::Held);
  Running run(it.database(), it.engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.openDemo();
  QTRY_VERIFY(!run.app.chat()->busy());
  run.ask("Long?");
  QQuickItem* list = run.find("messages");
  QTRY_VERIFY(!visible(list, "runningCard").isEmpty());
  const auto said_below = [&] {
    lay_out(run.window);
    return !text_of(run.find("statusStage")).isEmpty() && run.find("statusProgress")->isVisible();
  };
  QTRY_VERIFY(!said_below());
  // Where the card is not in view, the bar says it.
  run.window->setProperty("comparing", true);
  run.window->resize(1024, 640);
  run.app.settings()->setSessionsShown(true);
  run.window->setProperty("sessionsAsked", true);
  QTRY_VERIFY(!list->isVisible());
  QTRY_VERIFY(said_below());
  run.window->setProperty("comparing", false);
  run.window->setProperty("sessionsAsked", false);
  QTRY_VERIFY(!said_below());
  it.engine.hold = false;
  QTRY_VERIFY(!run.app.chat()->busy());
  QVERIFY(!said_below());
}

void NewcomerTest::budgets_are_said_alike() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.window->resize(1440, 900);
  run.app.openDemo();
  QTRY_VERIFY(run.app.trace()->hasMedia());
  const QString words = "25 % (514 tokens)";
  QCOMPARE(run.app.chat()->budgetWords(), words);
  for (const char* typed : {"25%", "514"}) QCOMPARE(run.app.chat()->amountWords(typed), words);
  QVERIFY(run.app.chat()->amountWords("much").contains("much"));
  QVERIFY(run.app.chat()->isBudget("") && !run.app.chat()->isBudget("much"));
  run.ask(kPictured[0]);
  QTRY_VERIFY(!run.app.chat()->busy());
  // Settings, with nothing typed: the model's own.
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "show", Q_ARG(QVariant, QString("tokens")));
  QTRY_VERIFY(opened(run, "settingsPage"));
  QCOMPARE(text_of(run.find("setBudgetWords")), words);
  run.find("setBudget")->setProperty("text", "257");
  QCOMPARE(text_of(run.find("setBudgetWords")), QStringLiteral("12.5 % (257 tokens)"));
  run.find("setBudget")->setProperty("text", "");
  QMetaObject::invokeMethod(run.find<QObject>("settingsPage"), "close");
  // The two sides, the grid, and the form of a batch.
  run.window->setProperty("comparing", true);
  lay_out(run.window);
  QTRY_COMPARE(text_of(all(run.find("leftSide"), "sideBudgetWords").first()), words);
  ComparisonGrid& grid = *run.app.comparison()->grid();
  QCOMPARE(grid.data(grid.index(1), ComparisonGrid::SettingRole).toString(), QStringLiteral("sparsevlm-plus · 25 %"));
  QCOMPARE(grid.amounts("25%, 257"), words + ", 12.5 % (257 tokens)");
  QMetaObject::invokeMethod(run.find<QObject>("batchPage"), "open");
  QTRY_VERIFY(opened(run, "batchPage"));
  QCOMPARE(text_of(run.find("batchBudgetWords")), QStringLiteral("25 %"));  // each clip has its own number
  run.find("batchBudget")->setProperty("text", "much");
  run.find("batchQuestions")->setProperty("text", "One?");
  run.app.batch()->find({resource("clips/crossing.mp4")});
  QTRY_VERIFY(text_of(run.find("batchBegin")).contains("1"));
  QVERIFY(!run.find("batchBegin")->isEnabled());
}

void NewcomerTest::a_huge_text_can_be_pasted() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(activate(run.window));
  QQuickItem* input = run.find("input");
  input->forceActiveFocus();
  input->setProperty("text", "before ");
  input->setProperty("cursorPosition", 7);
  QGuiApplication::clipboard()->setText(QString("lots of words ").repeated(75'000));
  press(run.window, Qt::Key_V, Qt::ControlModifier);
  QTRY_COMPARE(text_of(input).size(), Conversation::mostTyped());
  QVERIFY(text_of(input).startsWith("before lots"));
  QTRY_VERIFY(run.find("typedEnough")->isVisible());
  // A short one is pasted in place of what is selected, and can be undone.
  input->setProperty("text", "one two three");
  QMetaObject::invokeMethod(input, "select", Q_ARG(int, 4), Q_ARG(int, 7));
  QGuiApplication::clipboard()->setText(QStringLiteral("2\r\nlines"));
  press(run.window, Qt::Key_V, Qt::ControlModifier);
  QCOMPARE(text_of(input), QStringLiteral("one 2\nlines three"));
  press(run.window, Qt::Key_Z, Qt::ControlModifier);
  press(run.window, Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(text_of(input), QStringLiteral("one two three"));
}

void NewcomerTest::names_of_all_kinds() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(activate(run.window));
  run.window->resize(1360, 860);
  run.ask("One?");
  QTRY_VERIFY(!run.app.chat()->busy() && run.app.sessions()->rowCount() == 1);
  const auto title = [&] {
    return run.app.sessions()->data(run.app.sessions()->index(0), SessionList::TitleRole).toString();
  };
  const auto rename = [&](const QString& to) {
    QMetaObject::invokeMethod(run.find<QObject>("renameChat"), "ask", Q_ARG(QVariant, QVariant(1)),
                              Q_ARG(QVariant, run.app.chat()->title()));
    QTRY_VERIFY(opened(run, "renameChat"));
    auto* field = run.find<QObject>("renameChat")->findChild<QQuickItem*>("newName");
    QVERIFY(field != nullptr);
    field->setProperty("text", to);
    press(run.window, Qt::Key_Return);
  };
  rename("  ");
  QVERIFY(opened(run, "renameChat"));  // it waits for a name
  press(run.window, Qt::Key_Escape);
  QTRY_VERIFY(!run.find<QObject>("renameChat")->property("visible").toBool());
  QCOMPARE(title(), QStringLiteral("One?"));
  const QString arabic = QString::fromUtf8("ماذا يحدث في الفيديو؟");
  for (const QString& name : {QString(10'000, 'x'), arabic, QString("50% of 'it'; DROP TABLE")}) {
    rename(name);
    QTRY_VERIFY(!run.find<QObject>("renameChat")->property("visible").toBool());
    QTRY_VERIFY(title().startsWith(name.left(20)));
    QVERIFY(run.app.chat()->title().size() <= 200);
    lay_out(run.window);
    const QQuickItem *shown = run.find("chatTitle"), *button = run.find("compareChat");
    QVERIFY(in_window(shown).right() <= in_window(button).left());
    QCOMPARE(shown->property("effectiveHorizontalAlignment").toInt(), int(Qt::AlignLeft));
  }
  run.app.chat()->rename(QString(10'000, 'y'));
  QVERIFY(run.app.chat()->title().size() <= 200);
}

void NewcomerTest::searches_take_every_sign() {
  Scripted it;
  Running run(it.database(), it.engine.door());
  QVERIFY(activate(run.window));
  for (const char* question : {"Is it 50% of 'it'?", "Plain?"}) {
    run.app.chat()->newSession();
    run.ask(question);
    QTRY_VERIFY(!run.app.chat()->busy() && run.app.chat()->rowCount() == 2);
  }
  SessionList& sessions = *run.app.sessions();
  QTRY_COMPARE(sessions.rowCount(), 2);
  for (const QString& signs :
       {QString("%"), QString("'"), QString("50%"), QString("'it'"), QString("\""), QString("*"), QString("a\"b*("),
        QString("tag:"), QString("tag:'"), QString(5000, '%'), QString("\\")}) {
    run.find("search")->setProperty("text", signs);
    QCOMPARE(sessions.property("search").toString(), signs);
    QVERIFY2(run.app.notice().isEmpty(), qPrintable(signs + ": " + run.app.notice()));
  }
  run.find("search")->setProperty("text", "50%");
  QTRY_VERIFY(sessions.rowCount() >= 1);
  QCOMPARE(sessions.data(sessions.index(0), SessionList::TitleRole).toString(), QStringLiteral("Is it 50% of 'it'?"));
  run.find("search")->setProperty("text", "");
  QTRY_COMPARE(sessions.rowCount(), 2);
}

namespace {
const Registered<NewcomerTest> registered("newcomer");
}  // namespace

}  // namespace sparsight::test

#include "newcomer_test.moc"
