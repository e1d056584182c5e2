// The view of a trace: through its functions, and with pointer and keyboard in the real window.
#include "app/tokens/heatmap_item.h"
#include "app/tokens/patch_item.h"
#include "app/tokens/trace_text.h"
#include "core/media/video.h"
#include "kernels/backends.h"
#include "tests/qml/app_support.h"
#include "tests/traces.h"

#include <QPainter>

#include <cmath>

namespace sparsight::test {

class TraceViewTest : public QObject {
  Q_OBJECT

 private slots:
  void initTestCase();
  void init() { warnings().clear(); }
  void cleanup() { QCOMPARE(warnings(), QStringList()); }

  void depth_and_steps();
  void a_trace_that_grows_is_followed();
  void tokens_are_pinned_hovered_and_moved();
  void a_token_tells_its_story();
  void words_and_scales();
  void scales_have_round_numbers();
  void traces_that_do_not_fit_are_not_shown();
  void the_items_paint();
  void tiles_overviews_and_pairs();
  void words_and_newlines_are_found();
  void pointer_and_keyboard();

 private:
  [[nodiscard]] Trace answered(const char* strategy) const;
  std::shared_ptr<const OpenedMedia> media_;
  std::unique_ptr<Engine> engine_;
};

void TraceViewTest::initTestCase() {
  QLocale::setDefault(QLocale(QLocale::English));
  engine_ = Engine::load({.model = resource("models/sparsight-demo").toStdString(), .backend = cpu_backend()});
  auto media = std::make_shared<OpenedMedia>();
  media->clip = read_clip(resource("clips/crossing.mp4").toStdString());
  media->encoded = engine_->encode(media->clip);
  media_ = media;
}

Trace TraceViewTest::answered(const char* strategy) const {
  Question question{.media = media_->encoded,
                    .system = {},
                    .turns = {{"Which way does the star move?", ""}},
                    .sampling = {},
                    .max_new_tokens = 2};
  question.pruning.strategy = strategy;
  question.attention = true;
  return *engine_->answer(question).trace;
}

namespace {

std::shared_ptr<const Trace> shared(Trace trace) { return std::make_shared<const Trace>(std::move(trace)); }

// Items of a Repeater are visual children only.
QQuickItem* item_named(QQuickItem* root, const QString& name) {
  if (root->objectName() == name) return root;
  for (QQuickItem* child : root->childItems())
    if (QQuickItem* found = item_named(child, name)) return found;
  return nullptr;
}

int count(const std::vector<bool>& set) { return static_cast<int>(std::ranges::count(set, true)); }

}  // namespace

void TraceViewTest::depth_and_steps() {
  TraceView view;
  QVERIFY(!view.hasTrace());
  view.setDepth(3);  // without a trace
  view.setMode(TraceView::Word);
  QCOMPARE(view.depth(), 0);
  view.set_media(media_);
  view.set_trace(shared(answered("sparsevlm-v1.5")));
  QVERIFY(view.hasTrace());
  QCOMPARE(view.layerCount(), 6);
  Trace deep = answered("sparsevlm-v1.5");
  deep.source.layers = 32;
  view.set_trace(shared(std::move(deep)));
  QCOMPARE(view.layerCount(), 32);
  QCOMPARE(view.depth(), 7);  // after layer 5
  QCOMPARE(view.stepsDone(), view.stepCount());
  int left = 0;
  for (int depth = 0; depth <= 7; ++depth) {
    view.setDepth(depth);
    QCOMPARE(view.depth(), depth);
    const QVariantMap counts = view.counts();
    const int now = counts["kept"].toInt() + counts["merged"].toInt();
    if (depth > 1) QCOMPARE(now, view.layers()[depth - 2].toMap()["tokensOut"].toInt());
    QVERIFY(depth == 0 || now <= left);
    left = now;
  }
  view.setDepth(99);
  QCOMPARE(view.depth(), 7);
  // The steps, one by one.
  for (int behind = 0; behind <= view.stepCount(); ++behind) {
    view.setStepsDone(behind);
    QCOMPARE(view.stepsDone(), behind);
    const int depth = view.depth();
    view.setDepth(depth == 0 ? 1 : 0);
    view.setDepth(depth);
    QCOMPARE(view.stepsDone(), behind);
  }
}

void TraceViewTest::a_trace_that_grows_is_followed() {
  const Trace whole = answered("sparsevlm-v1.5");
  TraceView view;
  view.set_media(media_);
  QSignalSpy words(&view, &TraceView::wordsChanged);
  const auto show = [&](std::size_t layers) {
    Trace part = whole;
    part.layers.resize(layers);
    part.attention.layers.resize(layers);
    std::erase_if(part.steps, [&](const TraceStep& step) { return step.layer >= static_cast<int>(layers); });
    view.set_trace(shared(std::move(part)));
  };
  for (std::size_t layers = 1; layers <= 4; ++layers) {
    show(layers);
    QCOMPARE(view.depth(), static_cast<int>(layers) + 1);
  }
  QCOMPARE(words.count(), 1);  // the words are there, with what they attend to in the first layer
  QCOMPARE(view.attentionLayers().size(), 4);
  view.setDepth(2);
  show(5);
  QCOMPARE(view.depth(), 2);  // the user looks there
  show(6);
  QCOMPARE(view.depth(), 2);
  show(1);  // another answer begins
  show(2);
  QCOMPARE(view.depth(), 3);
}

void TraceViewTest::tokens_are_pinned_hovered_and_moved() {
  TraceView view;
  view.set_media(media_);
  view.select(0, 0.5, 0.5);
  QVERIFY(view.token().isEmpty());
  view.set_trace(shared(answered("sparsevlm-v1.5")));
  QSignalSpy repainted(&view, &TraceView::heatmapChanged);
  view.select(2, 0.5, 0.5);
  QCOMPARE(view.token()["frame"].toInt(), 3);
  QCOMPARE(view.token()["row"].toInt(), 9);
  QVERIFY(view.token()["pinned"].toBool());
  view.hover(4, 0.01, 0.01);
  QCOMPARE(view.token()["frame"].toInt(), 5);
  QCOMPARE(view.token()["row"].toInt(), 1);
  QVERIFY(!view.token()["pinned"].toBool());
  QVERIFY(view.highlighted()[*view.shown_token()]);
  view.leave();
  QCOMPARE(view.token()["frame"].toInt(), 3);

  QCOMPARE(view.moveSelection(0, 1, -2, 0), 2);  // the pinned token's frame, not the one on screen
  QCOMPARE(view.token()["row"].toInt(), 7);
  QCOMPARE(view.token()["column"].toInt(), 10);
  QCOMPARE(view.moveSelection(0, -99, 99, 0), 2);
  QCOMPARE(view.token()["row"].toInt(), 16);
  QCOMPARE(view.token()["column"].toInt(), 1);
  QCOMPARE(view.moveSelection(0, 0, 0, 1), 3);
  QCOMPARE(view.moveSelection(0, 0, 0, 99), 7);
  view.clearSelection();
  QVERIFY(view.token().isEmpty());
  QCOMPARE(count(view.highlighted()), 0);
  QCOMPARE(view.moveSelection(5, 1, 0, 0), 5);  // starts in the middle
  QCOMPARE(view.token()["column"].toInt(), 9);
  view.select(1, -0.2, 0.5);
  QVERIFY(view.token().isEmpty());
  QCOMPARE(repainted.count(), 0);  // looking at tokens makes no new heatmap
}

void TraceViewTest::a_token_tells_its_story() {
  const Trace trace = answered("sparsevlm-v1.5");
  TraceView view;
  view.set_media(media_);
  view.set_trace(shared(trace));
  const double grid = static_cast<double>(trace.layout.blocks().front().columns);
  bool merged = false, dropped = false, later = false;
  for (int behind = 1; behind <= view.stepCount(); ++behind) {
    view.setStepsDone(behind);
    const auto states = token_states(trace, static_cast<std::size_t>(behind));
    for (std::size_t i = 0; i < states.size(); ++i) {
      const TokenPlace place = trace.layout.place(i);
      if (!place.is_patch() || (i % 5) != 0) continue;
      view.select(static_cast<int>(place.frame), (static_cast<double>(place.column) + 0.5) / grid,
                  (static_cast<double>(place.row) + 0.5) / grid);
      QCOMPARE(view.shown_token(), std::optional(i));
      const auto with = std::ranges::count(states, states[i].as, &TokenState::as);
      QCOMPARE(count(view.highlighted()), static_cast<int>(with));
      const QString story = view.token()["story"].toString();
      merged = merged || story.contains("became one");
      dropped = dropped || story.startsWith("dropped after layer");
      later = later || (story.startsWith("recycled") && story.contains("dropped"));
    }
  }
  QVERIFY(merged && dropped && later);
  view.setStepsDone(1);
  const QVariantList scores = view.token()["scores"].toList();
  QCOMPARE(scores.size(), static_cast<qsizetype>(trace.steps.size()));
  QCOMPARE(scores[0].toMap()["layer"].toInt(), trace.steps[0].layer);
  QCOMPARE(scores[0].toMap()["score"].toFloat(), trace.steps[0].scores[*view.shown_token()]);
}

void TraceViewTest::words_and_scales() {
  const Trace trace = answered("sparsevlm-v1.5");
  TraceView view;
  view.set_media(media_);
  view.set_trace(shared(trace));
  QVERIFY(view.hasWords());
  QVERIFY(view.scale().isEmpty());
  view.setMode(TraceView::Clusters);
  view.setMode(TraceView::Word);
  QVERIFY(view.words()[view.word()].toMap()["rater"].toBool());
  QCOMPARE(view.words()[view.word()].toMap()["weight"].toDouble(), 1.0);
  view.setWord(0);
  QCOMPARE(view.mode(), TraceView::Word);
  view.setDepth(2);
  const std::size_t token = 300;
  const auto attention = trace.attention.mean(0, trace.attention.rows_of(trace.said[0]), std::nullopt);
  QCOMPARE(view.heatmap()->states[token].score, std::optional(attention[token]));
  const QVariantList ticks = view.scale()["ticks"].toList();
  QVERIFY(ticks.size() >= 2);
  double last = -1;
  for (const QVariant& tick : ticks) {
    const double at = tick.toMap()["at"].toDouble();
    QVERIFY(at > last && at <= 1);
    QVERIFY(!tick.toMap()["text"].toString().isEmpty());
    last = at;
  }
  view.setWord(0);  // again: it ends, and the former mode returns
  QCOMPARE(view.mode(), TraceView::Clusters);
  view.setWord(2);
  view.select(0, 0.5, 0.5);
  view.clearSelection();
  QCOMPARE(view.word(), 2);
  view.clearSelection();
  QCOMPARE(view.word(), -1);
  view.setWord(10'000);
  QCOMPARE(view.word(), -1);

  view.setStepsDone(1);
  view.setMode(TraceView::Score);
  const QVariantMap inferno = view.scale();
  view.setColours("viridis");
  QVERIFY(view.scale()["colours"] != inferno["colours"]);
  view.setColours("jet");
  QCOMPARE(view.colours(), QStringLiteral("viridis"));
  // An older trace has attention in its steps alone, and no words but its tokens; one that was pruned before the
  // decoder has none.
  Trace older = trace;
  older.said.clear();
  older.answer_words.clear();
  older.attention = {};
  std::vector<float> rows(older.text_tokens * older.steps[0].ids.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = 1.0f / static_cast<float>(i + 1);
  older.steps[0].text_attention = rows;
  view.set_trace(shared(older));
  QVERIFY(view.hasWords());
  QCOMPARE(view.words().size(), static_cast<qsizetype>(older.text_tokens));
  QCOMPARE(view.attentionLayer(), -1);
  view.setStepsDone(1);
  view.setWord(1);
  QCOMPARE(view.heatmap()->states[token].score, std::optional(rows[older.steps[0].ids.size() + token]));
  older.steps[0].text_attention = {};
  view.set_trace(shared(older));
  QVERIFY(!view.hasWords());
  view.setMode(TraceView::Word);
  QCOMPARE(view.mode(), TraceView::Score);
}

void TraceViewTest::scales_have_round_numbers() {
  const auto texts = [](const ScoreScale& scale) {
    QStringList found;
    for (const QVariant& tick : ticks_of(scale)) found << tick.toMap()["text"].toString();
    return found;
  };
  const auto linear = [](double low, double high) { return ScoreScale{.low = low, .high = high}; };
  QCOMPARE(texts(linear(0, 1)), (QStringList{"0", "0.5", "1"}));
  QCOMPARE(texts(linear(-0.3, 0.42)), (QStringList{"-0.2", "0", "0.2", "0.4"}));
  QCOMPARE(texts(linear(0.25, 0.25)), (QStringList{"0.25", "0.25"}));
  const auto logarithmic = [](double low, double high) {
    return ScoreScale{.low = low, .high = high, .logarithmic = true};
  };
  QCOMPARE(texts(logarithmic(0.001, 0.05)), (QStringList{"0.001", "0.002", "0.005", "0.01", "0.02", "0.05"}));
  QCOMPARE(texts(logarithmic(2e-4, 3)), (QStringList{"0.01", "1"}));
  for (const double decades : {1.1, 3.0, 8.0, 20.0, 60.0}) {
    const QVariantList ticks = ticks_of(logarithmic(1e-30, std::pow(10.0, decades - 30)));
    QVERIFY(ticks.size() >= 2 && ticks.size() <= 7);
  }
}

void TraceViewTest::traces_that_do_not_fit_are_not_shown() {
  TraceView view;
  view.set_media(media_);
  view.set_trace(shared(small_trace()));  // of another clip
  QVERIFY(!view.hasTrace());
  view.hover(0, 0.5, 0.5);
  view.select(0, 0.5, 0.5);
  QCOMPARE(view.moveSelection(1, 1, 1, 1), 1);
  view.setDepth(3);
  view.setStepsDone(1);
  QVERIFY(view.token().isEmpty() && view.scale().isEmpty() && view.counts().isEmpty());
  view.set_trace(nullptr);
  view.set_media(nullptr);
  QCOMPARE(view.frameCount(), 0);
}

void TraceViewTest::the_items_paint() {
  TraceView view;
  view.set_media(media_);
  view.set_trace(shared(answered("sparsevlm-v1.5")));
  HeatmapItem item;
  item.setSize({160, 160});
  item.setView(&view);
  item.setShowFrame(true);
  const auto painted = [](QQuickPaintedItem& painting) {
    QImage image(160, 160, QImage::Format_RGB32);
    image.fill(Qt::magenta);
    QPainter painter(&image);
    painting.paint(&painter);
    return image;
  };
  const QImage fate = painted(item);
  QVERIFY(colours_in(fate) > 20);
  view.setStrength(0);
  QVERIFY(painted(item) != fate);
  view.setStrength(kOverlayOpacity);
  QCOMPARE(painted(item), fate);
  view.select(0, 0.5, 0.5);
  const QImage selected = painted(item);
  QVERIFY(selected != fate);
  QVERIFY(selected.pixelColor(86, 82) == QColor(Qt::white) || selected.pixelColor(82, 82) == QColor(Qt::white));
  view.clearSelection();
  view.set_marked(std::vector<bool>(2056, true));
  QVERIFY(painted(item) != fate);
  item.setFrame(99);
  QCOMPARE(colours_in(painted(item)), 1);

  PatchItem patch;
  patch.setSize({160, 160});
  patch.setView(&view);
  QCOMPARE(colours_in(painted(patch)), 1);
  view.select(0, 0.9, 0.75);
  const QImage star = painted(patch);
  QVERIFY(colours_in(star) > 3);
  view.select(7, 0.1, 0.1);
  QVERIFY(painted(patch) != star);
}

namespace {

// A trace of the clip's frames that prunes nothing, with this layout.
Trace laid_out(const OpenedMedia& media, VisualLayout layout, const GridWindow& window) {
  Trace trace;
  trace.visual_tokens = layout.tokens();
  trace.layout = std::move(layout);
  for (const Frame& frame : media.clip.frames) trace.source.frames.push_back({frame.index, frame.time_s, window});
  return trace;
}

}  // namespace

// The first frame has two tiles of 2 x 2 and an overview of 3 x 3; the others are three pairs and a single one.
void TraceViewTest::tiles_overviews_and_pairs() {
  std::vector<VisualBlock> blocks{{.frame = 0, .rows = 2, .columns = 2, .part = {0, 0, 0.5, 1}},
                                  {.frame = 0, .rows = 2, .columns = 2, .part = {0.5, 0, 0.5, 1}},
                                  {.frame = 0, .rows = 3, .columns = 3}};
  for (const std::size_t frame : {1, 3, 5}) blocks.push_back({.frame = frame, .frames = 2, .rows = 2, .columns = 2});
  blocks.push_back({.frame = 7, .rows = 2, .columns = 2});
  const VisualLayout layout(std::move(blocks));
  const double side = media_->clip.frames[0].image->width;
  TraceView view;
  view.set_media(media_);
  view.set_trace(shared(laid_out(*media_, layout, {0, 0, side, side})));
  QVERIFY(view.hasTrace() && view.hasOverview() && !view.unseen());

  view.select(0, 0.6, 0.9);  // the second tile, lower left
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(4 + 2));
  QVERIFY(view.token()["what"].toString().startsWith("tile in row 1, column 2"));
  QCOMPARE(view.moveSelection(0, -1, 0, 0), 0);  // over the edge into the first tile
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(3));
  QCOMPARE(view.moveSelection(0, 1, 0, 0), 0);
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(4 + 2));
  QCOMPARE(view.moveSelection(0, 99, 0, 0), 0);
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(4 + 3));

  HeatmapItem item;
  item.setSize({120, 120});
  item.setView(&view);
  item.setShowFrame(true);
  const auto painted = [&item] {
    QImage image(120, 120, QImage::Format_RGB32);
    QPainter painter(&image);
    item.paint(&painter);
    return image;
  };
  const QImage tiles = painted();
  view.setOverview(true);
  QVERIFY(view.overview());
  view.select(0, 0.6, 0.9);
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(8 + 7));
  QVERIFY(view.token()["what"].toString().startsWith("overview: row 3"));
  QVERIFY(painted() != tiles);
  TraceView other;  // follows, as the sides of a comparison do
  other.set_media(media_);
  other.set_trace(view.trace());
  other.look_like(view);
  QVERIFY(other.overview());
  view.setOverview(false);

  // Both frames of a pair show its tokens.
  const QVariantList spans = view.spans();
  QCOMPARE(spans.size(), 3);
  QCOMPARE(spans[1].toMap()["first"].toInt(), 3);
  QCOMPARE(spans[1].toMap()["last"].toInt(), 4);
  QCOMPARE(spans[1].toMap()["to"].toDouble(), media_->clip.frames[4].time_s);
  view.select(3, 0.9, 0.1);
  const auto upper_right = view.shown_token();
  QCOMPARE(upper_right, std::optional<std::size_t>(17 + 4 + 1));
  QCOMPARE(view.token()["frame"].toInt(), 4);
  QCOMPARE(view.token()["lastFrame"].toInt(), 5);
  view.select(4, 0.9, 0.1);
  QCOMPARE(view.shown_token(), upper_right);
  item.setFrame(3);
  const QImage third = painted();
  item.setFrame(4);
  QVERIFY(painted() != third);  // another frame below
  for (const QPoint at : {QPoint(62, 3), QPoint(116, 56)}) QCOMPARE(painted().pixel(at), third.pixel(at));
  // Page Down goes on to the other frame, then to the next pair.
  QCOMPARE(view.moveSelection(3, 0, 0, 1), 4);
  QCOMPARE(view.shown_token(), upper_right);
  QCOMPARE(view.moveSelection(4, 0, 0, 1), 5);
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(17 + 8 + 1));
  QCOMPARE(view.moveSelection(5, -1, 0, 0), 5);
  QCOMPARE(view.shown_token(), std::optional<std::size_t>(17 + 8));
}

void TraceViewTest::words_and_newlines_are_found() {
  const VisualLayout layout =
      VisualLayout::alike(8, {.rows = 2, .columns = 2, .after_row = 1, .words_before = 2, .words_after = 1});
  const double side = media_->clip.frames[0].image->width;
  Trace trace = laid_out(*media_, layout, {side / 4, -side / 2, side / 2, side});
  for (int frame = 0; frame < 8; ++frame)
    for (const char* word : {"\u2581Frame", "\u2581at:", "\n"}) trace.words.emplace_back(word);
  TraceView view;
  view.set_media(media_);
  view.set_trace(shared(trace));
  QVERIFY(view.hasTrace() && !view.hasOverview() && view.unseen());
  QCOMPARE(view.visualTokens(), 8 * 6);
  QCOMPARE(view.counts()["kept"].toInt(), 8 * 6);
  QVERIFY(view.stepTitle().contains("48"));

  const QVariantList beside = view.beside(1);
  QCOMPARE(beside.size(), 5);
  QStringList kinds;
  for (const QVariant& token : beside) kinds << token.toMap()["kind"].toString();
  QCOMPARE(kinds, (QStringList{"word", "word", "extra", "extra", "word"}));
  QCOMPARE(beside[1].toMap()["text"].toString(), QStringLiteral("at:"));
  view.pin(1, beside[1].toMap()["token"].toInt());
  QVERIFY(view.token()["what"].toString().contains("at:"));
  QVERIFY(view.token()["what"].toString().contains("Frame at:"));
  QVERIFY(view.token()["story"].toString().contains("nothing prunes it"));
  QCOMPARE(view.token()["frame"].toInt(), 2);
  view.pin(1, beside[3].toMap()["token"].toInt());
  QCOMPARE(view.token()["what"].toString(), QStringLiteral("newline after row 2"));
  PatchItem patch;
  patch.setSize({80, 80});
  patch.setView(&view);
  QImage image(80, 80, QImage::Format_RGB32);
  image.fill(Qt::magenta);
  QPainter painter(&image);
  patch.paint(&painter);
  QVERIFY(colours_in(image) > 3);  // the whole frame
  view.pin(1, -1);
  view.pin(1, 1'000'000);
  QCOMPARE(view.token()["what"].toString(), QStringLiteral("newline after row 2"));

  // The upper patches are on padding, and the lower half of the picture was not seen.
  view.select(0, 0.3, 0.4);
  QVERIFY(view.token()["what"].toString().startsWith("row 2, column 1"));
  QCOMPARE(view.moveSelection(0, 0, -1, 0), 0);
  QVERIFY(view.token()["what"].toString().contains("padding"));
  view.select(0, 0.3, 0.8);
  QVERIFY(view.token().isEmpty());
}

void TraceViewTest::pointer_and_keyboard() {
  const QTemporaryDir folder;
  Running run(folder.filePath("chats.db"));
  QVERIFY(run.window != nullptr);
  QVERIFY(activate(run.window));
  run.app.openDemo();
  QTRY_VERIFY_WITH_TIMEOUT(run.app.trace()->hasMedia(), kPatience);
  run.ask("Which way does the star move?");
  QTRY_VERIFY_WITH_TIMEOUT(!run.app.chat()->busy(), kPatience);
  TraceView& trace = *run.app.trace();

  QQuickItem* overlay = run.find("overlay");
  QTRY_VERIFY_WITH_TIMEOUT(overlay->width() > 0, kPatience);
  still(run.window);  // everything has its place
  const QPoint middle = overlay->mapToScene({overlay->width() * 0.53, overlay->height() * 0.53}).toPoint();
  QTest::mouseMove(run.window, middle - QPoint(3, 3));
  QTest::mouseMove(run.window, middle);
  QTRY_COMPARE_WITH_TIMEOUT(trace.token()["row"].toInt(), 9, kPatience);
  QVERIFY(!trace.token()["pinned"].toBool());
  QTest::mouseClick(run.window, Qt::LeftButton, {}, middle);
  QVERIFY(trace.token()["pinned"].toBool());
  QVERIFY(overlay->hasActiveFocus());
  QTest::keyClick(run.window, Qt::Key_Left);
  QTest::keyClick(run.window, Qt::Key_Up);
  QCOMPARE(trace.token()["row"].toInt(), 8);
  QCOMPARE(trace.token()["column"].toInt(), 8);
  QTest::keyClick(run.window, Qt::Key_PageDown);
  QCOMPARE(trace.token()["frame"].toInt(), 2);
  QTRY_COMPARE_WITH_TIMEOUT(overlay->property("frame").toInt(), 1, kPatience);
  QTest::mouseMove(run.window, QPoint(2, 2));
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_VERIFY_WITH_TIMEOUT(trace.token().isEmpty(), kPatience);

  // A click on a frame of the strip goes there, and pins the token.
  QQuickItem* fifth = item_named(run.find("strip"), "strip4");
  QVERIFY(fifth != nullptr);
  QTest::mouseClick(run.window, Qt::LeftButton, {},
                    fifth->mapToScene({fifth->width() * 0.53, fifth->height() * 0.53}).toPoint());
  QCOMPARE(trace.token()["frame"].toInt(), 5);
  QTRY_COMPARE_WITH_TIMEOUT(overlay->property("frame").toInt(), 4, kPatience);
  trace.clearSelection();

  auto* depth = run.find("depth");
  depth->forceActiveFocus();
  const int last = trace.depth();
  QTest::keyClick(run.window, Qt::Key_Left);
  QCOMPARE(trace.depth(), last - 1);
  trace.setDepth(0);
  QCOMPARE(trace.depth(), 0);
  QTest::keyClick(run.window, Qt::Key_Right);
  QCOMPARE(trace.depth(), 1);
  QMetaObject::invokeMethod(run.find("walk"), "clicked");
  QTRY_COMPARE_WITH_TIMEOUT(trace.stepsDone(), trace.stepCount(), kPatience);

  QQuickItem* word = item_named(run.find("words"), "word0");
  QVERIFY(word != nullptr);
  QTest::mouseClick(run.window, Qt::LeftButton, {}, word->mapToScene({4, 4}).toPoint());
  QCOMPARE(trace.word(), 0);
  run.find("words")->forceActiveFocus();
  QTest::keyClick(run.window, Qt::Key_Right);
  QTest::keyClick(run.window, Qt::Key_Return);
  QCOMPARE(trace.word(), 1);
  QTest::keyClick(run.window, Qt::Key_Escape);
  QTRY_COMPARE_WITH_TIMEOUT(trace.word(), -1, kPatience);
  QVERIFY(colours_in(run.window->grabWindow()) > 50);
}

namespace {
const Registered<TraceViewTest> registered("trace-view");
}  // namespace

}  // namespace sparsight::test

#include "trace_view_test.moc"
