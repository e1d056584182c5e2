#include "app/tokens/trace_view.h"

#include "app/format.h"
#include "app/tokens/trace_text.h"
#include "core/pictures/film.h"
#include "core/pruning/registry.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {
namespace {

constexpr double kSameTime = 0.001;  // seconds

HeatmapMode mode_of(TraceView::Mode mode) {
  switch (mode) {
    case TraceView::Score:
    case TraceView::Word: return HeatmapMode::Score;
    case TraceView::Fate: return HeatmapMode::Fate;
    case TraceView::Clusters: return HeatmapMode::Clusters;
  }
  return HeatmapMode::Fate;
}

bool same_words_in(const Trace& a, const Trace& b) {
  const auto rows = [](const TraceAttention& of) {
    return std::array{of.first_text, of.text_rows, of.answer_rows, std::size_t{of.empty()}};
  };
  return a.text == b.text && a.raters == b.raters && a.rater_weights == b.rater_weights && a.said == b.said &&
         a.answer == b.answer && rows(a.attention) == rows(b.attention);
}

int depth_of(const TraceStep& step) {
  return std::max(step.layer, TraceStep::kBeforeDecoder) + TraceView::kDepthOfLayer;
}

}  // namespace

bool fits(const Trace& trace, const OpenedMedia& media) {
  const std::vector<Frame>& frames = media.clip.frames;
  const VisualLayout& layout = trace.layout;
  const TraceSource& source = trace.source;
  try {
    check_layout(trace);
  } catch (const Error&) {
    return false;
  }
  if (trace.visual_tokens == 0 || layout.frames() != frames.size()) return false;
  if (!source.clip_hash.empty() && !media.source.hash.empty() && source.clip_hash != media.source.hash) return false;
  if (source.frames.empty()) return media.encoded && layout == media.encoded->layout();
  return std::ranges::equal(source.frames, frames, [](const TraceFrame& a, const Frame& b) {
    return a.index == b.index && std::abs(a.time_s - b.time_s) < kSameTime;
  });
}

TraceView::TraceView(QObject* parent) : QObject(parent) {}

void TraceView::retranslate() {
  emit traceChanged();
  tell_words();
  emit heatmapChanged();
  emit tokenChanged();
}

// ---- Medium and trace

void TraceView::set_media(std::shared_ptr<const OpenedMedia> media) {
  media_ = std::move(media);
  images_.clear();
  if (media_) {
    for (const Frame& frame : media_->clip.frames) {
      const RgbImage& image = *frame.image;
      using Owner = std::shared_ptr<const RgbImage>;
      images_.push_back(QImage(
          image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888,
          [](void* owner) { delete static_cast<Owner*>(owner); }, new Owner(frame.image)));
    }
  }
  set_trace(nullptr);
  emit mediaChanged();
}

void TraceView::set_trace(std::shared_ptr<const Trace> trace) {
  const bool had_words = hasWords();
  if (trace && !(media_ && fits(*trace, *media_))) trace = nullptr;
  const bool same_words = trace && trace_ && same_words_in(*trace, *trace_);
  if (trace && trace_ && trace->layers.size() < trace_->layers.size()) follow_ = true;  // another answer begins
  trace_ = std::move(trace);
  states_.clear();
  if (!trace_) {
    follow_ = true;
    pinned_.reset();
  }
  if (word_ && !can_show(*word_)) word_.reset();
  if (trace_ && head_ >= static_cast<int>(trace_->attention.heads)) head_ = -1;
  hovered_.reset();
  if (pinned_ && pinned_->token >= (trace_ ? trace_->visual_tokens : 0)) pinned_.reset();
  depth_ = follow_ ? last_depth() : std::min(depth_, last_depth());
  steps_done_ = follow_ && trace_ ? trace_->steps.size() : std::min(steps_done_, static_cast<std::size_t>(stepCount()));
  remake();
  if (!same_words || had_words != hasWords()) tell_words();
  emit traceChanged();
}

void TraceView::remake() {
  heatmap_.reset();
  if (trace_) heatmap_ = word_ ? word_heatmap() : make_heatmap(*trace_, steps_done_, mode_of(mode_), colours_);
  keep_filter();
  highlight();
  emit heatmapChanged();
}

int TraceView::frameCount() const { return static_cast<int>(images_.size()); }

QVariantList TraceView::frameTimes() const {
  QVariantList times;
  if (media_)
    for (const Frame& frame : media_->clip.frames) times << frame.time_s;
  return times;
}

double TraceView::frameAspect() const {
  if (images_.empty() || images_[0].height() == 0) return 16.0 / 9.0;
  return media_->clip.pixel_aspect * images_[0].width() / images_[0].height();
}

QString TraceView::strategy() const { return trace_ ? QString::fromStdString(trace_->strategy) : QString(); }

QString TraceView::model() const { return trace_ ? QString::fromStdString(trace_->source.model) : QString(); }

QVariantList TraceView::layers() const {
  QVariantList layers;
  if (trace_)
    for (const TraceLayer& layer : trace_->layers)
      layers << QVariantMap{{"tokensIn", static_cast<int>(trace_->counted(layer.visual_in))},
                            {"tokensOut", static_cast<int>(trace_->counted(layer.visual_out))},
                            {"ms", layer.ms}};
  return layers;
}

int TraceView::layerCount() const { return trace_ ? static_cast<int>(trace_->decoder_layers()) : 0; }

int TraceView::visualTokens() const { return trace_ ? static_cast<int>(trace_->counted()) : 0; }
int TraceView::stepCount() const { return trace_ ? static_cast<int>(trace_->steps.size()) : 0; }

// ---- Depth, mode and word

int TraceView::last_depth() const { return trace_ ? static_cast<int>(trace_->layers.size()) + kDepthOfLayer - 1 : 0; }

void TraceView::setStepsDone(int steps) {
  const auto wanted = static_cast<std::size_t>(std::clamp(steps, 0, stepCount()));
  follow_ = wanted == static_cast<std::size_t>(stepCount());
  depth_ = wanted == 0 ? 0 : depth_of(trace_->steps[wanted - 1]);
  steps_done_ = wanted;
  remake();
}

void TraceView::setDepth(int depth) {
  const int wanted = std::clamp(depth, 0, last_depth());
  follow_ = wanted == last_depth();
  if (wanted == depth_) return;
  depth_ = wanted;
  steps_done_ = wanted == 0 ? 0 : steps_behind(*trace_, wanted - kDepthOfLayer);
  remake();
}

QString TraceView::depthTitle() const {
  if (!trace_) return {};
  return depth_ == 0 ? tr("before pruning") : layer_title(depth_ - kDepthOfLayer);
}

QString TraceView::stepTitle() const {
  const QString where = depthTitle();
  if (!heatmap_) return where;
  const std::size_t left = steps_done_ == 0 ? trace_->counted() : trace_->counts(steps_done_ - 1).left;
  return tr("%1: %2 of %3 tokens").arg(where, QLocale().toString(left), QLocale().toString(visualTokens()));
}

QString TraceView::meanTitle() const {
  if (!trace_ || trace_->layers.empty() || trace_->layers.size() < trace_->decoder_layers()) return {};
  return tr("on average %1 enter a layer").arg(QLocale().toString(trace_->equivalent_by_input(), 'f', 0));
}

QString TraceView::whyNoClusters() const {
  if (!heatmap_ || heatmap_->recycled > 0) return {};
  for (std::size_t done = steps_done_ + 1; done <= trace_->steps.size(); ++done)
    if (std::ranges::count(token_states(*trace_, done), Fate::Recycled, &TokenState::fate) > 0)
      return tr("No tokens are merged yet; look at a later layer.");
  const StrategyInfo* own = find_strategy(trace_->strategy);
  if (own != nullptr && own->merges && !trace_->steps.empty()) return tr("No tokens were merged.");
  QStringList merging;
  for (const StrategyInfo& one : strategies())
    if (one.merges) merging << QString::fromUtf8(one.name.data(), static_cast<qsizetype>(one.name.size()));
  const QString those = tr("Strategies that merge: %1.").arg(merging.join(", "));
  if (trace_->steps.empty()) return tr("Nothing was pruned, so nothing was merged.") + ' ' + those;
  return tr("%1 drops what it prunes and merges nothing.").arg(strategy()) + ' ' + those;
}

void TraceView::setMode(Mode mode) {
  if (mode == this->mode()) return;
  if (mode == Word) {
    const auto word = heaviest_word();
    if (!word) return;
    word_ = word;
  } else {
    word_.reset();
    mode_ = mode;
  }
  remake();
}

QString TraceView::colours() const { return colours_ == ColourMap::Viridis ? "viridis" : "inferno"; }

void TraceView::setColours(const QString& colours) {
  const auto map = colour_map(colours.toStdString());
  if (!map || *map == colours_) return;
  colours_ = *map;
  remake();
}

void TraceView::setStrength(double strength) {
  strength_ = std::clamp(strength, 0.0, 1.0);
  emit heatmapChanged();
}

QVariantMap TraceView::counts() const {
  if (!heatmap_) return {};
  return {{"kept", static_cast<int>(heatmap_->kept)},
          {"recycled", static_cast<int>(heatmap_->recycled)},
          {"dropped", static_cast<int>(heatmap_->dropped)},
          {"merged", static_cast<int>(heatmap_->merged)}};
}

QVariantMap TraceView::scale() const {
  if (!heatmap_ || !heatmap_->scale) return {};
  constexpr int kColours = 32;
  QVariantList colours;
  for (int i = 0; i < kColours; ++i) colours << QString::fromStdString(hex(colour_of(colours_, (i + 0.5) / kColours)));
  return {{"ticks", ticks_of(*heatmap_->scale)}, {"colours", colours}};
}

// ---- Tokens

int TraceView::frameAt(double seconds) const {
  return media_ && !media_->clip.frames.empty() ? static_cast<int>(nearest_frame(media_->clip.frames, seconds)) : 0;
}

void TraceView::clearSelection() {
  if (!pinned_) return setWord(-1);
  pinned_.reset();
  highlight();
}

void TraceView::set_marked(std::vector<bool> marked) {
  marked_ = std::move(marked);
  emit tokenChanged();
}

void TraceView::look_like(const TraceView& other) {
  const int depth = std::min(other.depth_, last_depth());
  const auto word = other.word_ && can_show(*other.word_) ? other.word_ : std::nullopt;
  const int head = trace_ && other.head_ < static_cast<int>(trace_->attention.heads) ? other.head_ : -1;
  const bool same = depth == depth_ && word == word_ && head == head_ && view_ == other.view_ && mode_ == other.mode_ &&
                    colours_ == other.colours_ && strength_ == other.strength_;
  pinned_ = heatmap_ ? other.pinned_ : std::nullopt;
  hovered_ = heatmap_ ? other.hovered_ : std::nullopt;
  if (same) return highlight();
  word_ = word;
  head_ = head;
  view_ = other.view_;
  mode_ = other.mode_;
  colours_ = other.colours_;
  strength_ = other.strength_;
  depth_ = depth;
  follow_ = depth_ == last_depth();
  steps_done_ = depth_ == 0 ? 0 : steps_behind(*trace_, depth_ - kDepthOfLayer);
  remake();
}

void TraceView::highlight() {
  highlighted_.clear();
  if (const auto token = shown_token(); token && heatmap_) {
    for (std::size_t done = states_.size(); done <= trace_->steps.size(); ++done)
      states_.push_back(token_states(*trace_, done));
    const std::int32_t as = heatmap_->states[*token].as;
    for (const TokenState& state : heatmap_->states) highlighted_.push_back(state.as == as);
  }
  emit tokenChanged();
}

}  // namespace sparsight
