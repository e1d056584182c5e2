#include "app/trace_view.h"

#include "core/film.h"

#include <algorithm>
#include <cmath>

namespace sparsight {
namespace {

QString text_of(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }

HeatmapMode mode_of(TraceView::Mode mode) {
  switch (mode) {
    case TraceView::Score: return HeatmapMode::Score;
    case TraceView::Fate: return HeatmapMode::Fate;
    case TraceView::Clusters: return HeatmapMode::Clusters;
  }
  return HeatmapMode::Fate;
}

}  // namespace

TraceView::TraceView(QObject* parent) : QObject(parent) {}

void TraceView::set_media(std::shared_ptr<const OpenedMedia> media) {
  media_ = std::move(media);
  images_.clear();
  if (media_) {
    for (const Frame& frame : media_->clip.frames) {
      const RgbImage& image = frame.image;
      images_.push_back(
          QImage(image.pixels.data(), image.width, image.height, image.width * 3, QImage::Format_RGB888).copy());
    }
  }
  set_trace(nullptr);
  emit mediaChanged();
}

void TraceView::set_trace(std::shared_ptr<const Trace> trace) {
  trace_ = std::move(trace);
  if (follow_ && trace_) behind_ = trace_->steps.size();
  if (!trace_) {
    behind_ = 0;
    follow_ = true;
    token_.reset();
  }
  remake();
  emit traceChanged();
}

void TraceView::remake() {
  heatmap_.reset();
  const bool fits = trace_ && media_ && trace_->layout.frames == media_->clip.frames.size() &&
                    trace_->layout.frames * trace_->layout.tokens_per_frame == trace_->visual_tokens &&
                    trace_->visual_tokens != 0;
  if (fits) heatmap_ = make_heatmap(*trace_, behind_, mode_of(mode_), colours_);
  highlight();
  emit heatmapChanged();
  emit tokenChanged();
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
  return static_cast<double>(images_[0].width()) / images_[0].height();
}

QString TraceView::strategy() const { return trace_ ? QString::fromStdString(trace_->strategy) : QString(); }

QVariantList TraceView::words() const {
  QVariantList words;
  if (!trace_) return words;
  const auto& weights = trace_->rater_weights;
  const float most = weights.empty() ? 0.0f : *std::max_element(weights.begin(), weights.end());
  for (std::size_t i = 0; i < trace_->text.size(); ++i) {
    const bool rater = std::ranges::find(trace_->raters, static_cast<std::uint32_t>(i)) != trace_->raters.end();
    QString text = QString::fromStdString(trace_->text[i]);
    text.replace(QChar(0x2581), QLatin1Char(' '));
    if (text == QLatin1String("<0x0A>")) text = QChar(0x21B5);  // a line break
    words << QVariantMap{{"text", text},
                         {"weight", most > 0 && i < weights.size() ? static_cast<double>(weights[i] / most) : 0.0},
                         {"rater", rater}};
  }
  return words;
}

QVariantList TraceView::layers() const {
  QVariantList layers;
  if (trace_)
    for (const TraceLayer& layer : trace_->layers)
      layers << QVariantMap{{"tokensIn", static_cast<int>(layer.visual_in)},
                            {"tokensOut", static_cast<int>(layer.visual_out)},
                            {"ms", layer.ms}};
  return layers;
}

int TraceView::visualTokens() const { return trace_ ? static_cast<int>(trace_->visual_tokens) : 0; }
int TraceView::stepCount() const { return trace_ ? static_cast<int>(trace_->steps.size()) : 0; }

void TraceView::setBehind(int behind) {
  const std::size_t wanted = static_cast<std::size_t>(std::clamp(behind, 0, stepCount()));
  follow_ = wanted == static_cast<std::size_t>(stepCount());
  if (wanted == behind_) return;
  behind_ = wanted;
  remake();
}

QString TraceView::stepTitle() const {
  return trace_ ? QString::fromStdString(step_title(*trace_, behind_)) : QString();
}

void TraceView::setMode(Mode mode) {
  if (mode == mode_) return;
  mode_ = mode;
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
  QVariantList colours;
  for (int i = 0; i <= 8; ++i) colours << QString::fromStdString(hex(colour_of(colours_, i / 8.0)));
  const auto number = [](double value) { return QString::number(value, 'g', 2); };
  return {{"low", number(heatmap_->scale->value(0))},
          {"middle", number(heatmap_->scale->value(0.5))},
          {"high", number(heatmap_->scale->value(1))},
          {"colours", colours}};
}

int TraceView::stepsBehindLayer(int layer) const { return trace_ ? static_cast<int>(steps_behind(*trace_, layer)) : 0; }

int TraceView::frameAt(double seconds) const {
  return media_ && !media_->clip.frames.empty() ? static_cast<int>(nearest_frame(media_->clip.frames, seconds)) : 0;
}

void TraceView::select(int frame, double x, double y) {
  token_.reset();
  if (heatmap_ && frame >= 0 && frame < frameCount()) {
    const auto f = static_cast<std::size_t>(frame);
    const GridWindow& window = media_->encoded->window(f);
    const VisualLayout& layout = trace_->layout;
    const auto cell = [&](double at, double from, double size) {
      return static_cast<std::int64_t>(std::floor((at - from) / size * static_cast<double>(layout.grid)));
    };
    const std::int64_t column = cell(x * images_[f].width(), window.left, window.width);
    const std::int64_t row = cell(y * images_[f].height(), window.top, window.height);
    const auto grid = static_cast<std::int64_t>(layout.grid);
    if (row >= 0 && column >= 0 && row < grid && column < grid)
      token_ = f * layout.tokens_per_frame + (layout.has_cls ? 1 : 0) + static_cast<std::size_t>(row * grid + column);
  }
  highlight();
  emit heatmapChanged();
  emit tokenChanged();
}

void TraceView::clearSelection() { select(-1, 0, 0); }

void TraceView::highlight() {
  highlighted_.clear();
  if (!token_ || !heatmap_) return;
  highlighted_.assign(trace_->visual_tokens, false);
  highlighted_[*token_] = true;
  const TokenState& state = heatmap_->states[*token_];
  for (std::size_t i = 0; i < heatmap_->states.size(); ++i)
    if (state.fate == Fate::Recycled && heatmap_->states[i].fate == Fate::Recycled &&
        heatmap_->states[i].as == state.as)
      highlighted_[i] = true;
}

QVariantMap TraceView::token() const {
  if (!token_ || !heatmap_) return {};
  const TokenPlace place = place_of(trace_->layout, *token_);
  const TokenState& state = heatmap_->states[*token_];
  QVariantList scores;
  for (std::size_t step = 0; step < trace_->steps.size(); ++step) {
    const auto score = token_states(*trace_, step + 1)[*token_].score;
    scores << (score ? QVariant(static_cast<double>(*score)) : QVariant());
  }
  const auto together = std::count(highlighted_.begin(), highlighted_.end(), true) - 1;
  return {{"frame", static_cast<int>(place.frame) + 1},
          {"row", static_cast<int>(place.row) + 1},
          {"column", static_cast<int>(place.column) + 1},
          {"fate", text_of(to_string(state.fate))},
          {"leftAt", state.left_at ? QString::fromStdString(step_title(*trace_, *state.left_at + 1)) : QString()},
          {"together", static_cast<int>(together)},
          {"scores", scores}};
}

}  // namespace sparsight
