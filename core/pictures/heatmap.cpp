#include "core/pictures/heatmap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace sparsight {
namespace {

constexpr std::int32_t kGoneGroup = -1, kKeptGroup = -2, kRecycledGroup = -3;

using Places = std::unordered_map<std::int32_t, std::size_t>;  // of ids in a step

// Shares in 256ths: a film paints millions of pixels.
int share_of(double cover) { return static_cast<int>(std::lround(std::clamp(cover, 0.0, 1.0) * 256)); }

void blend(std::uint8_t* pixel, Rgb colour, int share) {
  const auto mix = [share](std::uint8_t under, std::uint8_t over) {
    return static_cast<std::uint8_t>((under * (256 - share) + over * share + 128) >> 8);
  };
  pixel[0] = mix(pixel[0], colour.r);
  pixel[1] = mix(pixel[1], colour.g);
  pixel[2] = mix(pixel[2], colour.b);
}

// Which cell of `cells` an axis' pixels lie in; -1: none.
std::vector<int> cells_of(int pixels, double begin, double length, std::size_t cells) {
  std::vector<int> out(static_cast<std::size_t>(pixels), -1);
  const double side = length / static_cast<double>(cells);
  for (int x = 0; x < pixels; ++x) {
    const double at = std::floor((x + 0.5 - begin) / side);
    if (at >= 0 && at < static_cast<double>(cells)) out[static_cast<std::size_t>(x)] = static_cast<int>(at);
  }
  return out;
}

// Merged tokens that are still there, the largest first, get the colours in turn.
std::unordered_map<std::int32_t, std::size_t> cluster_kinds(const std::vector<TokenState>& states) {
  std::unordered_map<std::int32_t, std::size_t> sizes;
  for (const TokenState& s : states)
    if (s.fate == Fate::Recycled) ++sizes[s.as];
  std::vector<std::pair<std::int32_t, std::size_t>> order(sizes.begin(), sizes.end());
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  for (std::size_t i = 0; i < order.size(); ++i) sizes[order[i].first] = i;
  return sizes;
}

}  // namespace

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::Kept: return "kept";
    case Fate::Recycled: return "recycled";
    case Fate::Dropped: return "dropped";
  }
  return "";
}

std::string_view to_string(HeatmapMode mode) {
  switch (mode) {
    case HeatmapMode::Score: return "score";
    case HeatmapMode::Fate: return "fate";
    case HeatmapMode::Clusters: return "clusters";
  }
  return "";
}

void check_layout(const Trace& trace) {
  const VisualLayout& l = trace.layout;
  const std::size_t cls = l.has_cls ? 1 : 0;
  constexpr std::size_t kMostSide = std::size_t{1} << 14;
  if (l.grid == 0 || l.grid > kMostSide || l.tokens_per_frame != l.grid * l.grid + cls || l.frames == 0 ||
      l.frames > trace.visual_tokens || l.frames * l.tokens_per_frame != trace.visual_tokens)
    fail(ErrorKind::Model,
         "the trace's layout: expected frames of a square grid, with or without CLS, {} tokens in all; found {} frames "
         "of {} tokens, a grid of {}{}",
         trace.visual_tokens, l.frames, l.tokens_per_frame, l.grid, l.has_cls ? " and CLS" : "");
}

TokenPlace place_of(const VisualLayout& layout, std::size_t token) {
  TokenPlace place{.frame = token / layout.tokens_per_frame};
  std::size_t in_frame = token % layout.tokens_per_frame;
  if (layout.has_cls) {
    place.cls = in_frame == 0;
    if (place.cls) return place;
    --in_frame;
  }
  place.row = in_frame / layout.grid;
  place.column = in_frame % layout.grid;
  return place;
}

std::vector<TokenState> token_states(const Trace& trace, std::size_t behind) {
  std::vector<TokenState> states(trace.visual_tokens);
  for (std::size_t i = 0; i < states.size(); ++i) states[i].as = static_cast<std::int32_t>(i);
  const std::size_t steps = std::min(behind, trace.steps.size());
  for (std::size_t s = 0; s < steps; ++s) {
    const TraceStep& step = trace.steps[s];
    Places places;
    for (std::size_t i = 0; i < step.ids.size(); ++i) places.emplace(step.ids[i], i);
    for (std::size_t i = 0; i < states.size(); ++i) {
      TokenState& state = states[i];
      state.score.reset();
      if (state.fate == Fate::Dropped) continue;
      const auto place = places.find(state.as);
      if (place == places.end()) {
        state.fate = Fate::Dropped;
        if (!state.left_at) state.left_at = s;
        continue;
      }
      if (s + 1 == steps && !step.scores.empty()) state.score = step.scores[place->second];
      const std::int32_t into = step.into[place->second];
      if (into == Selection::kDropped) {
        state.fate = Fate::Dropped;
      } else {
        state.as = into;
        state.fate = into == static_cast<std::int32_t>(i) ? Fate::Kept : Fate::Recycled;
      }
      if (state.fate != Fate::Kept && !state.left_at) state.left_at = s;
    }
  }
  return states;
}

std::size_t steps_behind(const Trace& trace, std::int32_t layer) {
  const auto later = [layer](const TraceStep& step) { return step.layer > layer; };
  return static_cast<std::size_t>(std::ranges::find_if(trace.steps, later) - trace.steps.begin());
}

std::string step_title(const Trace& trace, std::size_t behind) {
  if (behind == 0 || trace.steps.empty()) return "as it entered";
  const std::int32_t layer = trace.steps[std::min(behind, trace.steps.size()) - 1].layer;
  if (layer == TraceStep::kTower) return "behind the tower";
  if (layer < 0) return "before the decoder";
  return fmt::format("behind layer {}", layer);
}

double ScoreScale::at(double score) const {
  if (!(high > low)) return score >= high ? 1.0 : 0.0;
  const double place = logarithmic
                           ? std::log(std::max(score, std::numeric_limits<double>::min()) / low) / std::log(high / low)
                           : (score - low) / (high - low);
  return place > 0 ? std::min(place, 1.0) : 0.0;
}

double ScoreScale::value(double place) const {
  if (!logarithmic) return low + (high - low) * place;
  return low * std::pow(high / low, place);
}

std::optional<ScoreScale> score_scale(std::span<const float> scores) {
  std::vector<double> finite;
  for (const float score : scores)
    if (std::isfinite(score)) finite.push_back(static_cast<double>(score));
  if (finite.empty()) return std::nullopt;
  std::ranges::sort(finite);
  const auto quantile = [&](double share) {
    return finite[static_cast<std::size_t>(std::lround(share * static_cast<double>(finite.size() - 1)))];
  };
  ScoreScale scale{.low = quantile(0.02), .high = quantile(0.995), .min = finite.front(), .max = finite.back()};
  scale.logarithmic = scale.min > 0 && scale.high > 10 * scale.low;
  return scale;
}

namespace {

// Everything but the paint.
Heatmap states_of(const Trace& trace, std::size_t behind, HeatmapMode mode, ColourMap colours) {
  check_layout(trace);
  Heatmap map;
  map.mode = mode;
  map.colours = colours;
  map.behind = std::min(behind, trace.steps.size());
  map.layout = trace.layout;
  map.states = token_states(trace, map.behind);
  return map;
}

void paint_tokens(Heatmap& map) {
  if (map.mode == HeatmapMode::Score && !map.scale) map.mode = HeatmapMode::Fate;
  const auto kinds = cluster_kinds(map.states);
  map.merged = kinds.size();
  map.tokens.reserve(map.states.size());
  for (const TokenState& state : map.states) {
    ++(state.fate == Fate::Kept ? map.kept : state.fate == Fate::Recycled ? map.recycled : map.dropped);
    TokenPaint paint{kGoneColour, kGoneCover, kGoneGroup};
    if (map.mode == HeatmapMode::Score) {
      if (state.score && !std::isnan(*state.score))
        paint = {colour_of(map.colours, map.scale->at(static_cast<double>(*state.score))), kScoreCover,
                 state.fate == Fate::Kept ? kKeptGroup : kGoneGroup};
    } else if (state.fate == Fate::Kept) {
      paint = {kind_colour(2), 0, kKeptGroup};
    } else if (state.fate == Fate::Recycled) {
      const bool one_colour = map.mode == HeatmapMode::Fate;
      paint = {kind_colour(one_colour ? 0 : kinds.at(state.as)), kRecycledCover,
               one_colour ? kRecycledGroup : state.as};
    }
    map.tokens.push_back(paint);
  }
}

}  // namespace

Heatmap make_heatmap(const Trace& trace, std::size_t behind, HeatmapMode mode, ColourMap colours) {
  Heatmap map = states_of(trace, behind, mode, colours);
  if (mode == HeatmapMode::Score && map.behind > 0) map.scale = score_scale(trace.steps[map.behind - 1].scores);
  paint_tokens(map);
  return map;
}

Heatmap make_word_heatmap(const Trace& trace, std::size_t behind, std::size_t word, ColourMap colours) {
  Heatmap map = states_of(trace, behind, HeatmapMode::Score, colours);
  const std::size_t at = map.behind > 0 ? map.behind - 1 : 0;
  for (TokenState& state : map.states) state.score.reset();
  if (at < trace.steps.size() && !trace.steps[at].text_attention.empty()) {
    const TraceStep& step = trace.steps[at];
    SPARSIGHT_CHECK(word < trace.text_tokens);
    const auto attention = std::span(step.text_attention).subspan(word * step.ids.size(), step.ids.size());
    Places places;
    for (std::size_t i = 0; i < step.ids.size(); ++i) places.emplace(step.ids[i], i);
    const std::vector<TokenState> entering = token_states(trace, at);
    for (std::size_t i = 0; i < entering.size(); ++i) {
      if (entering[i].fate == Fate::Dropped) continue;
      if (const auto place = places.find(entering[i].as); place != places.end())
        map.states[i].score = attention[place->second];
    }
    map.scale = score_scale(attention);
  }
  paint_tokens(map);
  return map;
}

void paint_heatmap(RgbImage& image, const GridWindow& window, const Heatmap& heatmap, std::size_t frame,
                   const PaintOptions& options) {
  const VisualLayout& layout = heatmap.layout;
  SPARSIGHT_CHECK(frame < layout.frames && window.width > 0 && window.height > 0);
  constexpr Rgb kUnseen{58, 62, 70};
  constexpr double kUnseenCover = 0.62, kLineCover = 0.6, kLineCell = 7;
  const std::vector<int> columns = cells_of(image.width, window.left, window.width, layout.grid);
  const std::vector<int> rows = cells_of(image.height, window.top, window.height, layout.grid);
  const std::size_t first = frame * layout.tokens_per_frame + (layout.has_cls ? 1 : 0);
  const double opacity = std::clamp(options.opacity, 0.0, 1.0);
  const bool lines = options.lines && window.width / static_cast<double>(layout.grid) >= kLineCell;
  const auto token = [&](int row, int column) -> const TokenPaint& {
    return heatmap.tokens[first + static_cast<std::size_t>(row) * layout.grid + static_cast<std::size_t>(column)];
  };
  const int grey_share = share_of(opacity), unseen_share = share_of(kUnseenCover * opacity),
            line_share = share_of(kLineCover * opacity);
  std::vector<int> shares(layout.grid * layout.grid);
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = share_of(heatmap.tokens[first + i].cover * opacity);
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* pixel =
        image.pixels.data() + std::size_t{3} * static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width);
    const int row = rows[static_cast<std::size_t>(y)];
    const int above = y > 0 ? rows[static_cast<std::size_t>(y - 1)] : -1;
    for (int x = 0; x < image.width; ++x, pixel += 3) {
      const int column = columns[static_cast<std::size_t>(x)];
      const int left = x > 0 ? columns[static_cast<std::size_t>(x - 1)] : -1;
      if (row < 0 || column < 0) {
        if (!options.dim_unseen) continue;
        const auto grey = static_cast<std::uint8_t>((pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8);
        blend(pixel, {grey, grey, grey}, grey_share);
        blend(pixel, kUnseen, unseen_share);
        if (lines && ((row >= 0 && left >= 0) || (column >= 0 && above >= 0)))
          blend(pixel, {255, 255, 255}, line_share);
        continue;
      }
      const TokenPaint& here = token(row, column);
      blend(pixel, here.colour, shares[static_cast<std::size_t>(row) * layout.grid + static_cast<std::size_t>(column)]);
      if (!lines) continue;
      const bool edge = (left < 0 && x > 0) || (above < 0 && y > 0) ||
                        (left >= 0 && left != column && token(row, left).group != here.group) ||
                        (above >= 0 && above != row && token(above, column).group != here.group);
      if (edge) blend(pixel, {255, 255, 255}, line_share);
    }
  }
}

}  // namespace sparsight
