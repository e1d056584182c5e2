// The tokens of a view: pointed at, walked through, told about.
#include "app/format.h"
#include "app/tokens/trace_text.h"
#include "app/tokens/trace_view.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace sparsight {
namespace {

QString at_in_words(const VisualLayout& layout, const TokenPlace& place) {
  const VisualBlock& block = layout.blocks()[place.block];
  const QString cell = tr("row %1, column %2").arg(place.row + 1).arg(place.column + 1);
  if (!block.part.whole() && layout.shown(place.frame).size() > 1) {
    const auto nth = [](double begin, double size) { return std::lround(begin / size) + 1; };
    return tr("tile in row %1, column %2: %3")
        .arg(nth(block.part.top, block.part.height))
        .arg(nth(block.part.left, block.part.width))
        .arg(cell);
  }
  const std::vector<std::size_t> overview = layout.shown(place.frame, FrameView::Overview);
  if (overview == layout.shown(place.frame) || overview.front() != place.block) return cell;
  return tr("overview: %1").arg(cell);
}

// A learnt token that shows nothing.
QString extra_in_words(const VisualLayout& layout, std::size_t token) {
  const std::size_t at = layout.place(token).block;
  const VisualBlock& block = layout.blocks()[at];
  const std::size_t grid = layout.begin(at) + block.words_before + block.cls + block.before;
  const std::size_t row = token < grid ? block.rows : (token - grid) / block.a_row();
  if (row < block.rows && (token - grid) % block.a_row() >= block.before_row + block.columns)
    return tr("newline after row %1").arg(row + 1);
  return tr("a learnt token, which shows nothing");
}

}  // namespace

void TraceView::setOverview(bool overview) {
  if (overview == this->overview()) return;
  view_ = overview ? FrameView::Overview : FrameView::Tiles;
  hovered_.reset();
  highlight();
  emit heatmapChanged();
}

QVariantList TraceView::clusters() const {
  if (!heatmap_) return {};
  std::map<std::int32_t, std::pair<int, Rgb>> sizes;
  for (std::size_t i = 0; i < heatmap_->states.size(); ++i) {
    const TokenState& state = heatmap_->states[i];
    if (state.fate != Fate::Recycled || heatmap_->layout.is_word(i)) continue;
    auto& [tokens, colour] = sizes[state.as];
    ++tokens;
    colour = heatmap_->tokens[i].colour;
  }
  std::vector<std::pair<std::int32_t, std::pair<int, Rgb>>> order(sizes.begin(), sizes.end());
  std::ranges::stable_sort(order, std::greater(), [](const auto& one) { return one.second.first; });
  QVariantList out;
  for (const auto& [id, one] : order)
    out << QVariantMap{{"id", id}, {"tokens", one.first}, {"colour", QString::fromStdString(hex(one.second))}};
  return out;
}

void TraceView::setOnly(Only only) {
  if (only == only_ && cluster_ < 0) return;
  only_ = only;
  cluster_ = -1;
  emit heatmapChanged();
}

void TraceView::setCluster(int cluster) {
  if (cluster == cluster_) return;
  only_ = All;
  cluster_ = cluster;
  keep_filter();
  emit heatmapChanged();
}

bool TraceView::passes(std::size_t token) const {
  const TokenState& state = heatmap_->states[token];
  if (cluster_ >= 0) return state.fate == Fate::Recycled && state.as == cluster_;
  switch (only_) {
    case All: return true;
    case OnlyKept: return state.fate == Fate::Kept;
    case OnlyRecycled: return state.fate == Fate::Recycled;
    case OnlyDropped: return state.fate == Fate::Dropped;
  }
  return true;
}

void TraceView::keep_filter() {
  if (cluster_ >= 0 && !(heatmap_ && std::ranges::any_of(heatmap_->states, [this](const TokenState& state) {
                           return state.fate == Fate::Recycled && state.as == cluster_;
                         })))
    cluster_ = -1;
}

PatchAreas TraceView::areas(std::size_t frame, int width, int height) const {
  const QImage& image = images_[frame];
  const GridWindow window = this->window(frame).scaled(static_cast<double>(width) / image.width(),
                                                       static_cast<double>(height) / image.height());
  return {trace_->layout, frame, view_, window, width, height};
}

bool TraceView::hasBeside() const {
  return heatmap_ && std::ranges::any_of(trace_->layout.blocks(), [](const VisualBlock& block) {
           return block.tokens() > block.rows * block.columns + block.cls;
         });
}

bool TraceView::unseen() const {
  if (!heatmap_) return false;
  for (std::size_t frame = 0; frame < images_.size(); ++frame)
    if (!areas(frame, images_[frame].width(), images_[frame].height()).all_seen()) return true;
  return false;
}

QVariantList TraceView::spans() const {
  QVariantList spans;
  if (!heatmap_) return spans;
  for (std::size_t frame = 0; frame < images_.size(); ++frame) {
    const FrameSpan span = span_of(trace_->layout, frame);
    if (!span.several() || span.first != frame) continue;
    spans << QVariantMap{{"first", static_cast<int>(span.first)},
                         {"last", static_cast<int>(span.last)},
                         {"from", media_->clip.frames[span.first].time_s},
                         {"to", media_->clip.frames[span.last].time_s}};
  }
  return spans;
}

std::optional<TraceView::Spot> TraceView::spot_at(int frame, double x, double y) const {
  if (!heatmap_ || frame < 0 || frame >= frameCount()) return std::nullopt;
  const auto f = static_cast<std::size_t>(frame);
  const int width = images_[f].width(), height = images_[f].height();
  const auto token = areas(f, width, height).at(x * width, y * height);
  return token ? std::optional(Spot{*token, f}) : std::nullopt;
}

GridWindow TraceView::window(std::size_t frame) const {
  const auto& known = trace_->source.frames;
  return known.empty() ? media_->encoded->window(frame) : known[frame].window;
}

QRectF TraceView::token_rect(const Spot& spot) const {
  const QImage& image = images_[spot.frame];
  for (const FrameView view : {FrameView::Tiles, FrameView::Overview}) {
    const PatchAreas areas(trace_->layout, spot.frame, view, window(spot.frame), image.width(), image.height());
    if (const auto area = areas.area(spot.token)) return {area->left, area->top, area->width, area->height};
  }
  return {};
}

bool TraceView::on_padding(const Spot& spot) const {
  const QRectF rect = token_rect(spot);
  return !rect.isNull() && !rect.intersects(QRectF(images_[spot.frame].rect()));
}

void TraceView::hover(int frame, double x, double y) {
  const auto spot = spot_at(frame, x, y);
  if (spot == hovered_) return;
  hovered_ = spot;
  highlight();
}

void TraceView::leave() { hover(-1, 0, 0); }

void TraceView::select(int frame, double x, double y) {
  pinned_ = spot_at(frame, x, y);
  highlight();
}

void TraceView::pin(int frame, int token) {
  if (!heatmap_ || frame < 0 || frame >= frameCount() || token < 0) return;
  if (static_cast<std::size_t>(token) >= trace_->visual_tokens) return;
  hovered_.reset();
  pinned_ = Spot{static_cast<std::size_t>(token), static_cast<std::size_t>(frame)};
  highlight();
}

int TraceView::moveSelection(int frame, int columns, int rows, int frames) {
  if (!heatmap_) return frame;
  const VisualLayout& layout = trace_->layout;
  const auto moved = [](std::size_t from, int by, std::size_t count) {
    return static_cast<std::size_t>(std::clamp(static_cast<int>(from) + by, 0, static_cast<int>(count) - 1));
  };
  const auto looked_at = static_cast<std::size_t>(std::clamp(frame, 0, frameCount() - 1));
  std::optional<TokenPlace> from;
  std::size_t to = looked_at;
  if (pinned_) {
    from = layout.place(pinned_->token);
    const VisualBlock& block = layout.blocks()[from->block];
    const bool there = block.frame <= looked_at && looked_at < block.frame + block.frames;
    to = moved(there ? looked_at : pinned_->frame, frames, layout.frames());
  }
  const std::vector<std::size_t> shown = layout.shown(to, view_);
  if (shown.empty()) return frame;
  std::size_t block = shown.front();
  if (from) {  // the same block, or the one with the same place in another frame
    const std::vector<std::size_t> before = layout.shown(pinned_->frame, view_);
    const auto nth = static_cast<std::size_t>(std::ranges::find(before, from->block) - before.begin());
    block = std::ranges::count(shown, from->block) != 0 ? from->block
            : nth < before.size()                       ? shown[std::min(nth, shown.size() - 1)]
                                                        : block;
  }
  const VisualBlock& grid = layout.blocks()[block];
  const std::size_t row = from ? moved(from->row, rows, grid.rows) : grid.rows / 2,
                    column = from ? moved(from->column, columns, grid.columns) : grid.columns / 2;
  std::size_t token = layout.token(block, row, column);
  // Beyond the edge of a tile is another one.
  if (const QRectF rect = from ? token_rect({pinned_->token, to}) : QRectF();
      !rect.isNull() && frames == 0 && (columns != 0 || rows != 0)) {
    const PatchAreas there = areas(to, images_[to].width(), images_[to].height());
    const bool inside =
        from->row + static_cast<std::size_t>(rows) == row && from->column + static_cast<std::size_t>(columns) == column;
    if (const auto next =
            there.at(rect.center().x() + columns * rect.width(), rect.center().y() + rows * rect.height());
        next && !inside)
      token = *next;
  }
  hovered_.reset();
  pinned_ = Spot{token, to};
  highlight();
  return static_cast<int>(to);
}

QString TraceView::story(std::size_t token) const {
  if (trace_->layout.is_word(token)) return tr("a word of the prompt: nothing prunes it");
  const TokenState& state = heatmap_->states[token];
  const auto when = [&](std::size_t step) { return layer_title(trace_->steps[step].layer); };
  if (state.fate == Fate::Kept) return fate_name(state.fate);
  if (state.fate == Fate::Recycled) {
    const auto together = std::ranges::count(highlighted_, true);
    return together < 2 ? tr("recycled %1").arg(when(*state.left_at))
                        : tr("recycled %1: %2 tokens became one").arg(when(*state.left_at), number_text(together));
  }
  const auto is_gone = [&](const auto& states) { return states[token].fate == Fate::Dropped; };
  const auto gone = static_cast<std::size_t>(std::ranges::find_if(states_, is_gone) - states_.begin()) - 1;
  if (gone == *state.left_at) return tr("dropped %1").arg(when(gone));
  return tr("recycled %1, dropped %2").arg(when(*state.left_at), when(gone));
}

QString TraceView::word_text(std::size_t word) const {
  const VisualLayout& layout = trace_->layout;
  const std::size_t at = layout.place(word).block, inside = word - layout.begin(at);
  std::size_t nth = 0;  // of all words
  for (std::size_t b = 0; b < at; ++b) nth += layout.blocks()[b].words_before + layout.blocks()[b].words_after;
  const VisualBlock& block = layout.blocks()[at];
  nth += inside < block.words_before ? inside : inside + block.words_before + block.words_after - block.tokens();
  return nth < trace_->words.size() ? shown_pieces({trace_->words[nth]}).front().text : QString();
}

QString TraceView::phrase_with(std::size_t word) const {
  const VisualLayout& layout = trace_->layout;
  if (trace_->words.empty()) return {};
  std::size_t first = word, last = word;
  while (first > 0 && layout.is_word(first - 1)) --first;
  while (last + 1 < layout.tokens() && layout.is_word(last + 1)) ++last;
  QString text;
  for (std::size_t token = first; token <= last; ++token) text += word_text(token);
  return text.trimmed();
}

QString TraceView::what(const Spot& spot) const {
  const VisualLayout& layout = trace_->layout;
  const TokenPlace place = layout.place(spot.token);
  switch (place.kind) {
    case TokenPlace::Kind::Patch: break;
    case TokenPlace::Kind::Cls: return tr("CLS, which stands for the whole frame");
    case TokenPlace::Kind::Extra: return extra_in_words(layout, spot.token);
    case TokenPlace::Kind::Word: {
      const QString phrase = phrase_with(spot.token), own = word_text(spot.token).trimmed();
      if (phrase.isEmpty()) return tr("a word between the frames");
      return own == phrase ? tr("the word “%1”").arg(own) : tr("the word “%1” of “%2”").arg(own, phrase);
    }
  }
  const QString at = at_in_words(layout, place);
  return on_padding(spot) ? tr("%1, on padding beside the picture").arg(at) : at;
}

QVariantList TraceView::beside(int frame) const {
  QVariantList beside;
  if (!heatmap_ || frame < 0 || frame >= frameCount()) return beside;
  const auto f = static_cast<std::size_t>(frame);
  for (const std::size_t token : trace_->layout.tokens_of(f)) {
    const TokenPlace::Kind kind = trace_->layout.place(token).kind;
    if (kind == TokenPlace::Kind::Patch) continue;
    const bool is_word = kind == TokenPlace::Kind::Word, is_cls = kind == TokenPlace::Kind::Cls;
    const TokenPaint& paint = heatmap_->tokens[token];
    beside << QVariantMap{{"token", static_cast<int>(token)},
                          {"kind", is_word  ? "word"
                                   : is_cls ? "cls"
                                            : "extra"},
                          {"text", is_word  ? word_text(token).trimmed()
                                   : is_cls ? QStringLiteral("CLS")
                                            : QString()},
                          {"what", what({token, f})},
                          {"colour", QString::fromStdString(hex(paint.colour))},
                          {"clear", paint.cover == 0}};
  }
  return beside;
}

QVariantMap TraceView::token() const {
  if (!shown() || !heatmap_) return {};
  const Spot spot = *shown();
  const TokenPlace place = trace_->layout.place(spot.token);
  const VisualBlock& block = trace_->layout.blocks()[place.block];
  const std::size_t last = block.frame + block.frames - 1;
  QVariantList scores;
  for (std::size_t step = 0; step < trace_->steps.size(); ++step) {
    const auto score = states_[step + 1][spot.token].score;
    QVariantMap entry{{"layer", trace_->steps[step].layer}};
    if (score && std::isfinite(*score)) entry["score"] = static_cast<double>(*score);
    scores << entry;
  }
  return {{"frame", static_cast<int>(place.frame) + 1},
          {"lastFrame", static_cast<int>(last) + 1},
          {"what", what(spot)},
          {"row", static_cast<int>(place.row) + 1},
          {"column", static_cast<int>(place.column) + 1},
          {"time", media_->clip.frames[place.frame].time_s},
          {"lastTime", media_->clip.frames[last].time_s},
          {"fate", fate_name(heatmap_->states[spot.token].fate)},
          {"story", story(spot.token)},
          {"together", static_cast<int>(std::ranges::count(highlighted_, true)) - 1},
          {"pinned", pinned_ == shown()},
          {"scores", scores}};
}

}  // namespace sparsight
