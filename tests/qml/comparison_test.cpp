// Two answers side by side: from a chat, asked again, linked, stopped and failed.
#include "core/media/video.h"
#include "tests/qml/chat_support.h"

#include <QQmlContext>
#include <QQmlProperty>

namespace sparsight::test {

class ComparisonTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void two_settings_side_by_side();
  void two_answers_of_the_chat();
  void the_version_that_is_shown();
  void another_session_and_none();
  void shortened_texts_can_be_read();
  void stopped_and_failed_answers();
};

namespace {

// A chat about the demo clip with one answer.
struct Asked : Running {
  explicit Asked(const QTemporaryDir& folder) : Running(folder.filePath("chats.db")) {
    app.openDemo();
    (void)QTest::qWaitFor([this] { return app.trace()->hasMedia(); }, kPatience);
    answer("Which way does the star move?");
  }
  void answer(const QString& question) {
    ask(question);
    (void)QTest::qWaitFor([this] { return !app.chat()->busy(); }, kPatience);
  }
  [[nodiscard]] Comparison& comparison() { return *app.comparison(); }
};

}  // namespace

void ComparisonTest::two_settings_side_by_side() {
  const QTemporaryDir folder;
  Asked run(folder);
  Comparison& comparison = run.comparison();
  ComparisonSide &left = *comparison.left(), &right = *comparison.right();
  run.app.trace()->setDepth(4);
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY_WITH_TIMEOUT(run.find("compared")->isVisible(), kPatience);
  QVERIFY(!run.find("overlay")->isVisible());
  QCOMPARE(comparison.question(), QStringLiteral("Which way does the star move?"));
  QCOMPARE(left.answer(), QStringLiteral("The star moves left."));
  QCOMPARE(left.strategy(), QStringLiteral("sparsevlm-plus"));
  QVERIFY(!left.stale());
  QCOMPARE(left.trace()->depth(), 4);  // where the answer was looked at before
  QCOMPARE(right.strategy(), QStringLiteral("none"));
  QVERIFY(right.stale());
  QCOMPARE(comparison.differing(), -1);

  QMetaObject::invokeMethod(run.find("runComparison"), "clicked");
  QVERIFY(comparison.busy());
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy(), kPatience);
  QVERIFY(!comparison.stale());
  QVERIFY(!right.answer().isEmpty() && !right.line().isEmpty());
  QVERIFY(right.facts().contains("2,056 of 2,056"));
  QCOMPARE(run.app.chat()->rowCount(), 2);  // the chat is unchanged

  QCOMPARE(static_cast<int>(std::ranges::count(right.trace()->marked(), true)), comparison.differing());

  // One depth, one mode, one token; tokens differ where the left side dropped them.
  TraceView &a = *left.trace(), &b = *right.trace();
  QCOMPARE(a.depth(), b.depth());
  QCOMPARE(comparison.differing(), 2056 - a.counts()["kept"].toInt());
  int here = 0;
  for (int frame = 0; frame < 8; ++frame) {
    comparison.setFrame(frame);
    here += comparison.differingHere();
  }
  QCOMPARE(here, comparison.differing());
  b.setDepth(0);
  QCOMPARE(a.depth(), 0);
  QCOMPARE(comparison.differing(), 0);
  a.setStepsDone(1);
  QCOMPARE(b.depth(), a.depth());
  QVERIFY(comparison.differing() > 0);
  QCOMPARE(static_cast<int>(std::ranges::count(b.marked(), true)), comparison.differing());
  b.setMode(TraceView::Clusters);
  QCOMPARE(a.mode(), TraceView::Clusters);
  QTest::mouseMove(run.window, QPoint(2, 2));
  QTRY_VERIFY_WITH_TIMEOUT(a.token().isEmpty(), kPatience);
  a.select(2, 0.5, 0.5);
  QCOMPARE(b.token()["row"].toInt(), 9);
  b.hover(3, 0.1, 0.1);
  QCOMPARE(a.token()["frame"].toInt(), 4);
  b.leave();
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY_WITH_TIMEOUT(a.token().isEmpty() && b.token().isEmpty(), kPatience);

  // Both sides again, with their own settings; the clip is not encoded again.
  left.setStrategy("fastv");
  left.setBudget("25%");
  right.setStrategy("visionzip");
  right.setBudget("10%");
  comparison.run();
  QVERIFY(left.running() && right.running());
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy(), kPatience);
  QCOMPARE(a.strategy(), QStringLiteral("fastv"));
  QCOMPARE(b.strategy(), QStringLiteral("visionzip"));
  QVERIFY(comparison.differing() > 0);
  QVERIFY(colours_in(run.window->grabWindow()) > 50);
  QMetaObject::invokeMethod(run.find("closeComparison"), "clicked");
  QTRY_VERIFY_WITH_TIMEOUT(run.find("overlay")->isVisible(), kPatience);
}

void ComparisonTest::two_answers_of_the_chat() {
  const QTemporaryDir folder;
  Asked run(folder);
  Comparison& comparison = run.comparison();
  run.app.chat()->setStrategy("none");
  run.answer("Which way does the star move?");
  QCOMPARE(comparison.answers().size(), 2);
  QCOMPARE(comparison.left()->strategy(), QStringLiteral("none"));
  QCOMPARE(comparison.right()->strategy(), QStringLiteral("sparsevlm-plus"));
  QVERIFY(!comparison.stale());
  QVERIFY(comparison.differing() > 0);
  comparison.take(comparison.left(), comparison.answers()[0].toMap()["id"].toLongLong());
  QCOMPARE(comparison.left()->strategy(), QStringLiteral("sparsevlm-plus"));
  QCOMPARE(comparison.differing(), 0);
  // The texts say which answers are compared, and with what settings.
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compared")->isVisible());
  QVERIFY(comparison.left()->shown() != comparison.right()->shown() || comparison.differing() == 0);
  const auto fits_alone = [&](const char* side, const QString& wanted) {
    lay_out(run.window);
    const QQuickItem *answer = all(run.find(side), "answers").first(),
                     *own = all(run.find(side), "sideStrategy").first();
    QCOMPARE(answer->property("displayText").toString(), wanted);
    QVERIFY(!answer->property("contentItem").value<QQuickItem*>()->property("truncated").toBool());
    QVERIFY(!own->property("contentItem").value<QQuickItem*>()->property("truncated").toBool());
    QVERIFY(!in_window(answer).intersects(in_window(own)));
  };
  fits_alone("leftSide", "Answer 1 · sparsevlm-plus · 25 %");
  comparison.take(comparison.left(), comparison.answers()[1].toMap()["id"].toLongLong());
  fits_alone("leftSide", "Answer 2 · Off");
  fits_alone("rightSide", "Answer 1 · sparsevlm-plus · 25 %");
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  comparison.take(comparison.left(), 99);
  comparison.take(nullptr, 1);
  // Another question makes another comparison.
  run.answer("How many objects are there?");
  QCOMPARE(comparison.question(), QStringLiteral("How many objects are there?"));
  QCOMPARE(comparison.answers().size(), 1);
  QVERIFY(!comparison.right()->trace()->hasTrace());
  QCOMPARE(comparison.differing(), -1);
}

void ComparisonTest::the_version_that_is_shown() {
  const QTemporaryDir folder;
  Asked run(folder);
  Conversation& chat = *run.app.chat();
  Comparison& comparison = run.comparison();
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  const auto budgets = [&] { return QStringList{comparison.left()->budget(), comparison.right()->budget()}; };
  const auto anew = [&](const char* budget) {
    chat.setBudget(budget);
    chat.again(1);
    return QTest::qWaitFor([&] { return !chat.busy(); }, kPatience);
  };
  QVERIFY(anew("10%"));
  QCOMPARE(run.get(1, Conversation::VersionsRole).toInt(), 2);
  QCOMPARE(comparison.answers().size(), 2);
  QCOMPARE(budgets(), (QStringList{"10%", "25%"}));
  QVERIFY(anew("5%"));
  QCOMPARE(budgets(), (QStringList{"5%", "10%"}));
  // The versions of the chat.
  chat.showVersion(1, -1);
  QCOMPARE(budgets(), (QStringList{"10%", "5%"}));
  chat.showVersion(1, -1);
  QCOMPARE(budgets(), (QStringList{"25%", "10%"}));
  QVERIFY(chat.undo());
  QCOMPARE(budgets(), (QStringList{"10%", "25%"}));
  QCOMPARE(comparison.left()->answer(), run.text(1));
  // Any version can be chosen.
  comparison.take(comparison.right(), comparison.answers()[2].toMap()["id"].toLongLong());
  QCOMPARE(budgets(), (QStringList{"10%", "5%"}));
}

void ComparisonTest::another_session_and_none() {
  const QTemporaryDir folder;
  Asked run(folder);
  Conversation& chat = *run.app.chat();
  Comparison& comparison = run.comparison();
  const qint64 first = *chat.session();
  chat.openVideo(resource("clips/trio.mp4"));
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  run.answer("Which way does the star move?");
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compared")->isVisible());
  const auto drawn = [&] {
    QList<int> frames;
    for (const char* side : {"leftSide", "rightSide"})
      for (const QQuickItem* overlay : all(run.find(side), "sideOverlay")) frames << overlay->property("frame").toInt();
    return frames;
  };
  comparison.setFrame(5);
  QCOMPARE(drawn(), (QList<int>{5, 5}));
  QVERIFY(!comparison.left()->answer().isEmpty());
  const auto trace = comparison.left()->trace()->trace();
  // The same text about another video is another question.
  chat.openSession(first);
  QCOMPARE(comparison.frame(), 0);
  QCOMPARE(drawn(), (QList<int>{0, 0}));
  QTRY_VERIFY(!chat.busy() && comparison.left()->trace()->hasTrace());
  QVERIFY(comparison.left()->trace()->trace() != trace);
  QCOMPARE(comparison.left()->answer(), run.text(1));
  // A deleted session is offered nowhere.
  run.app.sessions()->remove(first);
  QVERIFY(comparison.question().isEmpty() && comparison.answers().isEmpty());
  QVERIFY(comparison.left()->answer().isEmpty() && !comparison.left()->trace()->hasTrace());
  QVERIFY(!run.find("runComparison")->isEnabled());
}

void ComparisonTest::shortened_texts_can_be_read() {
  const QTemporaryDir folder;
  Asked run(folder);
  run.app.chat()->setStrategy("none");
  run.answer("Which way does the star move?");
  run.window->resize(run.window->minimumWidth(), run.window->minimumHeight());
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_D, Qt::ControlModifier);
  QTRY_VERIFY(run.find("compared")->isVisible());
  run.comparison().setFrame(7);
  lay_out(run.window);
  const auto near = [&](const char* side) { return all(run.find(side), "facts").first(); };
  for (QQuickItem* facts : {near("leftSide"), near("rightSide")}) {
    QVERIFY(!facts->property("text").toString().isEmpty());
    QVERIFY(!facts->property("truncated").toBool());
    QVERIFY(facts->width() > 0 && facts->property("contentWidth").toDouble() <= facts->width());
  }
  for (const char* side : {"leftSide", "rightSide"}) {
    const QQuickItem* words = all(run.find(side), "words").first();
    QTRY_VERIFY(words->property("contentHeight").toDouble() <= words->height());
  }
  for (const char* arrow : {"frameBefore", "nextFrame"}) {
    QVERIFY(!run.find(arrow)->property("symbol").toString().isEmpty());
    QVERIFY(run.find(arrow)->property("text").toString().isEmpty());
  }
  // A line that is shortened has its whole text in its tool tip.
  QQuickItem* line = run.find("compared");
  line->setProperty("text", QString(400, QLatin1Char('w')));
  lay_out(run.window);
  QVERIFY(line->property("truncated").toBool());
  QTest::mouseMove(run.window, line->mapToScene({4, line->height() / 2}).toPoint());
  const QQmlProperty tip(line, "ToolTip.visible", qmlContext(line));
  QTRY_VERIFY(tip.read().toBool());
}

void ComparisonTest::stopped_and_failed_answers() {
  const QTemporaryDir folder;
  {
    Asked run(folder);
    Comparison& comparison = run.comparison();
    comparison.right()->setStrategy("fastv");
    comparison.right()->setBudget("much");
    comparison.run();
    QVERIFY(!comparison.busy());
    QVERIFY(comparison.right()->error().contains("budget \"much\""));
    comparison.right()->setBudget("");
    comparison.run();
    comparison.stop();
    QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy(), kPatience);
    run.app.chat()->openVideo(folder.filePath("none.mp4"));
    QVERIFY(comparison.answers().isEmpty());  // nothing of the former clip remains
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  }
  // With a script: without a video there is nothing to compare; a failure is shown on its side.
  Script script;
  Talk talk(script.door());
  Conversation& chat = talk.chat;
  Comparison comparison(talk.worker, chat);
  comparison.refresh();
  comparison.run();
  QVERIFY(!comparison.busy());
  auto media = std::make_shared<OpenedMedia>();
  media->clip = read_clip(resource("clips/crossing.mp4").toStdString());
  media->encoded = std::make_shared<const EncodedMedia>();
  comparison.set_media(media);
  script.pause = std::chrono::milliseconds(0);
  chat.ask("Anything?");
  QTRY_VERIFY_WITH_TIMEOUT(!chat.busy(), kPatience);
  QCOMPARE(comparison.question(), QStringLiteral("Anything?"));
  script.pause = std::chrono::milliseconds(5);
  comparison.right()->setStrategy("fastv");
  comparison.run();
  QTRY_VERIFY_WITH_TIMEOUT(comparison.left()->answer().size() > 40, kPatience);
  comparison.stop();
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy(), kPatience);
  QVERIFY(comparison.left()->answer().size() > 40);
  QVERIFY(comparison.right()->answer().isEmpty());
  script.fail = true;
  comparison.run();
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy(), kPatience);
  QVERIFY(comparison.left()->error().contains("no memory"));
  QVERIFY(comparison.right()->error().contains("no memory"));
}

namespace {
const Registered<ComparisonTest> registered("comparison");
}  // namespace

}  // namespace sparsight::test

#include "comparison_test.moc"
