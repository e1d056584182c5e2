// The stage: modes and legend over the picture, filters, zoom, the bare picture, copies of it; and parts of the window
// that keep the sizes that the user gave them.
#include "app/format.h"
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <QClipboard>
#include <QGuiApplication>

namespace sparsight::test {

class StageTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }
  void initTestCase();
  void cleanupTestCase() { run_.reset(); }

  void the_video_stays_visible();
  void a_click_in_the_legend_filters();
  void clusters_have_a_legend();
  void off_and_the_bare_picture();
  void zoom_and_pan();
  void the_picture_is_copied();
  void parts_keep_their_sizes();
  void a_message_moves_nothing();

 private:
  void click(QQuickItem* item, Qt::KeyboardModifiers keys = Qt::NoModifier) {
    lay_out(run_->window);
    const QPointF middle = item->mapToScene({item->width() / 2, item->height() / 2});
    QTest::mouseClick(run_->window, Qt::LeftButton, keys, middle.toPoint());
  }
  void ask_with(const QString& strategy) {
    run_->app.chat()->setStrategy(strategy);
    run_->ask(kPictured[0]);
    QTRY_VERIFY(!run_->app.chat()->busy() && trace().strategy() == strategy);
    trace().setMode(TraceView::Fate);
    lay_out(run_->window);
  }
  TraceView& trace() { return *run_->app.trace(); }
  // The middle of a token of frame 0 on the overlay, in the window.
  QPoint middle_of(std::size_t token) {
    QQuickItem* overlay = run_->find("overlay");
    const PixelBox box = trace().areas(0, qRound(overlay->width()), qRound(overlay->height())).pixels(token);
    return overlay->mapToScene({(box.left + box.right) / 2.0, (box.top + box.bottom) / 2.0}).toPoint();
  }
  std::optional<std::size_t> with_fate(Fate fate) {
    const auto& states = trace().heatmap()->states;
    const PatchAreas areas = trace().areas(0, 1000, 1000);
    // Away from what floats over the picture's edges.
    for (const std::size_t token : areas.tokens()) {
      const PixelBox box = areas.pixels(token);
      if (states[token].fate == fate && box.top > 250 && box.bottom < 750) return token;
    }
    return std::nullopt;
  }
  // Also an item that a Repeater made.
  QQuickItem* named(const QString& name) {
    for (QQuickItem* item : visible_items(run_->window->contentItem()))
      if (item->objectName() == name) return item;
    return nullptr;
  }
  QColor seen_at(QPoint at) { return still(run_->window).pixelColor(at); }
  QTemporaryDir folder_;
  std::unique_ptr<Running> run_;
};

void StageTest::initTestCase() {
  run_ = std::make_unique<Running>(folder_.filePath("chats.db"));
  QVERIFY(activate(run_->window));
  run_->window->setGeometry(0, 0, 1360, 860);
  run_->app.openDemo();
  QTRY_VERIFY(trace().hasMedia());
  ask_with("sparsevlm-plus");
}

// What is dropped is darker than it was, by less than half.
void StageTest::the_video_stays_visible() {
  const auto dropped = with_fate(Fate::Dropped), kept = with_fate(Fate::Kept);
  QVERIFY(dropped && kept);
  const QPoint at = middle_of(*dropped), beside = middle_of(*kept);
  const QColor with = seen_at(at), kept_with = seen_at(beside);
  click(named("modeOff"));
  const QColor bare = seen_at(at);
  QVERIFY(with != bare || bare.lightness() < 12);
  QVERIFY2(with.lightness() >= 0.5 * bare.lightness(), qPrintable(with.name() + " of " + bare.name()));
  QCOMPARE(seen_at(beside), kept_with);  // inside of its outline
  click(named("mode1"));
}

void StageTest::a_click_in_the_legend_filters() {
  const auto dropped = with_fate(Fate::Dropped), kept = with_fate(Fate::Kept);
  QVERIFY(dropped && kept);
  click(named("modeOff"));
  const QColor bare = seen_at(middle_of(*dropped));
  click(named("mode1"));
  click(named("legendDropped"));
  QCOMPARE(trace().only(), TraceView::OnlyDropped);
  QCOMPARE(seen_at(middle_of(*dropped)), bare);
  QVERIFY(seen_at(middle_of(*kept)).lightness() < 40);
  click(named("legendKept"));
  QCOMPARE(trace().only(), TraceView::OnlyKept);
  QVERIFY(seen_at(middle_of(*dropped)).lightness() < 40);
  click(named("legendKept"));
  QCOMPARE(trace().only(), TraceView::All);
}

void StageTest::clusters_have_a_legend() {
  ask_with("sparsevlm-v1.5");
  trace().setMode(TraceView::Clusters);
  lay_out(run_->window);
  const QVariantList clusters = trace().clusters();
  int tokens = 0;
  for (const QVariant& one : clusters) tokens += one.toMap()["tokens"].toInt();
  QCOMPARE(tokens, trace().counts()["recycled"].toInt());
  QCOMPARE(clusters.size(), trace().counts()["merged"].toInt());
  QVERIFY(clusters.size() > 6);
  for (int i = 0; i + 1 < clusters.size(); ++i)
    QVERIFY(clusters[i].toMap()["tokens"].toInt() >= clusters[i + 1].toMap()["tokens"].toInt());
  QVERIFY(named("moreClusters")->property("text").toString().startsWith(QString::number(clusters.size() - 6)));
  click(named("cluster1"));
  QCOMPARE(trace().cluster(), clusters[1].toMap()["id"].toInt());
  int passing = 0;
  for (std::size_t token = 0; token < trace().trace()->visual_tokens; ++token) passing += trace().passes(token);
  QCOMPARE(passing, clusters[1].toMap()["tokens"].toInt());
  trace().setDepth(0);  // it is not there yet
  QCOMPARE(trace().cluster(), -1);
  ask_with("sparsevlm-plus");
}

void StageTest::off_and_the_bare_picture() {
  QQuickItem* overlay = run_->find("overlay");
  click(named("modeOff"));
  QVERIFY(!overlay->isVisible());
  click(named("mode1"));
  QVERIFY(overlay->isVisible());
  overlay->forceActiveFocus();
  QTest::keyPress(run_->window, Qt::Key_B);
  QVERIFY(!overlay->isVisible());
  QTest::keyRelease(run_->window, Qt::Key_B);
  QVERIFY(overlay->isVisible());
  // In a text it is a letter.
  QQuickItem* input = run_->find("input");
  input->forceActiveFocus();
  QTest::keyClick(run_->window, Qt::Key_B, Qt::NoModifier);
  QVERIFY(overlay->isVisible());
  QCOMPARE(input->property("text").toString(), QStringLiteral("b"));
  input->setProperty("text", "");
  overlay->forceActiveFocus();
}

void StageTest::zoom_and_pan() {
  QQuickItem* stage = run_->find("stage");
  QQuickItem* picture = run_->find("picture");
  const QPoint at = stage->mapToScene({stage->width() / 2, stage->height() / 2}).toPoint();
  const QPointF before = picture->mapFromScene(at) / picture->width();
  QWheelEvent wheel(at, run_->window->mapToGlobal(at), {}, {0, 360}, Qt::NoButton, Qt::ControlModifier,
                    Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(run_->window, &wheel);
  QTRY_VERIFY(picture->width() > 1.5 * stage->width());
  const QPointF after = picture->mapFromScene(at) / picture->width();
  QVERIFY((after - before).manhattanLength() < 0.01);  // the point under the pointer stays
  const double left = picture->x();
  QTest::mousePress(run_->window, Qt::LeftButton, Qt::NoModifier, at);
  for (int i = 1; i <= 10; ++i) QTest::mouseMove(run_->window, at + QPoint(6 * i, 0));
  QTest::mouseRelease(run_->window, Qt::LeftButton, Qt::NoModifier, at + QPoint(60, 0));
  QTRY_VERIFY(picture->x() > left + 20);
  QVERIFY(picture->x() <= 0 && picture->x() + picture->width() >= stage->width());
  run_->app.chat()->newSession();
  run_->app.openDemo();
  QTRY_VERIFY(trace().hasMedia());
  QCOMPARE(picture->width(), stage->width());
  ask_with("sparsevlm-plus");
}

void StageTest::the_picture_is_copied() {
  QGuiApplication::clipboard()->clear();
  QTest::keyClick(run_->window, Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
  const auto copied = [] { return QGuiApplication::clipboard()->image(); };
  QTRY_VERIFY(!copied().isNull());
  const QQuickItem* stage = run_->find("stage");
  QCOMPARE(copied().size(), QSize(qRound(stage->width()), qRound(stage->height())));
  QVERIFY(colours_in(copied()) > 10);
}

void StageTest::parts_keep_their_sizes() {
  const auto drag = [&](QPoint from, QPoint by) {
    QTest::mousePress(run_->window, Qt::LeftButton, Qt::NoModifier, from);
    for (int i = 1; i <= 10; ++i) QTest::mouseMove(run_->window, from + by * i / 10);
    QTest::mouseRelease(run_->window, Qt::LeftButton, Qt::NoModifier, from + by);
  };
  QQuickItem* tokens = run_->find("tokenPane");
  const QPoint above = tokens->mapToScene({tokens->width() / 2, -4}).toPoint();
  const double high = tokens->height();
  drag(above, {0, 40});
  QTRY_VERIFY(std::abs(tokens->height() - (high - 40)) < 6);
  const double now = tokens->height();
  QTRY_COMPARE(run_->app.settings()->tokensHeight(), qRound(now));
  // Neither an answer nor a mode changes it.
  ask_with("visionzip");
  for (const auto mode : {TraceView::Score, TraceView::Clusters, TraceView::Fate}) {
    trace().setMode(mode);
    lay_out(run_->window);
    QCOMPARE(tokens->height(), now);
  }
  // It shrinks with the window, and comes back.
  run_->window->resize(1360, 640);
  QTRY_VERIFY(tokens->mapToScene({0, tokens->height()}).y() <= 640 && tokens->height() > 90);
  run_->window->resize(1360, 860);
  QTRY_COMPARE(tokens->height(), now);
  // The next start has the same.
  Running again(folder_.filePath("chats.db"));
  QVERIFY(QTest::qWaitForWindowExposed(again.window, kPatience));
  QCOMPARE(again.app.settings()->tokensHeight(), qRound(now));
}

void StageTest::a_message_moves_nothing() {
  QQuickItem* stage = run_->find("stage");
  lay_out(run_->window);
  const QRectF before = stage->mapRectToScene({0, 0, stage->width(), stage->height()});
  run_->app.open(folder_.filePath("there is no such file.mp4"));
  QTRY_VERIFY(run_->find("notice")->isVisible());
  lay_out(run_->window);
  QCOMPARE(stage->mapRectToScene({0, 0, stage->width(), stage->height()}), before);
  run_->app.dismissNotice();
}

namespace {
const Registered<StageTest> registered("stage");
}  // namespace

}  // namespace sparsight::test

#include "stage_test.moc"
