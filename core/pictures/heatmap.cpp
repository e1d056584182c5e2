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

using Places = std::unordered_map<std::int32_t, std::size_t>;  // index in a step, by id

// A share in 256ths, since a film paints millions of pixels.
int share_of(double cover) { return static_cast<int>(std::lround(std::clamp(cover, 0.0, 1.0) * 256)); }

void blend(std::uint8_t* pixel, Rgb colour, int share) {
  const auto mix = [share](std::uint8_t under, std::uint8_t over) {
    return static_cast<std::uint8_t>((under * (256 - share) + over * share + 128) >> 8);
  };
  pixel[0] = mix(pixel[0], colour.r);
  pixel[1] = mix(pixel[1], colour.g);
  pixel[2] = mix(pixel[2], colour.b);
}

// For each pixel of an axis the cell of `cells` that it lies in; -1: none.
std::vector<int> cells_of(int pixels, double begin, double length, std::size_t cells) {
  std::vector<int> out(static_cast<std::size_t>(pixels), -1);
  const double side = length / static_cast<double>(cells);
  for (int x = 0; x < pixels; ++x) {
    const double at = std::floor((x + 0.5 - begin) / side);
    if (at >= 0 && at < static_cast<double>(cells)) out[static_cast<std::size_t>(x)] = static_cast<int>(at);
  }
  return out;
}

// Colours of the merged tokens that are left, the largest first.
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
  const VisualLayout& layout = trace.layout;
  if (layout.empty() || layout.tokens() != trace.visual_tokens)
    fail(ErrorKind::Model, "the trace's layout: expected {} visual tokens, found {} in {} frames", trace.visual_tokens,
         layout.tokens(), layout.frames());
}

GridWindow window_of(const GridWindow& frame, const VisualBlock& block) {
  const FramePart& part = block.part;
  return {frame.left + part.left * frame.width, frame.top + part.top * frame.height, part.width * frame.width,
          part.height * frame.height};
}

std::optional<std::size_t> cls_of(const VisualLayout& layout, std::size_t frame) {
  for (const std::size_t block : layout.shown(frame))
    if (const auto cls = layout.cls(block)) return cls;
  return std::nullopt;
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
  if (behind == 0 || trace.steps.empty()) return "before pruning";
  const std::int32_t layer = trace.steps[std::min(behind, trace.steps.size()) - 1].layer;
  if (layer == TraceStep::kTower) return "after the tower";
  if (layer < 0) return "before the decoder";
  return fmt::format("after layer {}", layer);
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

namespace {

constexpr std::int32_t kNoToken = -1;

// Which patch each pixel of a frame shows, one row of pixels at a time.
class PatchRows {
 public:
  PatchRows(const RgbImage& image, const GridWindow& frame, const VisualLayout& layout, std::size_t of) {
    for (const std::size_t block : layout.shown(of)) {
      const VisualBlock& b = layout.blocks()[block];
      const GridWindow window = window_of(frame, b);
      Grid& grid = grids_.emplace_back(Grid{cells_of(image.width, window.left, window.width, b.columns),
                                            cells_of(image.height, window.top, window.height, b.rows),
                                            {}});
      for (std::size_t row = 0; row < b.rows; ++row)
        grid.first.push_back(static_cast<std::int32_t>(layout.token(block, row, 0)));
    }
  }

  void row(int y, std::vector<std::int32_t>& tokens) const {
    std::ranges::fill(tokens, kNoToken);
    for (const Grid& grid : grids_) {
      const int row = grid.rows[static_cast<std::size_t>(y)];
      if (row < 0) continue;
      const std::int32_t first = grid.first[static_cast<std::size_t>(row)];
      for (std::size_t x = 0; x < tokens.size(); ++x)
        if (grid.columns[x] >= 0) tokens[x] = first + grid.columns[x];
    }
  }

 private:
  struct Grid {
    std::vector<int> columns, rows;   // by pixel
    std::vector<std::int32_t> first;  // token at the start of each row
  };
  std::vector<Grid> grids_;
};

// Width in pixels of the narrowest patch shown of a frame.
double patch_width(const GridWindow& frame, const VisualLayout& layout, std::size_t of) {
  double least = std::numeric_limits<double>::infinity();
  for (const std::size_t block : layout.shown(of)) {
    const VisualBlock& b = layout.blocks()[block];
    least = std::min(least, window_of(frame, b).width / static_cast<double>(b.columns));
  }
  return least;
}

}  // namespace

void paint_heatmap(RgbImage& image, const GridWindow& window, const Heatmap& heatmap, std::size_t frame,
                   const PaintOptions& options) {
  const VisualLayout& layout = heatmap.layout;
  SPARSIGHT_CHECK(frame < layout.frames() && window.width > 0 && window.height > 0);
  constexpr Rgb kUnseen{58, 62, 70};
  constexpr double kUnseenCover = 0.62, kLineCover = 0.6, kLineCell = 7;
  const double opacity = std::clamp(options.opacity, 0.0, 1.0);
  const bool lines = options.lines && patch_width(window, layout, frame) >= kLineCell;
  const int grey_share = share_of(opacity), unseen_share = share_of(kUnseenCover * opacity),
            line_share = share_of(kLineCover * opacity);
  std::vector<int> shares(layout.tokens());
  for (const std::size_t token : layout.tokens_of(frame))
    shares[token] = share_of(heatmap.tokens[token].cover * opacity);
  const PatchRows patches(image, window, layout, frame);
  std::vector<std::int32_t> above(static_cast<std::size_t>(image.width), kNoToken), here = above;
  const auto group = [&](std::int32_t token) { return heatmap.tokens[static_cast<std::size_t>(token)].group; };
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* pixel =
        image.pixels.data() + std::size_t{3} * static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width);
    std::swap(above, here);
    patches.row(y, here);
    for (std::size_t x = 0; x < here.size(); ++x, pixel += 3) {
      const std::int32_t token = here[x], left = x > 0 ? here[x - 1] : kNoToken, up = y > 0 ? above[x] : kNoToken;
      if (token == kNoToken) {
        if (!options.dim_unseen) continue;
        const auto grey = static_cast<std::uint8_t>((pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8);
        blend(pixel, {grey, grey, grey}, grey_share);
        blend(pixel, kUnseen, unseen_share);
        if (lines && (left != kNoToken || up != kNoToken)) blend(pixel, {255, 255, 255}, line_share);
        continue;
      }
      blend(pixel, heatmap.tokens[static_cast<std::size_t>(token)].colour, shares[static_cast<std::size_t>(token)]);
      if (!lines) continue;
      const auto parted = [&](std::int32_t from, bool inside) {
        return from == kNoToken ? inside : group(from) != group(token);
      };
      if (parted(left, x > 0) || parted(up, y > 0)) blend(pixel, {255, 255, 255}, line_share);
    }
  }
}

}  // namespace sparsight
