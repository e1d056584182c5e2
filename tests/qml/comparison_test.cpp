// Two answers side by side: from a chat, asked anew, linked, stopped and failed.
#include "core/video.h"
#include "tests/qml/chat_support.h"

namespace sparsight::test {

class ComparisonTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void two_settings_side_by_side();
  void two_answers_of_the_chat();
  void what_is_stopped_or_fails();
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
  QCOMPARE(left.trace()->depth(), 4);  // as one looked at it before
  QCOMPARE(right.strategy(), QStringLiteral("none"));
  QVERIFY(right.stale());
  QCOMPARE(comparison.differing(), -1);

  QMetaObject::invokeMethod(run.find("runComparison"), "clicked");
  QVERIFY(comparison.busy());
  QTRY_VERIFY_WITH_TIMEOUT(!comparison.busy(), kPatience);
  QVERIFY(!comparison.stale());
  QVERIFY(!right.answer().isEmpty() && !right.line().isEmpty());
  QVERIFY(right.facts().contains("2,056 of 2,056"));
  QCOMPARE(run.app.chat()->rowCount(), 2);  // the chat is as it was

  QCOMPARE(static_cast<int>(std::ranges::count(right.trace()->marked(), true)), comparison.differing());

  // One depth, one mode, one token; what differs is what the left side let go.
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
  a.setBehind(1);
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

  // Both sides anew, with settings of their own; the clip is not encoded again.
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
  comparison.take(comparison.left(), comparison.answers()[0].toMap()["row"].toInt());
  QCOMPARE(comparison.left()->strategy(), QStringLiteral("sparsevlm-plus"));
  QCOMPARE(comparison.differing(), 0);
  comparison.take(comparison.left(), 99);
  comparison.take(nullptr, 1);
  // Another question is another comparison.
  run.answer("How many objects are there?");
  QCOMPARE(comparison.question(), QStringLiteral("How many objects are there?"));
  QCOMPARE(comparison.answers().size(), 1);
  QVERIFY(!comparison.right()->trace()->hasTrace());
  QCOMPARE(comparison.differing(), -1);
}

void ComparisonTest::what_is_stopped_or_fails() {
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
    QVERIFY(comparison.answers().isEmpty());  // nothing is left of the former clip
    QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  }
  // A script: without a video there is nothing to compare; what fails says so on its side.
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
