// Nothing outdated is drawn: traces, marks, the strip and counts of what is no longer shown disappear at once.
#include "kernels/backends.h"
#include "tests/qml/app_support.h"
#include "tests/qml/window_items.h"

#include <condition_variable>
#include <mutex>

namespace sparsight::test {

class TruthTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase();
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void a_handle_that_moves();
  void another_clip();
  void another_session_and_none();
  void another_model();
  void a_trace_is_drawn_over_its_own_frames_only();
  void the_overlay_ends_with_the_part();
  void tokens_of_another_count_of_frames();
  void a_new_session_is_about_the_whole_clip();
};

namespace {

// The engine, which opens files only when allowed, so that the state before can be checked.
struct Held {
  std::mutex mutex;
  std::condition_variable change;
  bool held = false;

  void hold(bool on) {
    const std::lock_guard lock(mutex);
    held = on;
    change.notify_all();
  }
  EngineDoor door() {
    EngineDoor door = real_engine();
    door.open = [this, open = door.open](const std::filesystem::path& file, const FrameRequest& request,
                                         const Control& control) {
      {
        std::unique_lock lock(mutex);
        change.wait(lock, [&] { return !held || control.stop.stop_requested(); });
      }
      return open(file, request, control);
    };
    return door;
  }
};

// The window with the demo clip and an answer about it.
struct Answered : Running {
  Answered(const QTemporaryDir& folder, EngineDoor door) : Running(folder.filePath("chats.db"), std::move(door)) {
    app.openDemo();
    (void)QTest::qWaitFor([this] { return app.trace()->hasMedia(); }, kPatience);
    ask("Which way does the star move?");
    (void)QTest::qWaitFor([this] { return app.chat()->rowCount() == 2 && !app.chat()->busy(); }, kPatience);
  }
  [[nodiscard]] bool shows_tokens() const {
    return app_trace().hasTrace() && find("overlay")->isVisible() && strip() > 0 && marks() > 0 &&
           find("depth")->property("value").toInt() == app_trace().depth();
  }
  // Nothing is shown: no trace, strip, marks or counts.
  [[nodiscard]] bool shows_nothing() const {
    const TraceView& trace = app_trace();
    return !trace.hasTrace() && !trace.hasMedia() && !find("overlay")->isVisible() && strip() == 0 && marks() == 0 &&
           trace.counts().isEmpty() && trace.token().isEmpty() && trace.words().isEmpty() && trace.layers().isEmpty() &&
           trace.stepTitle().isEmpty() && trace.visualTokens() == 0 && trace.layerCount() == 0 &&
           trace.stepCount() == 0 && trace.strategy().isEmpty();
  }
  [[nodiscard]] int strip() const { return find("strip")->property("count").toInt(); }
  [[nodiscard]] qsizetype marks() const { return find("timeline")->property("marks").toList().size(); }
  [[nodiscard]] const TraceView& app_trace() const { return *const_cast<Application&>(app).trace(); }
};

}  // namespace

void TruthTest::initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }

void TruthTest::a_handle_that_moves() {
  const QTemporaryDir folder;
  Held engine;
  Answered run(folder, engine.door());
  QVERIFY(QTest::qWaitForWindowExposed(run.window));
  QVERIFY(run.shows_tokens());
  QCOMPARE(run.app.chat()->visualTokens(), 2056);
  run.app.trace()->select(2, 0.5, 0.5);
  run.app.player()->seek(3);
  QTRY_COMPARE(run.find("strip")->property("currentIndex").toInt(), run.app.trace()->frameAt(3));
  run.find("rangeOn")->setProperty("checked", true);
  QQuickItem* handle = run.find("rangeStart");
  QTRY_VERIFY(handle->isVisible());
  engine.hold(true);
  // With the pointer; the item below it does not move.
  const QPoint at = middle_of(handle);
  QTest::mousePress(run.window, Qt::LeftButton, {}, at);
  for (int by = 10; by <= 60; by += 10) QTest::mouseMove(run.window, at + QPoint(by, 0));
  QVERIFY(run.app.chat()->rangeStart() > 0);
  QVERIFY(run.shows_nothing());
  QCOMPARE(run.app.chat()->visualTokens(), 0);
  QVERIFY(!run.app.exporter()->hasTokens());
  QVERIFY(!run.window->grabWindow().isNull());
  const QPoint now = middle_of(handle);
  QCOMPARE(now.y(), at.y());
  QTest::mouseRelease(run.window, Qt::LeftButton, {}, at + QPoint(60, 0));
  engine.hold(false);
  // Its own frames, without the trace of others.
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QCOMPARE(run.strip(), 8);
  QVERIFY(!run.app.trace()->hasTrace());
  QTRY_COMPARE(run.find("strip")->property("currentIndex").toInt(),
               run.app.trace()->frameAt(run.app.player()->position()));
  QVERIFY(run.app.trace()->frameTimes().first().toDouble() >= run.app.chat()->rangeStart());
}

void TruthTest::another_clip() {
  const QTemporaryDir folder;
  Held engine;
  Answered run(folder, engine.door());
  QVERIFY(run.shows_tokens());
  engine.hold(true);
  run.app.open(resource("clips/trio.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(run.app.chat()->video().endsWith("trio.mp4"), kPatience);
  QVERIFY(run.shows_nothing());  // it is still opening
  QVERIFY(run.app.player()->source().endsWith("trio.mp4"));
  engine.hold(false);
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  QVERIFY(!run.app.trace()->hasTrace());
  QCOMPARE(run.app.trace()->media()->source.path.filename().string(), std::string("trio.mp4"));
}

void TruthTest::another_session_and_none() {
  const QTemporaryDir folder;
  Held engine;
  Answered run(folder, engine.door());
  Conversation& chat = *run.app.chat();
  const qint64 first = *chat.session();
  run.app.open(resource("clips/trio.mp4"));
  QTRY_VERIFY_WITH_TIMEOUT(chat.video().endsWith("trio.mp4") && run.app.trace()->hasMedia(), kPatience);
  run.ask("How many objects are there?");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 2 && !chat.busy(), kPatience);
  QVERIFY(run.shows_tokens());
  engine.hold(true);
  chat.openSession(first);
  QVERIFY(run.shows_nothing());
  engine.hold(false);
  QTRY_VERIFY_WITH_TIMEOUT(run.shows_tokens(), kPatience);
  QCOMPARE(run.app.trace()->trace()->source.clip_hash, content_hash(resource("clips/crossing.mp4").toStdString()));
  // A session without a video: the open clip is not its.
  qint64 wordy = 0;
  {
    ChatStore store = ChatStore::open(folder.filePath("chats.db").toStdString());
    wordy = store.add_session("only words");
    (void)store.add_question(wordy, "Hello?");
  }
  chat.openSession(wordy);
  QCOMPARE(chat.rowCount(), 1);
  QVERIFY(chat.video().isEmpty());
  QVERIFY(run.app.player()->source().isEmpty());
  QVERIFY(!run.app.trace()->hasMedia() && !run.app.trace()->hasTrace());
}

void TruthTest::another_model() {
  const QTemporaryDir folder;
  const std::filesystem::path other = folder.filePath("another").toStdString();
  std::filesystem::copy(resource("models/sparsight-demo").toStdString(), other);
  Held engine;
  Answered run(folder, engine.door());
  QVERIFY(run.shows_tokens());
  engine.hold(true);
  run.app.chooseModel(QString::fromStdString(other.string()));
  QVERIFY(run.shows_nothing());
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.loading(), kPatience);
  QVERIFY(run.shows_nothing());  // the video is being encoded again
  engine.hold(false);
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia() && !run.app.chat()->busy(), kPatience);
  QVERIFY(!run.app.trace()->hasTrace());
  QVERIFY(!run.find("answeredBy")->isVisible());
  // The tokens of the older answer, on request, named by model.
  run.app.chat()->showTrace(1);
  QTRY_VERIFY(run.shows_tokens());
  QCOMPARE(run.app.trace()->model(), QStringLiteral("sparsight-demo"));
  QTRY_VERIFY(run.find("answeredBy")->isVisible());
}

void TruthTest::a_trace_is_drawn_over_its_own_frames_only() {
  const auto engine =
      Engine::load({.model = resource("models/sparsight-demo").toStdString(), .backend = cpu_backend()});
  const auto media_of = [&](const char* clip, const FrameRequest& request, const std::string& hash) {
    OpenedClip opened = engine->open(resource(clip).toStdString(), request);
    auto media = std::make_shared<OpenedMedia>();
    media->clip = std::move(opened.clip);
    media->encoded = std::move(opened.encoded);
    media->source.hash = hash;
    return std::shared_ptr<const OpenedMedia>(std::move(media));
  };
  const auto crossing = media_of("clips/crossing.mp4", {}, "crossing");
  const Trace known = *engine
                           ->answer({.media = crossing->encoded,
                                     .system = {},
                                     .turns = {{"What moves?", ""}},
                                     .sampling = {},
                                     .max_new_tokens = 1,
                                     .clip_hash = "crossing"})
                           .trace;
  QCOMPARE(known.source.model, std::string("sparsight-demo"));
  QCOMPARE(known.source.layers, engine->info().config.text.layers);
  QCOMPARE(known.source.frames.size(), std::size_t{8});
  QCOMPARE(known.source.frames[7].index, crossing->clip.frames[7].index);
  QCOMPARE(known.source.frames[7].time_s, crossing->clip.frames[7].time_s);
  const auto drawn = [](const Trace& trace, const std::shared_ptr<const OpenedMedia>& media) {
    TraceView view;
    view.set_media(media);
    view.set_trace(std::make_shared<const Trace>(trace));
    return view.hasTrace();
  };
  QVERIFY(drawn(known, crossing));
  QVERIFY(!drawn(known, nullptr));
  // The same number of frames and tokens, from a part of it, and from another file.
  QVERIFY(!drawn(known, media_of("clips/crossing.mp4", {.start_s = 1.0}, "crossing")));
  QVERIFY(!drawn(known, media_of("clips/crossing.mp4", {.count = 4}, "crossing")));
  QVERIFY(!drawn(known, media_of("clips/crossing.mp4", {}, "a copy that was changed")));
  // An older trace has less information, and is shown where it may fit.
  Trace older = known;
  older.source = {};
  QVERIFY(drawn(older, crossing));
  QVERIFY(!drawn(older, media_of("clips/crossing.mp4", {.count = 4}, "crossing")));
  older.layout = VisualLayout::alike(older.layout.frames(), {.rows = 5, .columns = 5, .cls = true});
  QVERIFY(!drawn(older, crossing));
  // A deeper decoder has its own axis, whatever model is loaded.
  Trace deep = known;
  deep.source.layers = 32;
  TraceView view;
  view.set_media(crossing);
  view.set_trace(std::make_shared<const Trace>(deep));
  QCOMPARE(view.layerCount(), 32);
  // Its tokens are where the trace says, not where another model would put them.
  deep.source.frames[0].window = {16, 0, 32, 32};
  view.set_trace(std::make_shared<const Trace>(deep));
  QCOMPARE(view.token_rect(TraceView::Spot{1, 0}), QRectF(16, 0, 2, 2));
}

void TruthTest::the_overlay_ends_with_the_part() {
  const QTemporaryDir folder;
  Held engine;
  Answered run(folder, engine.door());
  Conversation& chat = *run.app.chat();
  chat.setRange(1, 2);
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia() && !chat.busy(), kPatience);
  run.ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(chat.rowCount() == 4 && !chat.busy(), kPatience);
  const auto at = [&](double seconds) {
    run.app.player()->seek(seconds);
    return QTest::qWaitFor([&] { return std::abs(run.app.player()->position() - seconds) < 0.1; }, kPatience);
  };
  QVERIFY(at(1.5));
  QVERIFY(run.find("overlay")->isVisible());
  QVERIFY(at(0.2));
  QVERIFY(!run.find("overlay")->isVisible());
  QVERIFY(at(3));
  QVERIFY(!run.find("overlay")->isVisible());
}

void TruthTest::tokens_of_another_count_of_frames() {
  const QTemporaryDir folder;
  Held engine;
  Answered run(folder, engine.door());
  Conversation& chat = *run.app.chat();
  const qint64 first = *chat.session();
  run.app.settings()->setFrames(4);
  chat.openVideo(resource("clips/trio.mp4"));
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  chat.openSession(first);
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  QCOMPARE(run.app.trace()->frameCount(), 4);
  QVERIFY(!run.app.trace()->hasTrace());
  // Its frames are opened for it; the next question uses as many as are set.
  chat.showTrace(1);
  QVERIFY(chat.busy());
  QTRY_VERIFY(run.shows_tokens() && !chat.busy());
  QCOMPARE(run.app.trace()->frameCount(), 8);
  run.ask("Which way does the star move?");
  QTRY_VERIFY(chat.rowCount() == 4 && !chat.busy());
  QCOMPARE(run.app.trace()->frameCount(), 4);
  QVERIFY(run.shows_tokens());
  chat.showTrace(1);
  QTRY_VERIFY(run.shows_tokens() && run.app.trace()->frameCount() == 8 && !chat.busy());
  chat.showTrace(3);
  QTRY_VERIFY(run.shows_tokens() && run.app.trace()->frameCount() == 4 && !chat.busy());
  QVERIFY(run.app.notice().isEmpty());
  // What cannot be shown is reported.
  const QString moved = folder.filePath("moved.mp4");
  QVERIFY(QFile::copy(resource("clips/crossing.mp4"), moved));
  chat.openVideo(moved);
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  run.ask("Which way does the star move?");
  QTRY_VERIFY(chat.rowCount() == 2 && !chat.busy());
  const qint64 second = *chat.session();
  chat.openSession(first);
  QVERIFY(QFile::remove(moved));
  QVERIFY(QFile::copy(resource("clips/trio.mp4"), moved));
  chat.openSession(second);
  QTRY_VERIFY(chat.differs());
  chat.useAnyway();
  QVERIFY(run.app.trace()->hasMedia() && !run.app.trace()->hasTrace());
  chat.showTrace(1);
  QVERIFY(run.app.notice().contains("frames that are not open now"));
}

void TruthTest::a_new_session_is_about_the_whole_clip() {
  const QTemporaryDir folder;
  Held engine;
  Answered run(folder, engine.door());
  Conversation& chat = *run.app.chat();
  const QVariantList whole = run.app.trace()->frameTimes();
  chat.setRange(1, 2);
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  QVERIFY(run.app.trace()->frameTimes() != whole);
  QVERIFY(activate(run.window));
  QTest::keyClick(run.window, Qt::Key_N, Qt::ControlModifier);
  QCOMPARE(chat.rangeStart(), 0.0);
  QCOMPARE(chat.rangeEnd(), 0.0);
  QTRY_VERIFY(run.app.trace()->hasMedia() && !chat.busy());
  QCOMPARE(run.app.trace()->frameTimes(), whole);
  QVERIFY(chat.video().endsWith("crossing.mp4"));
}

namespace {
const Registered<TruthTest> registered("truth");
}  // namespace

}  // namespace sparsight::test

#include "truth_test.moc"
