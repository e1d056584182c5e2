// Baselines that any strategy must beat: tokens drawn at random by options.seed, and evenly spaced ones. They prune
// after layer 2 of 32, SparseVLM's first, and by default keep 192 tokens, SparseVLM's default.
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <random>

namespace sparsight {
namespace {

constexpr std::array kRandomKnobs{
    Knob{"prune-seed", "random: the same seed keeps the same tokens; 0 by default", &PruningOptions::seed}};

constexpr std::size_t kBaselinesLayer = 2;  // SparseVLM's first pruning layer of 32
constexpr std::size_t kTokens = 192;        // SparseVLM's default setting

class Baseline final : public PruningStrategy {
 public:
  Baseline(bool drawn, const PruningOptions& options, const PruningSetting& setting)
      : drawn_(drawn),
        keep_cls_(options.keep_cls),
        seed_(options.seed),
        positions_(options.positions.value_or(Positions::Repacked)),
        layout_(setting.layout),
        layers_(pruning_layer(options, kBaselinesLayer, setting.layers)),
        count_(options.budget.kind == Budget::Kind::Default ? kTokens : options.budget.tokens(setting.visual_tokens)) {}

  [[nodiscard]] std::vector<std::size_t> layers() const override { return layers_; }
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }
  std::optional<Selection> at_layer(const LayerStep& step) override { return drawn_ ? draw(step) : space(step); }

 private:
  // Draws a number of 24 bits for each token; the largest stay. The generator gives the same numbers on every platform.
  [[nodiscard]] Selection draw(const LayerStep& step) const {
    std::mt19937_64 random(seed_);
    std::vector<float> lots(step.visual.count());
    for (float& lot : lots) lot = static_cast<float>(random() >> 40) * 0x1p-24f;
    return keep_best(std::move(lots), count_, step.ids, layout_, keep_cls_, positions_);
  }

  [[nodiscard]] Selection space(const LayerStep& step) const {
    const std::size_t n = step.visual.count();
    std::vector<std::size_t> first, rest;  // tokens that are taken before the rest
    for (std::size_t i = 0; i < n; ++i)
      (keep_cls_ && layout_.is_cls(static_cast<std::size_t>(step.ids[i])) ? first : rest).push_back(i);
    std::vector<std::size_t> kept;
    for (const auto* group : {&first, &rest})
      for (const std::size_t i : evenly_spaced(std::min(count_ - kept.size(), group->size()), group->size()))
        kept.push_back((*group)[i]);
    std::ranges::sort(kept);
    return Selection::keep(std::move(kept), n, positions_);
  }

  bool drawn_;
  bool keep_cls_;
  std::uint64_t seed_;
  Positions positions_;
  VisualLayout layout_;
  std::vector<std::size_t> layers_;
  std::size_t count_;
};

std::unique_ptr<PruningStrategy> make_random(const PruningOptions& options, const PruningSetting& setting) {
  expect_plain(options, "random");
  return std::make_unique<Baseline>(true, options, setting);
}

std::unique_ptr<PruningStrategy> make_uniform(const PruningOptions& options, const PruningSetting& setting) {
  expect_plain(options, "uniform");
  return std::make_unique<Baseline>(false, options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo random() {
  return {"random", "baseline: 192 tokens drawn by --prune-seed, where SparseVLM first prunes", "", make_random,
          kRandomKnobs};
}

StrategyInfo uniform() {
  return {"uniform", "baseline: 192 evenly spaced tokens, where SparseVLM first prunes", "", make_uniform};
}

}  // namespace pruned_by

}  // namespace sparsight
