// Long questions and odd names, and what the window says about them, about progress and about budgets.
#include "tests/qml/chat_support.h"

#include <QClipboard>
#include <QQmlComponent>

#include <cmath>
#include <condition_variable>
#include <mutex>

namespace sparsight::test {

class OddInputTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_long_question_is_folded_and_its_answer_in_view();
  void the_line_under_a_title_has_no_loose_ends();
  void one_score_stands_beside_its_number();
  void progress_is_said_once();
  void a_large_model_is_said_to_be_read();
  void budgets_are_said_alike();
  void a_huge_text_can_be_pasted();
  void names_of_all_kinds();
  void searches_take_every_sign();
};

void OddInputTest::a_long_question_is_folded_and_its_answer_in_view() {
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

void OddInputTest::the_line_under_a_title_has_no_loose_ends() {
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

void OddInputTest::one_score_stands_beside_its_number() {
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

void OddInputTest::progress_is_said_once() {
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

void OddInputTest::a_large_model_is_said_to_be_read() {
  static constexpr std::size_t kAll = 7'500'000'000;
  Scripted it(Answers::Held);
  EngineDoor door = it.engine.door();
  OnProgress on_read;  // of the model that was loaded last
  std::mutex mutex;
  door.load = [&, load = door.load](const EngineOptions& options, const Control& control) {
    load(options, control);
    const std::lock_guard lock(mutex);
    on_read = options.on_read;
  };
  const auto has_read = [&](std::size_t bytes, std::size_t all) {
    const std::lock_guard lock(mutex);
    on_read({Stage::Read, bytes, all});
  };
  door.answer = [](const Question&, const std::function<void(std::string_view)>&, const Control& control) -> Answer {
    control.report(Stage::Read, 3'200'000'000, kAll);
    std::mutex alone;
    std::unique_lock lock(alone);
    std::condition_variable_any().wait(lock, control.stop, [] { return false; });
    throw Cancelled();
  };
  Running run(it.database(), door);
  QVERIFY(QTest::qWaitForWindowExposed(run.window, kPatience));
  run.app.openDemo();
  QTRY_VERIFY(!run.app.chat()->busy() && !run.app.loading());
  QQuickItem* bar = run.find("statusStage");

  // Beside the name of the model, while nothing else is done.
  has_read(1'200'000'000, kAll);
  QTRY_COMPARE(text_of(bar), QStringLiteral("Reading the model, 1.2 GB of 7.5 GB"));
  has_read(kAll, kAll);
  QTRY_COMPARE(text_of(bar), QString());
  QSignalSpy changed(&run.app, &Application::readingChanged);
  has_read(1000, 100'000'000);
  has_read(0, kAll);
  QTRY_COMPARE(text_of(bar), QStringLiteral("Reading the model, 0.0 kB of 7.5 GB"));
  QCOMPARE(changed.size(), 1);  // nothing of the small one

  // In place of the answer that waits for it.
  run.ask("Long?");
  QQuickItem* list = run.find("messages");
  QTRY_VERIFY(!visible(list, "runningCard").isEmpty());
  QTRY_COMPARE(text_of(visible(list, "runningStep").first()), QStringLiteral("Reading the model, 3.2 GB of 7.5 GB"));
  QTRY_VERIFY(std::abs(run.app.chat()->progress() - 3.2 / 7.5) < 0.001);
  QTRY_COMPARE(text_of(bar), QString());  // said once
  run.window->setProperty("comparing", true);
  run.window->resize(1024, 640);
  run.app.settings()->setSessionsShown(true);
  run.window->setProperty("sessionsAsked", true);
  QTRY_VERIFY(!list->isVisible());
  QTRY_COMPARE(text_of(bar), QStringLiteral("Reading the model, 3.2 GB of 7.5 GB"));
  run.app.chat()->stop();
  QTRY_VERIFY(!run.app.chat()->busy());
  QTRY_COMPARE(text_of(bar), QStringLiteral("Reading the model, 0.0 kB of 7.5 GB"));

  // Another model: what is said of the former one counts no more.
  OnProgress former;
  {
    const std::lock_guard lock(mutex);
    former = on_read;
  }
  run.app.chooseModel(run.app.modelPath());
  QTRY_VERIFY(!run.app.loading());
  QTRY_COMPARE(text_of(bar), QString());
  former({Stage::Read, 5'000'000'000, kAll});
  has_read(7'000'000'000, kAll);
  QTRY_COMPARE(text_of(bar), QStringLiteral("Reading the model, 7.0 GB of 7.5 GB"));
}

void OddInputTest::budgets_are_said_alike() {
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
  run.app.settings()->setLanguage("de");
  QTRY_COMPARE(text_of(all(run.find("leftSide"), "sideBudgetWords").first()), QStringLiteral("25 % (514 Token)"));
  run.app.settings()->setLanguage("en");
  QTRY_COMPARE(text_of(all(run.find("leftSide"), "sideBudgetWords").first()), words);
  ComparisonGrid& grid = *run.app.comparison()->grid();
  QCOMPARE(grid.data(grid.index(1), ComparisonGrid::SettingRole).toString(), QStringLiteral("sparsevlm-plus · 25 %"));
  QCOMPARE(grid.amounts("25%, 257"), words + ", 12.5 % (257 tokens)");
  QMetaObject::invokeMethod(run.find<QObject>("batchPage"), "open");
  QTRY_VERIFY(opened(run, "batchPage"));
  QVERIFY(text_of(run.find("batchPruning")).contains("25 %"));  // each clip has its own number of tokens
  QCOMPARE(run.app.batch()->pruned()->budgetWords(), QStringLiteral("25 %"));
  run.find("batchQuestions")->setProperty("text", "One?");
  run.app.batch()->find({resource("clips/crossing.mp4")});
  QTRY_VERIFY(text_of(run.find("batchBegin")).contains("1"));
  QVERIFY(run.find("batchBegin")->isEnabled());
  run.app.batch()->pruned()->setBudget("much");
  QTRY_VERIFY(!run.find("batchBegin")->isEnabled());
}

void OddInputTest::a_huge_text_can_be_pasted() {
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

void OddInputTest::names_of_all_kinds() {
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

void OddInputTest::searches_take_every_sign() {
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
const Registered<OddInputTest> registered("odd_input");
}  // namespace

}  // namespace sparsight::test

#include "odd_input_test.moc"
