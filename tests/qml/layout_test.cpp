// Every size of the window and of the interface, and every language: nothing lies outside of its parent or over
// something else, and shortened texts are complete in a tool tip.
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

namespace sparsight::test {
namespace {

constexpr double kSlack = 1.5;  // pixels, of rounding

const QRectF kNowhere;

bool scrolls(const QQuickItem* item) { return item->inherits("QQuickFlickable"); }

bool is_text(const QQuickItem* item) {
  return item->inherits("QQuickText") && !item->property("text").toString().isEmpty();
}

// Texts of the window itself, not those inside a control.
bool is_leaf(const QQuickItem* item) {
  if (item->opacity() == 0) return false;
  if (!is_text(item) && !is_control(item)) return false;
  for (const QQuickItem* outer = item->parentItem(); outer != nullptr; outer = outer->parentItem())
    if (is_control(outer) || outer->opacity() == 0) return false;
  return true;
}

// Where the content of an item is, in the window.
QRectF place_of(const QQuickItem* item) {
  QRectF rect(0, 0, item->width(), item->height());
  if (is_text(item)) {
    const double width = item->property("paintedWidth").toDouble(), over = width - item->width();
    const int side = item->property("effectiveHorizontalAlignment").toInt();
    if (over > 0)
      rect.adjust(side == Qt::AlignLeft    ? 0
                  : side == Qt::AlignRight ? -over
                                           : -over / 2,
                  0,
                  side == Qt::AlignLeft    ? over
                  : side == Qt::AlignRight ? 0
                                           : over / 2,
                  0);
    rect.setHeight(std::max(rect.height(), item->property("paintedHeight").toDouble()));
  }
  return item->mapRectToScene(rect);
}

bool holds(const QRectF& outer, const QRectF& inner) {
  return outer.adjusted(-kSlack, -kSlack, kSlack, kSlack).contains(inner);
}

bool has_scroll_bar(const QQuickItem* area) {
  for (const QQuickItem* from : {area, static_cast<const QQuickItem*>(area->parentItem())})
    for (const QQuickItem* child : from->childItems())
      if (child->inherits("QQuickScrollBar") || child->inherits("QQuickScrollIndicator")) return true;
  return false;
}

// Empty if the whole item can be seen, by scrolling if necessary.
QString why_unseen(const QQuickItem* item) {
  QRectF rect = place_of(item);
  for (const QQuickItem* outer = item->parentItem(); outer != nullptr; outer = outer->parentItem()) {
    if (scrolls(outer)) {
      const auto* content = outer->property("contentItem").value<QQuickItem*>();
      const QRectF here = content->mapRectFromScene(rect);
      const double top = outer->property("originY").toDouble(), left = outer->property("originX").toDouble();
      const QRectF all(left, top, std::max(outer->width(), outer->property("contentWidth").toDouble()),
                       std::max(outer->height(), outer->property("contentHeight").toDouble()));
      if (!holds(all, here)) return "is outside of what " + described(outer) + " scrolls over";
      if (all.height() > outer->height() + kSlack && !has_scroll_bar(outer))
        return described(outer) + " has no scroll bar";
      rect = in_window(outer);
      continue;
    }
    if (outer->parentItem() != nullptr && !outer->clip() && !made_of(outer, "VideoPane") &&
        !made_of(outer, "TokenPane") && !made_of(outer, "ChatPane") && !made_of(outer, "SessionPane") &&
        !made_of(outer, "StatusBar") && !made_of(outer, "Hint") && !made_of(outer, "ComparePane") &&
        !made_of(outer, "CompareSide") && !made_of(outer, "TokenCard") && !made_of(outer, "FileBanner"))
      continue;
    if (const QRectF shown = in_window(outer); !holds(shown, rect))
      return QStringLiteral("(%1 %2 %3x%4) is outside of %5 (%6 %7 %8x%9)")
          .arg(rect.x())
          .arg(rect.y())
          .arg(rect.width())
          .arg(rect.height())
          .arg(described(outer))
          .arg(shown.x())
          .arg(shown.y())
          .arg(shown.width())
          .arg(shown.height());
  }
  return {};
}

// Whether it belongs to a message that may lie over others until it is closed.
bool floats(const QQuickItem* item) {
  for (; item != nullptr; item = item->parentItem())
    if (item->objectName() == "notices") return true;
  return false;
}

// The part of an item that is on screen.
QRectF seen_of(const QQuickItem* item) {
  QRectF rect = place_of(item);
  for (const QQuickItem* outer = item->parentItem(); outer != nullptr; outer = outer->parentItem())
    if (outer->clip() || scrolls(outer)) rect &= in_window(outer);
  return rect;
}

}  // namespace

class LayoutTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }
  void initTestCase();
  void cleanupTestCase() { run_.reset(); }

  void everything_fits_data();
  void everything_fits();
  void a_4k_screen_is_used_data();
  void a_4k_screen_is_used();
  void two_answers_fit_data() { sizes(); }
  void two_answers_fit();
  void a_size_that_does_not_fit_is_reported();
  void banners_leave_everything_within_reach_data() { sizes(); }
  void banners_leave_everything_within_reach();

 private:
  static void sizes();
  void arrange(QSize size, const QString& language, int scale);
  void settle() {
    QTest::mouseMove(run_->window, {1, 1});
    for (int i = 0; i < 3; ++i) lay_out(run_->window);  // wrapping changes heights
  }
  QStringList faults();
  QString unreadable(QQuickItem* text);
  void keep(const QString& name) {
    if (const QString pictures = qEnvironmentVariable("SPARSIGHT_SCREENSHOTS"); !pictures.isEmpty())
      QVERIFY(run_->window->grabWindow().save(pictures + '/' + name + ".png"));
  }
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<Running> run_;
};

void LayoutTest::initTestCase() {
  folder_ = std::make_unique<QTemporaryDir>();
  run_ = std::make_unique<Running>(folder_->filePath("chats.db"));
  QVERIFY(activate(run_->window));
  run_->app.openDemo();
  QTRY_VERIFY(run_->app.trace()->hasMedia());
  run_->ask(kPictured[0]);
  QTRY_VERIFY(!run_->app.chat()->busy());
  QVERIFY(run_->app.trace()->hasTrace());
}

// All problems in one list, so that one run shows them all.
QStringList LayoutTest::faults() {
  QStringList found;
  QList<QQuickItem*> leaves;
  for (QQuickItem* item : visible_items(run_->window->contentItem()))
    if (is_leaf(item)) leaves << item;
  for (const QQuickItem* item : leaves)
    if (const QString why = why_unseen(item); !why.isEmpty()) found << described(item) + ' ' + why;
  for (const QQuickItem* one : leaves)
    for (const QQuickItem* other : leaves) {
      if (one >= other || floats(one) != floats(other)) continue;
      const QRectF both = seen_of(one) & seen_of(other);
      if (both.width() > 2 && both.height() > 2) found << described(one) + " lies over " + described(other);
    }
  for (QQuickItem* item : visible_items(run_->window->contentItem()))
    if (is_text(item) && !item->inherits("QQuickPlaceholderText") && item->property("truncated").toBool() &&
        item->opacity() > 0)
      if (const QString why = unreadable(item); !why.isEmpty()) found << why;
  return found;
}

// A shortened text is complete in the tool tip of its control.
QString LayoutTest::unreadable(QQuickItem* text) {
  const QRectF at = seen_of(text);
  if (at.isEmpty()) return {};  // scrolled away
  const QString whole = text->property("text").toString();
  QTest::mouseMove(run_->window, {1, 1});
  QTest::mouseMove(run_->window, at.center().toPoint());
  QTest::mouseMove(run_->window, at.center().toPoint() + QPoint(1, 0));
  QQuickItem* overlay = nullptr;
  for (QQuickItem* child : run_->window->contentItem()->childItems())
    if (child->inherits("QQuickOverlay")) overlay = child;
  const bool told =
      overlay != nullptr && QTest::qWaitFor(
                                [&] {
                                  return std::ranges::any_of(visible_items(overlay), [&](const QQuickItem* item) {
                                    return item->property("text").toString().contains(whole);
                                  });
                                },
                                2000);
  return told ? QString() : described(text) + " is cut, and no tool tip has all of it: " + whole;
}

void LayoutTest::everything_fits_data() {
  QTest::addColumn<QSize>("size");
  QTest::addColumn<QString>("language");
  QTest::addColumn<int>("scale");
  QTest::addColumn<bool>("sessions");
  for (const QSize size : {QSize(1024, 640), QSize(1360, 860)})
    for (const char* language : {"en", "de"})
      for (const int scale : Settings::scales())
        for (const bool sessions : {true, false})
          QTest::addRow("%dx%d-%s-%d%s", size.width(), size.height(), language, scale, sessions ? "-sessions" : "")
              << size << language << scale << sessions;
}

void LayoutTest::arrange(QSize size, const QString& language, int scale) {
  run_->window->resize(size);
  run_->app.settings()->setLanguage(language);
  run_->app.settings()->setScale(scale);
  QTRY_COMPARE(run_->window->size(), size);
  settle();
}

void LayoutTest::sizes() {
  QTest::addColumn<QSize>("size");
  QTest::addColumn<QString>("language");
  QTest::addColumn<int>("scale");
  for (const QSize size : {QSize(1024, 640), QSize(1360, 860)})
    for (const char* language : {"en", "de"})
      for (const int scale : {100, 200})
        QTest::addRow("%dx%d-%s-%d", size.width(), size.height(), language, scale) << size << language << scale;
}

void LayoutTest::everything_fits() {
  QFETCH(const QSize, size);
  QFETCH(const QString, language);
  QFETCH(const int, scale);
  QFETCH(const bool, sessions);
  arrange(size, language, scale);
  if (run_->window->property("sessionsShown").toBool() != sessions)
    QMetaObject::invokeMethod(run_->window, "toggleSessions");
  TraceView& trace = *run_->app.trace();
  QStringList all;
  for (const auto mode : {TraceView::Fate, TraceView::Score, TraceView::Clusters, TraceView::Word}) {
    trace.setMode(mode);
    if (mode == TraceView::Clusters) trace.select(3, 0.65, 0.72);
    settle();
    keep(QString::fromUtf8(QTest::currentDataTag()) + "-mode" + QString::number(mode));
    for (const QString& fault : faults())
      if (!all.contains(fault)) all << fault;
  }
  trace.setMode(TraceView::Fate);
  trace.clearSelection();
  QVERIFY2(all.isEmpty(), qPrintable('\n' + all.join('\n')));
}

void LayoutTest::a_4k_screen_is_used_data() {
  QTest::addColumn<QString>("language");
  QTest::addColumn<int>("scale");
  for (const char* language : {"en", "de"})
    for (const int scale : {100, 200}) QTest::addRow("%s-%d", language, scale) << language << scale;
}

// Nothing is cut, nothing is stretched: the columns of text stay as narrow as they were, and the video gets the room.
void LayoutTest::a_4k_screen_is_used() {
  QFETCH(const QString, language);
  QFETCH(const int, scale);
  arrange({3840, 2160}, language, scale);
  if (!run_->window->property("sessionsShown").toBool()) QMetaObject::invokeMethod(run_->window, "toggleSessions");
  settle();
  keep(QStringLiteral("4k-") + QTest::currentDataTag());
  const QStringList found = faults();
  QVERIFY2(found.isEmpty(), qPrintable('\n' + found.join('\n')));
  const double zoom = scale / 100.0;
  const auto* stage = run_->find("stage");
  QVERIFY(stage->width() > 0.4 * run_->window->width() && stage->height() > 0.4 * run_->window->height());
  for (const QQuickItem* item : visible_items(run_->window->contentItem())) {
    // A line of text that is read has at most about a hundred letters; a plot's labels and the time line are no text.
    if (is_text(item) && item->property("lineCount").toInt() > 1)
      QVERIFY2(item->width() < 900 * zoom, qPrintable(described(item) + QString::number(item->width())));
    if (is_control(item) && item->inherits("QQuickAbstractButton"))
      QVERIFY2(item->height() < 120 * zoom, qPrintable(described(item) + QString::number(item->height())));
    // Letters are as large as the scale says.
    if (is_text(item) && item->property("font").value<QFont>().pixelSize() > 0)
      QVERIFY2(item->property("font").value<QFont>().pixelSize() >= 9 * zoom, qPrintable(described(item)));
  }
}

void LayoutTest::two_answers_fit() {
  QFETCH(const QSize, size);
  QFETCH(const QString, language);
  QFETCH(const int, scale);
  arrange(size, language, scale);
  if (run_->window->property("sessionsShown").toBool()) QMetaObject::invokeMethod(run_->window, "toggleSessions");
  run_->window->setProperty("comparing", true);
  Comparison& comparison = *run_->app.comparison();
  if (comparison.stale()) comparison.run();
  QTRY_VERIFY(!comparison.busy() && !comparison.stale());
  settle();
  keep(QStringLiteral("compare-") + QTest::currentDataTag());
  const QStringList found = faults();
  run_->window->setProperty("comparing", false);
  QVERIFY2(found.isEmpty(), qPrintable('\n' + found.join('\n')));
}

// A size has its effect, or the settings say how much of it.
void LayoutTest::a_size_that_does_not_fit_is_reported() {
  const auto height = [&] { return run_->find("stepTitle")->property("font").value<QFont>().pixelSize(); };
  int last = 0;
  for (const int scale : Settings::scales()) {
    arrange({1360, 860}, "en", scale);
    QVERIFY2(height() > last, qPrintable(QString::number(scale)));
    last = height();
  }
  QObject* page = run_->find<QObject>("settingsPage");
  QMetaObject::invokeMethod(page, "open");
  QTRY_VERIFY(page->property("opened").toBool());
  const auto* said = run_->find("scaleFits");
  QVERIFY(said->isVisible());
  QVERIFY(said->property("text").toString().contains("170"));
  run_->app.settings()->setScale(150);
  QTRY_VERIFY(!said->isVisible());
  QMetaObject::invokeMethod(page, "close");
  QTRY_VERIFY(!page->property("visible").toBool());
}

void LayoutTest::banners_leave_everything_within_reach() {
  QFETCH(const QSize, size);
  QFETCH(const QString, language);
  QFETCH(const int, scale);
  const QTemporaryDir folder;
  const QString clip = folder.filePath("a clip with a name that is long enough for two lines of its banner.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), clip));
  QFile other(clip);  // no other file has the same content
  QVERIFY(other.setPermissions(QFile::ReadOwner | QFile::WriteOwner) && other.open(QFile::Append));
  QCOMPARE(other.write(QByteArray("\0\0\0\x08"
                                  "free",
                                  8)),
           8);
  other.close();
  arrange(size, language, scale);
  if (run_->window->property("sessionsShown").toBool()) QMetaObject::invokeMethod(run_->window, "toggleSessions");
  Conversation& chat = *run_->app.chat();
  run_->app.open(clip);
  QTRY_VERIFY(chat.video() == clip && run_->app.trace()->hasMedia());
  run_->ask(kPictured[0]);
  QTRY_VERIFY(chat.session().has_value() && !chat.busy());
  const auto session = static_cast<qint64>(*chat.session());
  chat.newSession();
  QVERIFY(QFile::remove(clip));
  chat.openSession(session);
  QTRY_COMPARE(chat.missing(), clip);
  run_->app.open(
      folder.filePath("another one that is not there, with a name that is as long as names of files may be.mp4"));
  QTRY_VERIFY(run_->find("notice")->isVisible());
  settle();
  keep(QStringLiteral("banners-") + QTest::currentDataTag());
  const QStringList found = faults();
  run_->app.dismissNotice();
  chat.newSession();
  QVERIFY2(found.isEmpty(), qPrintable('\n' + found.join('\n')));
}

namespace {
const Registered<LayoutTest> registered("layout");
}  // namespace

}  // namespace sparsight::test

#include "layout_test.moc"
