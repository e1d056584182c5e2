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

// What a strategy is made for.
struct PruningSetting {
  std::size_t layers;             // of the decoder
  std::size_t visual_tokens = 0;  // of the prompt, before anything is pruned
  VisualLayout layout{};
  TowerTokens tower = TowerTokens::Rows;
};
// Of a clip that lies like this.
[[nodiscard]] PruningSetting setting_of(const ModelConfig& config, MediaKind media, const VisualLayout& layout);

// A detail of PruningOptions that only some strategies read. The command line and evaluations know it from here.
struct Knob {
  std::string_view name;  // "rank-tolerance"; strategies that share one call it the same
  std::string_view help;  // for people
  std::variant<bool PruningOptions::*, std::size_t PruningOptions::*, double PruningOptions::*> value;
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  std::string_view instead_of{};  // another knob, beside which it cannot be set
};

// What a strategy needs of a model and a clip.
enum Need : unsigned {
  kTowerRows = 1,    // visual tokens that are rows of a tower with CLS (TowerTokens::Rows)
  kAlikeFrames = 2,  // frames whose grids are alike
};

struct StrategyInfo {
  std::string_view name;
  std::string_view summary;  // a line for people
  std::string_view source;   // paper or repository, and section of the reference
  std::unique_ptr<PruningStrategy> (*make)(const PruningOptions&, const PruningSetting&);
  std::span<const Knob> knobs{};  // that it reads; what it does with other details it says by doing or refusing it
  unsigned needs = 0;             // of Need
  bool merges = false;            // tokens that it prunes become part of others, unless the options say otherwise
};

// In the order in which they are shown; `none` first.
[[nodiscard]] std::span<const StrategyInfo> strategies();
[[nodiscard]] std::vector<Knob> knobs();                                 // of all strategies, each once
[[nodiscard]] const StrategyInfo* find_strategy(std::string_view name);  // nullptr: there is none

// nullptr for `none`, for a budget of everything and where there is nothing to prune. Error{Usage} for a name that is
// not there (it lists those that are), a budget that the strategy does not have, or a model or clip that lacks what it
// needs.
[[nodiscard]] std::unique_ptr<PruningStrategy> make_strategy(const PruningOptions& options,
                                                             const PruningSetting& setting);

}  // namespace sparsight
