// What a trace looks like: the state of every visual token after a pruning step, and that state painted over a frame.
// All of it comes from the trace; nothing is computed anew. Pure functions; any thread.
//
// `behind` counts the steps that have been carried out: 0 is the video as it entered, trace.steps.size() the end.
#pragma once

#include "core/model/preprocess.h"
#include "core/pictures/colour_map.h"
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
// The part of a frame's window that a block covers.
[[nodiscard]] GridWindow window_of(const GridWindow& frame, const VisualBlock& block);
// The CLS token of a frame, or nullopt: a picture shows it beside the grid.
[[nodiscard]] std::optional<std::size_t> cls_of(const VisualLayout& layout, std::size_t frame);

enum class Fate {
  Kept,      // goes on as itself
  Recycled,  // goes on as a part of another token
  Dropped,   // gone, or part of a token that is
};
[[nodiscard]] std::string_view to_string(Fate fate);

struct TokenState {
  Fate fate = Fate::Kept;
  std::int32_t as = 0;                 // the token that it is, or is a part of; once dropped, the last one it was
  std::optional<std::size_t> left_at;  // the first step that did not let it go on as itself
  std::optional<float> score;          // of the step before `behind`: its own, or that of the token it was a part of
};
// Of each of the prompt's visual tokens, in their order. `behind` beyond the last step means the last step.
[[nodiscard]] std::vector<TokenState> token_states(const Trace& trace, std::size_t behind);

// Steps carried out once `layer` and its pruning are done; TraceStep::kTower and kBeforeDecoder count as layers.
[[nodiscard]] std::size_t steps_behind(const Trace& trace, std::int32_t layer);
// "before the decoder", "after layer 2"; for `behind` 0 "before pruning".
[[nodiscard]] std::string step_title(const Trace& trace, std::size_t behind);

// Which score is which colour, so that all frames of a step can be compared. Attention spans orders of magnitude, so
// the scale is logarithmic where all finite scores are above zero and their quantiles at 2 and 99.5 % are apart by more
// than ten times; scores beyond these quantiles have the colours of the ends.
struct ScoreScale {
  double low = 0, high = 0;  // of the colours
  double min = 0, max = 0;   // of the scores
  bool logarithmic = false;
  [[nodiscard]] double at(double score) const;     // 0..1
  [[nodiscard]] double value(double place) const;  // its inverse, for ticks
};
// nullopt: no finite score.
[[nodiscard]] std::optional<ScoreScale> score_scale(std::span<const float> scores);

enum class HeatmapMode {
  Score,     // by the score of the step before `behind`; what had gone before is dark, what it kept is outlined
  Fate,      // kept is clear, recycled orange, dropped dark
  Clusters,  // merged tokens by colour
};
[[nodiscard]] std::string_view to_string(HeatmapMode mode);

// At opacity 1: how much of a frame tokens cover that are gone, recycled, or shown by score.
constexpr Rgb kGoneColour{10, 12, 16};
constexpr double kGoneCover = 0.92, kRecycledCover = 0.72, kScoreCover = 0.9;

// How one token is painted.
struct TokenPaint {
  Rgb colour;
  double cover = 0;        // 0: the frame shows through, 1: only the colour is seen, at opacity 1
  std::int32_t group = 0;  // neighbours of different groups are parted by a line; -1: gone
};

struct Heatmap {
  HeatmapMode mode = HeatmapMode::Fate;  // Score becomes Fate where the step has no scores
  ColourMap colours = ColourMap::Inferno;
  std::size_t behind = 0;
  VisualLayout layout;
  std::vector<TokenState> states;   // of each of the prompt's visual tokens
  std::vector<TokenPaint> tokens;   // likewise
  std::optional<ScoreScale> scale;  // in mode Score
  std::size_t kept = 0, recycled = 0, dropped = 0,
              merged = 0;  // after the step; merged: tokens that hold recycled ones
};
// Error{Model} as check_layout.
[[nodiscard]] Heatmap make_heatmap(const Trace& trace, std::size_t behind, HeatmapMode mode,
                                   ColourMap colours = ColourMap::Inferno);

// In mode Score, by what one text token (below trace.text_tokens) attends to at the step before `behind`, or at the
// first one for `behind` 0: every token that entered that step has a score. Fate where the step recorded none.
[[nodiscard]] Heatmap make_word_heatmap(const Trace& trace, std::size_t behind, std::size_t word,
                                        ColourMap colours = ColourMap::Inferno);

struct PaintOptions {
  double opacity = 0.75;   // 0..1
  bool lines = true;       // between groups, where tokens are large enough for it
  bool dim_unseen = true;  // what preprocessing cut off
};
// Paints what VisualLayout::shown() has of `frame` (below layout.frames()) over `image`; `window` says where the
// frame's grid lies there. Tokens that are no patches have no place there: core/pictures/sheet.h shows CLS beside.
void paint_heatmap(RgbImage& image, const GridWindow& window, const Heatmap& heatmap, std::size_t frame,
                   const PaintOptions& options = {});

}  // namespace sparsight
