// What a user may set about pruning, as data: strategy, budget, layers and details of the algorithms.
#pragma once

#include "core/pruning/strategy.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// How many visual tokens stay. Written as
//   ""               the strategy's own default
//   "published:192"  a setting as published (docs/pruning.md, "Budgets")
//   "194"            visual tokens (kept and merged), averaged over the layers after the first pruning; for a strategy
//                    that prunes before the decoder, the tokens that enter it
//   "9.4%"           the same as a share of the visual tokens; 100% prunes nothing
//   "rank*13.5+6"    rank of the raters' attention, scaled; also "rank" and "rank*9"
//   "300/200/110"    tokens kept after each pruning layer, merged ones not counted: SparseVLM's own form
struct Budget {
  enum class Kind { Default, Published, Count, Share, Rank, List };
  Kind kind = Kind::Default;
  double value = 0;                   // setting, count, share in (0, 1], or scale
  double bias = 0;                    // Rank only
  std::vector<std::size_t> counts{};  // List only: one per step, the last one for all further steps

  [[nodiscard]] bool everything() const { return kind == Kind::Share && value >= 1.0; }
  // For a count or a share: how many of `visual` tokens, at least 1 and at most all.
  [[nodiscard]] std::size_t tokens(std::size_t visual) const;
};

// Reads `text` into `to` and returns "", or returns what was expected, with the limits.
[[nodiscard]] std::string read_budget(std::string_view text, Budget& to);
// Error{Usage} says what was expected.
[[nodiscard]] Budget parse_budget(std::string_view text);
[[nodiscard]] std::string to_string(const Budget& budget);  // as parse_budget reads it
// A budget as users see it: "default" where none is set.
[[nodiscard]] inline std::string shown_budget(const std::string& text) { return text.empty() ? "default" : text; }

enum class Recycle { Mean, Sum, Off };

struct PruningOptions {
  std::string strategy = "none";
  Budget budget{};
  std::vector<std::size_t> layers{};  // empty: the published ones, scaled to the decoder's depth

  // Details. Empty: as the strategy was published.
  std::optional<Recycle> recycle{};
  std::optional<Positions> positions{};
  bool rater_at_mean = false;       // a text token of exactly the mean relevance is a rater too
  double rank_tolerance = 1.0;      // times max(m, n) * 2^-23 * sigma_max
  std::size_t scoring_heads = 14;   // sparsevlm-plus: how many heads score; all if there are fewer
  double scoring_head_share = 0.0;  // the same as a share of the heads; 0: the count above
  bool keep_cls = false;            // CLS tokens are kept before all others
  std::uint64_t seed = 0;           // random: decides which tokens are drawn
  bool like_question = false;       // cdpruner: tokens most like the question weigh most, not those least like it
  double dart_reduction = 0.778;   // dart: share of the tokens that is dropped, unless `dart_tokens` says how many stay
  std::size_t dart_tokens = 0;     // dart: how many stay besides the visual pivots; 0: as the share says
  std::size_t visual_pivots = 4;   // dart
  std::size_t text_pivots = 4;     // dart
  double dycoke_merged = 0.7;      // dycoke: share of a frame that repeats another, k
  double dycoke_unattended = 0.8;  // dycoke: share of the visual keys that a decode step leaves out, p
  double vidcom2_retention = 0.25;  // vidcom2: share of the tokens that stays, R
  double evs_rate = 0.75;           // evs: share of the tokens that is dropped, q
  std::size_t pool_stride = 2;      // pool: side of a window
  bool pool_bilinear = false;       // pool: interpolates instead of averaging
};

// The published layers, which are those of a decoder of 32, scaled to one of `layers`: max(1, round(l * layers / 32)),
// raised where needed to increase strictly; those beyond layers - 2 are dropped.
[[nodiscard]] std::vector<std::size_t> scale_layers(std::span<const std::size_t> published, std::size_t layers);

// The layers asked for, or the published ones, scaled. Error{Usage}: not ascending, or beyond the decoder.
[[nodiscard]] std::vector<std::size_t> pruning_layers(const PruningOptions& options,
                                                      std::span<const std::size_t> published, std::size_t layers);
// The same for a strategy that prunes after one layer: empty where the decoder is too shallow for the published one.
// Error{Usage} also for more than one.
[[nodiscard]] std::vector<std::size_t> pruning_layer(const PruningOptions& options, std::size_t published,
                                                     std::size_t layers);

// Output tokens for each step. Their mean over `spans` (layers after each step) is `mean`; they fall as `shape` does
// (its last value serves all further steps) and are at most `most`: what a step cannot hold goes to later ones.
[[nodiscard]] std::vector<std::size_t> outputs_for(double mean, std::span<const std::size_t> shape,
                                                   std::span<const std::size_t> spans, std::size_t most);
// Layers between each of `layers` and the next one, or the end of a decoder of `depth`.
[[nodiscard]] std::vector<std::size_t> layer_spans(std::span<const std::size_t> layers, std::size_t depth);

// Error{Usage} for recycling, or a budget other than the default, a count or a share: `strategy` supports neither.
void expect_plain(const PruningOptions& options, std::string_view strategy);

}  // namespace sparsight
