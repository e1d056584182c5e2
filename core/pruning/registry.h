// The strategies by name.
#pragma once

#include "core/pruning/options.h"
#include "core/pruning/strategy.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

// What a strategy is made for.
struct PruningSetting {
  std::size_t layers;         // of the decoder
  std::size_t visual_tokens;  // of the prompt, before anything is pruned
  VisualLayout layout;
};

// Details of PruningOptions that only some strategies read. (What the others do with the rest, they do or refuse.)
enum Detail : unsigned {
  kRaters = 1,        // rater_at_mean, rank_tolerance
  kScoringHeads = 2,  // scoring_heads, scoring_head_share
  kSeed = 4,          // seed
};

struct StrategyInfo {
  std::string_view name;
  std::string_view summary;  // a line for people
  std::string_view source;   // paper or repository, and section of the reference
  std::unique_ptr<PruningStrategy> (*make)(const PruningOptions&, const PruningSetting&);
  unsigned reads = 0;   // of Detail
  bool merges = false;  // tokens that it prunes become part of others, unless the options say otherwise
};

// In the order in which they are shown; `none` first.
[[nodiscard]] std::span<const StrategyInfo> strategies();
[[nodiscard]] const StrategyInfo* find_strategy(std::string_view name);  // nullptr: there is none

// nullptr for `none`, for a budget of everything and where there is nothing to prune. Error{Usage} for a name that is
// not there (it lists those that are) or a budget that the strategy does not have.
[[nodiscard]] std::unique_ptr<PruningStrategy> make_strategy(const PruningOptions& options,
                                                             const PruningSetting& setting);

}  // namespace sparsight
