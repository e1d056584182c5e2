#include "core/pruning/registry.h"

#include "core/pruning/around_words.h"

#include <algorithm>

namespace sparsight {
namespace pruned_by {

// In display order; each is defined in a file of strategies/.
#define SPARSIGHT_STRATEGIES(strategy)                                                                                \
  strategy(none) strategy(sparsevlm_first) strategy(sparsevlm_v15) strategy(sparsevlm_plus) strategy(sparsevlm_video) \
      strategy(fastv) strategy(pyramiddrop) strategy(text_image) strategy(dycoke) strategy(prumerge)                  \
          strategy(prumerge_plus) strategy(visionzip) strategy(divprune) strategy(cdpruner) strategy(dart)            \
              strategy(fastvid) strategy(vidcom2) strategy(evs) strategy(pool) strategy(random) strategy(uniform)

#define SPARSIGHT_DECLARE(strategy) StrategyInfo strategy();
SPARSIGHT_STRATEGIES(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE

StrategyInfo none() {
  return {"none", "nothing is pruned", "",
          [](const PruningOptions&, const PruningSetting&) { return std::unique_ptr<PruningStrategy>(); }};
}

}  // namespace pruned_by

std::span<const StrategyInfo> strategies() {
#define SPARSIGHT_MAKE(strategy) pruned_by::strategy(),
  static const std::vector<StrategyInfo> made{SPARSIGHT_STRATEGIES(SPARSIGHT_MAKE)};
#undef SPARSIGHT_MAKE
  return made;
}

std::vector<Knob> knobs() {
  std::vector<Knob> all;
  for (const StrategyInfo& strategy : strategies())
    for (const Knob& knob : strategy.knobs)
      if (std::ranges::find(all, knob.name, &Knob::name) == all.end()) all.push_back(knob);
  return all;
}

namespace {

// Error{Usage} if the model or the clip lacks what a strategy needs.
void check_needs(const StrategyInfo& strategy, const PruningSetting& setting) {
  if ((strategy.needs & kTowerRows) != 0 && setting.tower == TowerTokens::NoCls)
    fail(ErrorKind::Usage, "{}: needs the attention of the tower's CLS token, and this model's tower has none",
         strategy.name);
  if ((strategy.needs & kTowerRows) != 0 && setting.tower == TowerTokens::Made)
    fail(ErrorKind::Usage,
         "{}: needs visual tokens that are rows of the tower, and this model's are pooled or include newlines or words",
         strategy.name);
  if ((strategy.needs & kNewPositions) != 0 && setting.fixed_positions)
    fail(ErrorKind::Usage, "{}: makes merged tokens, which have no place among the positions of this model's patches",
         strategy.name);
  if ((strategy.needs & kGrid) != 0 && setting.layout.empty())
    fail(ErrorKind::Usage, "{}: needs to know where the visual tokens are on the frames", strategy.name);
  if ((strategy.needs & kAlikeFrames) != 0 && !setting.layout.empty() && !setting.layout.tokens_each())
    fail(ErrorKind::Usage, "{}: needs the same number of tokens in every frame, and this clip's frames differ",
         strategy.name);
}

}  // namespace

PruningSetting setting_of(const ModelConfig& config, MediaKind media, const VisualLayout& layout) {
  return {.layers = config.text.layers,
          .visual_tokens = layout.tokens(),
          .layout = layout,
          .tower = config.tower_tokens(media),
          .fixed_positions = config.text.rope.has_sections()};
}

const StrategyInfo* find_strategy(std::string_view name) {
  const auto found = std::ranges::find(strategies(), name, &StrategyInfo::name);
  return found == strategies().end() ? nullptr : &*found;
}

std::unique_ptr<PruningStrategy> make_strategy(const PruningOptions& options, const PruningSetting& setting) {
  const StrategyInfo* found = find_strategy(options.strategy);
  if (found == nullptr) {
    std::string names;
    for (const StrategyInfo& s : strategies()) names += (names.empty() ? "" : ", ") + std::string(s.name);
    fail(ErrorKind::Usage, "pruning \"{}\": expected one of {}", options.strategy, names);
  }
  if (options.budget.everything() || setting.visual_tokens == 0) return nullptr;
  PruningSetting shown = setting;
  if (setting.layout.has_words()) {
    shown.visual_tokens = setting.layout.prunable();
    shown.layout = setting.layout.without_words();
    if (shown.tower == TowerTokens::Rows) shown.tower = TowerTokens::Made;
  }
  check_needs(*found, shown);
  PruningOptions wanted = options;
  if (setting.fixed_positions && found->name != "none") {
    if (options.positions == Positions::Repacked)
      fail(ErrorKind::Usage,
           "{}: expected original positions, since this model's positions say where and when a patch is", found->name);
    wanted.positions = Positions::Original;
  }
  std::unique_ptr<PruningStrategy> made = found->make(wanted, shown);
  return made && setting.layout.has_words() ? around_words(std::move(made), setting.layout) : std::move(made);
}

}  // namespace sparsight
