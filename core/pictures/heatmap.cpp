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

// Colours of the merged tokens that are left, the largest first.
std::unordered_map<std::int32_t, std::size_t> cluster_kinds(const Heatmap& map) {
  std::unordered_map<std::int32_t, std::size_t> sizes;
  for (std::size_t i = 0; i < map.states.size(); ++i)
    if (map.states[i].fate == Fate::Recycled && !map.layout.is_word(i)) ++sizes[map.states[i].as];
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

std::optional<std::size_t> cls_of(const VisualLayout& layout, std::size_t frame, FrameView view) {
  for (const std::size_t block : layout.shown(frame, view))
    if (const auto cls = layout.cls(block)) return cls;
  return std::nullopt;
}

FrameSpan span_of(const VisualLayout& layout, std::size_t frame, FrameView view) {
  FrameSpan out{frame, frame};
  for (const std::size_t block : layout.shown(frame, view)) {
    const VisualBlock& b = layout.blocks()[block];
    out = {std::min(out.first, b.frame), std::max(out.last, b.frame + b.frames - 1)};
  }
  return out;
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
      if (s + 1 == steps && !step.scores.empty() && !trace.is_word(static_cast<std::int32_t>(i)))
        state.score = step.scores[place->second];
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

namespace {

// `values` of the tokens `ids`, less those of words.
std::vector<float> without_words(const Trace& trace, std::span<const std::int32_t> ids, std::span<const float> values) {
  std::vector<float> out;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!trace.is_word(ids[i])) out.push_back(values[i]);
  return out;
}

}  // namespace

std::optional<ScoreScale> step_scale(const Trace& trace, std::size_t step) {
  return score_scale(without_words(trace, trace.steps[step].ids, trace.steps[step].scores));
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
  const auto kinds = cluster_kinds(map);
  map.merged = kinds.size();
  map.tokens.reserve(map.states.size());
  for (std::size_t i = 0; i < map.states.size(); ++i) {
    const TokenState& state = map.states[i];
    if (map.layout.is_word(i)) {
      map.tokens.push_back({kind_colour(2), 0, kKeptGroup});
      continue;
    }
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
  if (mode == HeatmapMode::Score && map.behind > 0) map.scale = step_scale(trace, map.behind - 1);
  paint_tokens(map);
  return map;
}

namespace {

// In mode Score, by `attention` to the tokens `ids`, which are there once `steps` steps are done.
Heatmap attention_heatmap(const Trace& trace, std::size_t behind, ColourMap colours, std::size_t steps,
                          std::span<const std::int32_t> ids, std::span<const float> attention) {
  Heatmap map = states_of(trace, behind, HeatmapMode::Score, colours);
  for (TokenState& state : map.states) state.score.reset();
  if (!attention.empty()) {
    SPARSIGHT_CHECK(attention.size() == ids.size());
    Places places;
    for (std::size_t i = 0; i < ids.size(); ++i) places.emplace(ids[i], i);
    const std::vector<TokenState> entering = token_states(trace, steps);
    for (std::size_t i = 0; i < entering.size(); ++i) {
      if (entering[i].fate == Fate::Dropped || map.layout.is_word(i)) continue;
      if (const auto place = places.find(entering[i].as); place != places.end())
        map.states[i].score = attention[place->second];
    }
    map.scale = score_scale(without_words(trace, ids, attention));
  }
  paint_tokens(map);
  return map;
}

}  // namespace

Heatmap make_attention_heatmap(const Trace& trace, std::size_t behind, const AskedAttention& asked, ColourMap colours) {
  if (asked.rows.empty() || trace.attention.empty()) return attention_heatmap(trace, behind, colours, 0, {}, {});
  const std::size_t layer = trace.attention.layers.at(asked.at).layer;
  return attention_heatmap(trace, behind, colours, trace.steps_before(layer), trace.entering(layer),
                           trace.attention.mean(asked.at, asked.rows, asked.head));
}

Heatmap make_word_heatmap(const Trace& trace, std::size_t behind, std::size_t word, ColourMap colours) {
  const std::size_t done = std::min(behind, trace.steps.size()), at = done > 0 ? done - 1 : 0;
  if (at >= trace.steps.size() || trace.steps[at].text_attention.empty())
    return attention_heatmap(trace, behind, colours, 0, {}, {});
  SPARSIGHT_CHECK(word < trace.text_tokens);
  const TraceStep& step = trace.steps[at];
  const auto attention = std::span(step.text_attention).subspan(word * step.ids.size(), step.ids.size());
  return attention_heatmap(trace, behind, colours, at, step.ids, attention);
}

namespace {

// Shares of 256 to blend with.
struct Shares {
  Shares(const PaintOptions& options, const Heatmap& heatmap, std::span<const std::size_t> shown) {
    constexpr double kLineCover = 0.6;
    const double opacity = std::clamp(options.opacity, 0.0, 1.0);
    grey = share_of(opacity);
    unseen = share_of(kUnseenCover * opacity);
    line = share_of(kLineCover * opacity);
    tokens.resize(heatmap.tokens.size());
    for (const std::size_t token : shown) tokens[token] = share_of(heatmap.tokens[token].cover * opacity);
  }
  int grey, unseen, line;
  std::vector<int> tokens;
};

void hatch(std::uint8_t* pixel, int x, int y, const Shares& shares) {
  const auto grey = static_cast<std::uint8_t>((pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8);
  blend(pixel, {grey, grey, grey}, shares.grey);
  blend(pixel, (x + y) % kHatchPeriod < kHatchStripe ? kHatchColour : kUnseenColour, shares.unseen);
}

}  // namespace

void paint_heatmap(RgbImage& image, const GridWindow& window, const Heatmap& heatmap, std::size_t frame,
                   const PaintOptions& options) {
  SPARSIGHT_CHECK(frame < heatmap.layout.frames() && window.width > 0 && window.height > 0);
  constexpr double kLineCell = 7;
  constexpr std::int32_t kNone = PatchAreas::kNoToken;
  const PatchAreas areas(heatmap.layout, frame, options.view, window, image.width, image.height);
  const bool lines = options.lines && areas.narrowest() >= kLineCell;
  const Shares shares(options, heatmap, areas.tokens());
  std::vector<std::int32_t> above(static_cast<std::size_t>(image.width), kNone), here = above;
  const auto group = [&](std::int32_t token) { return heatmap.tokens[static_cast<std::size_t>(token)].group; };
  std::uint8_t* pixel = image.pixels.data();
  for (int y = 0; y < image.height; ++y) {
    std::swap(above, here);
    areas.row(y, here);
    for (std::size_t x = 0; x < here.size(); ++x, pixel += 3) {
      const std::int32_t token = here[x], left = x > 0 ? here[x - 1] : kNone, up = y > 0 ? above[x] : kNone;
      if (token == kNone) {
        if (!options.hatch_unseen) continue;
        hatch(pixel, static_cast<int>(x), y, shares);
        if (lines && (left != kNone || up != kNone)) blend(pixel, {255, 255, 255}, shares.line);
        continue;
      }
      blend(pixel, heatmap.tokens[static_cast<std::size_t>(token)].colour,
            shares.tokens[static_cast<std::size_t>(token)]);
      if (!lines) continue;
      const auto parted = [&](std::int32_t from, bool inside) {
        return from == kNone ? inside : group(from) != group(token);
      };
      if (parted(left, x > 0) || parted(up, y > 0)) blend(pixel, {255, 255, 255}, shares.line);
    }
  }
}

}  // namespace sparsight
