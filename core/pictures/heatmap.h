// What a trace looks like: the state of every visual token after a pruning step, and that state painted over a frame.
// All of it comes from the trace; nothing is computed again. Pure functions; any thread.
//
// `behind` is the number of steps carried out: 0 is the video before pruning, trace.steps.size() the end.
#pragma once

#include "core/model/preprocess.h"
#include "core/pictures/colour_map.h"
#include "core/pictures/patch_areas.h"
#include "core/pruning/trace.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Error{Model}: the layout does not fit the number of visual tokens (a trace may come from anywhere).
void check_layout(const Trace& trace);
// The CLS token of a frame, which pictures show beside the grid; nullopt: it has none.
[[nodiscard]] std::optional<std::size_t> cls_of(const VisualLayout& layout, std::size_t frame,
                                                FrameView view = FrameView::Tiles);
// The frames [first, last] whose tokens a frame shares: more than one where tokens span several frames.
struct FrameSpan {
  std::size_t first = 0, last = 0;

  [[nodiscard]] bool several() const { return first < last; }
  friend bool operator==(const FrameSpan&, const FrameSpan&) = default;
};
[[nodiscard]] FrameSpan span_of(const VisualLayout& layout, std::size_t frame, FrameView view = FrameView::Tiles);

enum class Fate {
  Kept,      // goes on as itself
  Recycled,  // goes on as part of another token
  Dropped,   // gone, or part of a token that is gone
};
[[nodiscard]] std::string_view to_string(Fate fate);

struct TokenState {
  Fate fate = Fate::Kept;
  std::int32_t as = 0;                 // the token that it is, or is part of; once dropped, the last one
  std::optional<std::size_t> left_at;  // the first step after which it was no longer itself
  std::optional<float> score;          // in the step before `behind`: its own, or that of the token it was part of
};
// States of the prompt's visual tokens, in their order. `behind` beyond the last step means the last step.
[[nodiscard]] std::vector<TokenState> token_states(const Trace& trace, std::size_t behind);

// How many steps are carried out once `layer` and its pruning are done; TraceStep::kTower and kBeforeDecoder are layers
// here.
[[nodiscard]] std::size_t steps_behind(const Trace& trace, std::int32_t layer);
// "before the decoder", "after layer 2"; for `behind` 0 "before pruning".
[[nodiscard]] std::string step_title(const Trace& trace, std::size_t behind);

// Maps scores to colours, the same for all frames of a step so that they can be compared. Attention spans orders of
// magnitude: the scale is logarithmic if all finite scores are above zero and the 99.5 % quantile is more than ten
// times the 2 % quantile. Scores beyond these quantiles get the colours of the ends.
struct ScoreScale {
  double low = 0, high = 0;  // at the ends of the colours
  double min = 0, max = 0;   // of the scores
  bool logarithmic = false;
  [[nodiscard]] double at(double score) const;     // 0..1
  [[nodiscard]] double value(double place) const;  // its inverse, for ticks
};
// nullopt: no finite score.
[[nodiscard]] std::optional<ScoreScale> score_scale(std::span<const float> scores);
// Of a step's scores, without those of words.
[[nodiscard]] std::optional<ScoreScale> step_scale(const Trace& trace, std::size_t step);

enum class HeatmapMode {
  Score,     // by the score of the step before `behind`; tokens pruned earlier are dark, tokens it kept are outlined
  Fate,      // kept is clear, recycled orange, dropped dark
  Clusters,  // merged tokens by colour
};
[[nodiscard]] std::string_view to_string(HeatmapMode mode);

// Colours and, at opacity 1, how much of a frame is covered by tokens that are gone, recycled, or shown by score.
constexpr Rgb kGoneColour{10, 12, 16};
constexpr double kGoneCover = 0.92, kRecycledCover = 0.72, kScoreCover = 0.9;
// What the model never saw is hatched: grey, with lighter stripes that rise to the right.
constexpr Rgb kUnseenColour{58, 62, 70}, kHatchColour{150, 156, 168};
constexpr double kUnseenCover = 0.62;
constexpr int kHatchPeriod = 9, kHatchStripe = 2;  // in pixels along a row

// How one token is painted.
struct TokenPaint {
  Rgb colour;
  double cover = 0;        // 0: the frame shows through, 1: only the colour shows, at opacity 1
  std::int32_t group = 0;  // a line separates neighbours of different groups; -1: gone
};

struct Heatmap {
  HeatmapMode mode = HeatmapMode::Fate;  // Score becomes Fate if the step has no scores
  std::string subject{};                 // what the scores are, in pictures: empty: those of the step
  ColourMap colours = ColourMap::Inferno;
  std::size_t behind = 0;
  VisualLayout layout;
  std::vector<TokenState> states;   // of the prompt's visual tokens
  std::vector<TokenPaint> tokens;   // the same order
  std::optional<ScoreScale> scale;  // mode Score only
  // Counts after the step, without words; merged: tokens that hold recycled ones.
  std::size_t kept = 0, recycled = 0, dropped = 0, merged = 0;
};
// Error{Model}: as check_layout.
[[nodiscard]] Heatmap make_heatmap(const Trace& trace, std::size_t behind, HeatmapMode mode,
                                   ColourMap colours = ColourMap::Inferno);

// What some tokens attend to in a layer, or a head of it, of a trace with `attention`.
struct AskedAttention {
  std::vector<std::size_t> rows;      // of Trace::attention, averaged; empty: nothing is known of them
  std::size_t at = 0;                 // index in Trace::attention.layers
  std::optional<std::size_t> head{};  // nullopt: the mean over the heads
};
// In mode Score, by that attention: every token that entered the layer has a score. Fate if there are no rows.
[[nodiscard]] Heatmap make_attention_heatmap(const Trace& trace, std::size_t behind, const AskedAttention& asked,
                                             ColourMap colours = ColourMap::Inferno);
// For older traces, which have attention in their steps only: by what one text token (below trace.text_tokens) attends
// to in the step before `behind`, or in the first step for `behind` 0. Fate if the step recorded no attention.
[[nodiscard]] Heatmap make_word_heatmap(const Trace& trace, std::size_t behind, std::size_t word,
                                        ColourMap colours = ColourMap::Inferno);

// The frame below stays visible under tokens that are gone.
constexpr double kOverlayOpacity = 0.45;

struct PaintOptions {
  double opacity = kOverlayOpacity;  // 0..1
  bool lines = true;                 // between groups, if tokens are large enough
  bool hatch_unseen = true;          // what no token shows
  FrameView view = FrameView::Tiles;
};
// Paints the patches of `frame` (below layout.frames()) over `image`; `window` is where the frame's grid lies there.
// Tokens that are no patches are not painted: core/pictures/sheet.h shows CLS beside the frame.
void paint_heatmap(RgbImage& image, const GridWindow& window, const Heatmap& heatmap, std::size_t frame,
                   const PaintOptions& options = {});

}  // namespace sparsight
