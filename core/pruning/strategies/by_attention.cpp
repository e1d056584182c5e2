// FastV and PyramidDrop keep the tokens that the prompt's last row attends to most.
//
// FastV (pkunlp-icler/FastV d165972): after layer K - 1 = 1 of 32, by that layer's attention of the prompt's last row.
//
// PyramidDrop (Cooperx521/PyramidDrop): after the first 8, 16 and 24 layers of 32, that is layers 7, 15 and 23, by the
// next layer's attention of the prompt's last row.
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {
namespace {

struct AttentionPlan {
  std::vector<std::size_t> layers;
  std::vector<std::size_t> counts;  // per step
  PruningStrategy::Attention attention;
  Positions positions;
};

class ByAttention final : public PruningStrategy {
 public:
  ByAttention(AttentionPlan plan, const PruningOptions& options, const PruningSetting& setting)
      : plan_(std::move(plan)), keep_cls_(options.keep_cls), layout_(setting.layout) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override {
    if (prompt.text.count() != 0) rows_ = {prompt.text.count() - 1};
    return std::nullopt;
  }
  [[nodiscard]] std::vector<std::size_t> layers() const override { return plan_.layers; }
  [[nodiscard]] Attention attention() const override { return plan_.attention; }
  [[nodiscard]] std::vector<std::size_t> rows() const override { return rows_; }
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(plan_.positions); }

  std::optional<Selection> at_layer(const LayerStep& step) override {
    if (rows_.empty()) return std::nullopt;
    return keep_best(attention_to_visual(step), plan_.counts[step.step], step.ids, layout_, keep_cls_, plan_.positions);
  }

 private:
  AttentionPlan plan_;
  bool keep_cls_;
  VisualLayout layout_;
  std::vector<std::size_t> rows_;
};

bool has_budget(const PruningOptions& options) { return options.budget.kind != Budget::Kind::Default; }

std::vector<std::size_t> budget_counts(const PruningOptions& options, const PruningSetting& setting,
                                       std::span<const std::size_t> shape, std::span<const std::size_t> layers) {
  return outputs_for(static_cast<double>(options.budget.tokens(setting.visual_tokens)), shape,
                     layer_spans(layers, setting.layers), setting.visual_tokens);
}

std::unique_ptr<PruningStrategy> make_fastv(const PruningOptions& options, const PruningSetting& setting) {
  constexpr std::size_t kLayer = 1;  // K - 1
  constexpr double kPruned = 0.5;    // R
  constexpr std::array<std::size_t, 1> kFlat{1};
  expect_plain(options, "fastv");
  AttentionPlan plan{.layers = pruning_layer(options, kLayer, setting.layers),
                     .counts = {},
                     .attention = PruningStrategy::Attention::ThisLayer,
                     .positions = options.positions.value_or(Positions::Original)};
  // Python's round: halves go to the even number.
  const double half = std::nearbyint(static_cast<double>(setting.visual_tokens) * (1 - kPruned));
  plan.counts = has_budget(options)
                    ? budget_counts(options, setting, kFlat, plan.layers)
                    : std::vector<std::size_t>{std::max<std::size_t>(1, static_cast<std::size_t>(half))};
  return std::make_unique<ByAttention>(std::move(plan), options, setting);
}

std::unique_ptr<PruningStrategy> make_pyramiddrop(const PruningOptions& options, const PruningSetting& setting) {
  constexpr std::array<std::size_t, 3> kLayer{7, 15, 23};
  constexpr std::array<std::size_t, 3> kShape{4, 2, 1};  // eighths of all visual tokens
  expect_plain(options, "pyramiddrop");
  AttentionPlan plan{.layers = pruning_layers(options, kLayer, setting.layers),
                     .counts = {},
                     .attention = PruningStrategy::Attention::NextLayer,
                     .positions = options.positions.value_or(Positions::Repacked)};
  if (!plan.layers.empty() && plan.layers.back() + 1 >= setting.layers)
    fail(ErrorKind::Usage, "pyramiddrop: expected pruning layers below {}, since the next layer scores; found {}",
         setting.layers - 1, plan.layers.back());
  if (has_budget(options)) {
    plan.counts = budget_counts(options, setting, kShape, plan.layers);
  } else {
    for (std::size_t s = 0; s < plan.layers.size(); ++s)
      plan.counts.push_back(
          std::max<std::size_t>(1, setting.visual_tokens * kShape[std::min(s, kShape.size() - 1)] / 8));
  }
  return std::make_unique<ByAttention>(std::move(plan), options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo fastv() {
  return {"fastv", "FastV: half of the tokens after layer 1, by the last row's attention",
          "arXiv 2403.06764; pkunlp-icler/FastV d165972", make_fastv};
}

StrategyInfo pyramiddrop() {
  return {"pyramiddrop", "PyramidDrop: a half, a quarter, an eighth, by the next layer's attention",
          "arXiv 2410.17247; Cooperx521/PyramidDrop", make_pyramiddrop};
}

}  // namespace pruned_by

}  // namespace sparsight
