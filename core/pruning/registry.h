// The strategies by name.
#pragma once

#include "core/model/config.h"
#include "core/pruning/options.h"
#include "core/pruning/strategy.h"

#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sparsight {

// What a strategy is made for: a decoder and a prompt.
struct PruningSetting {
  std::size_t layers;             // of the decoder
  std::size_t visual_tokens = 0;  // of the prompt, before anything is pruned, words among them
  VisualLayout layout{};
  TowerTokens tower = TowerTokens::Rows;
  // A position says where and when a patch is (M-RoPE), so that survivors keep theirs and are never numbered anew.
  bool fixed_positions = false;
};
// For a clip whose tokens are laid out as `layout` says.
[[nodiscard]] PruningSetting setting_of(const ModelConfig& config, MediaKind media, const VisualLayout& layout);

// A detail of PruningOptions that only some strategies read. The command line and evaluations list these.
struct Knob {
  std::string_view name;  // "rank-tolerance"; strategies that share one use the same name
  std::string_view help;  // for users
  std::variant<bool PruningOptions::*, std::size_t PruningOptions::*, double PruningOptions::*> value;
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  std::string_view instead_of{};  // another knob that cannot be set together with this one
};

// What a strategy needs from a model and a clip.
enum Need : unsigned {
  kTowerRows = 1,     // visual tokens that are rows of a tower with CLS (TowerTokens::Rows)
  kAlikeFrames = 2,   // frames with equal grids
  kGrid = 4,          // a layout that says where patches are
  kNewPositions = 8,  // positions that can be numbered anew, since its merged tokens have none
};

struct StrategyInfo {
  std::string_view name;
  std::string_view summary;  // one line for users (`sparsight-cli info --strategies`)
  std::string_view source;   // paper or repository, and its revision
  std::unique_ptr<PruningStrategy> (*make)(const PruningOptions&, const PruningSetting&);
  std::span<const Knob> knobs{};  // those that it reads; it handles or refuses the other details itself
  unsigned needs = 0;             // flags of Need
  bool merges = false;            // it merges pruned tokens into others, unless the options say otherwise
};

// In display order; `none` first.
[[nodiscard]] std::span<const StrategyInfo> strategies();
[[nodiscard]] std::vector<Knob> knobs();                                 // of all strategies, without repeats
[[nodiscard]] const StrategyInfo* find_strategy(std::string_view name);  // nullptr: no such strategy

// nullptr for `none`, for a budget of everything, and where there is nothing to prune. Error{Usage} for an unknown name
// (the message lists the known ones), a budget that the strategy does not support, or a model or clip that lacks what
// it needs. If the layout has words, the strategy does not see them (core/pruning/around_words.h), and a share of the
// visual tokens does not count them.
[[nodiscard]] std::unique_ptr<PruningStrategy> make_strategy(const PruningOptions& options,
                                                             const PruningSetting& setting);

}  // namespace sparsight
