// SparseVLM (arXiv 2410.04417), deciding exactly as the published code does. docs/pruning.md describes the four
// variants, and what was decided for models whose positions are fixed.
#include "core/pruning/clustering.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"
#include "core/pruning/strategies/parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace sparsight {
namespace {

constexpr std::array kPlusKnobs{
    Knob{"rater-at-mean", "SparseVLM: a text token whose relevance equals the mean also counts as a rater",
         &PruningOptions::rater_at_mean},
    Knob{"rank-tolerance", "SparseVLM: tolerance of the rank, as a multiple of float32's own",
         &PruningOptions::rank_tolerance, 0, 1e6},
    Knob{"scoring-heads", "sparsevlm-plus: number of heads that score", &PruningOptions::scoring_heads, 1, 1 << 16},
    Knob{"scoring-head-share", "The same as a share of the heads, up to 1", &PruningOptions::scoring_head_share, 0.0001,
         1, "scoring-heads"}};
constexpr std::span<const Knob> kRaterKnobs = std::span<const Knob>(kPlusKnobs).first(2);

// How many tokens a step keeps.
enum class KeepRule {
  List,        // `counts`, at most all but one
  RankScaled,  // min(int(rank * scale + bias), n - 1); not pruned where n == rank
  Rank,        // int(rank); not pruned where n <= rank
  Outputs,     // kept and merged together as in `counts`; not pruned where n is no more than that
};

struct Variant {
  std::vector<std::size_t> layers{};
  KeepRule rule = KeepRule::List;
  std::vector<std::size_t> counts{};  // per step
  double scale = 1, bias = 0;
  Recycle recycle = Recycle::Mean;
  Positions positions = Positions::Repacked;
  bool fixed_positions = false;  // merged tokens take the place of the one at their centre; no gravity
  bool gravity = false;          // divide scores by RoPE's own bias; the heads that attend to the picture most score
};

struct Published {
  std::size_t setting;
  std::array<std::size_t, 3> counts;
};
constexpr std::array kV15{Published{192, {300, 200, 110}}, Published{128, {303, 110, 36}}, Published{96, {238, 48, 26}},
                          Published{64, {66, 30, 17}}};
constexpr std::array kPlus{Published{192, {300, 200, 118}}, Published{128, {238, 108, 60}},
                           Published{96, {246, 54, 28}}, Published{64, {66, 34, 20}}};
constexpr std::array<std::size_t, 3> kLayers{2, 6, 15};
constexpr std::array<std::size_t, 4> kFirstLayers{2, 6, 15, 19};
constexpr std::array<std::size_t, 1> kVideoLayers{1};

const Published& published(std::span<const Published> settings, const Budget& budget, const std::string& strategy) {
  const std::size_t wanted = budget.kind == Budget::Kind::Published ? static_cast<std::size_t>(budget.value) : 192;
  for (const Published& p : settings)
    if (p.setting == wanted) return p;
  fail(ErrorKind::Usage, "{}: published settings are 192, 128, 96 and 64, found {}", strategy, wanted);
}

// RoPE(1) RoPE(1)^T / sqrt(d), which is what rotary positions alone add to a score: 2 / sqrt(d) * sum_j cos((a - b)
// f_j), from the decoder's cosines and sines in float32. It can be near zero or negative; the published code divides
// scores by it all the same, so its rounding matters.
class Gravity {
 public:
  Gravity(std::span<const std::int32_t> positions, std::span<const float> inv_freq) : half_(inv_freq.size()) {
    for (const std::int32_t position : positions) {
      for (const float f : inv_freq) {
        const float angle = static_cast<float>(position) * f;
        cos_.push_back(static_cast<double>(std::cos(angle)));
        sin_.push_back(static_cast<double>(std::sin(angle)));
      }
    }
  }

  // Between position i of these and position j of `other`.
  [[nodiscard]] double operator()(std::size_t i, const Gravity& other, std::size_t j) const {
    double sum = 0;
    for (std::size_t k = 0; k < half_; ++k)
      sum += cos_[i * half_ + k] * other.cos_[j * half_ + k] + sin_[i * half_ + k] * other.sin_[j * half_ + k];
    return 2 * sum / std::sqrt(2.0 * static_cast<double>(half_));
  }

 private:
  std::size_t half_;
  std::vector<double> cos_, sin_;
};

class SparseVlm final : public PruningStrategy {
 public:
  SparseVlm(Variant variant, const PruningOptions& options, const PruningSetting& setting)
      : variant_(std::move(variant)), options_(options), layout_(setting.layout) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override {
    relevance_ = text_relevance(prompt.visual, prompt.text);
    raters_ = choose_raters(relevance_, options_.rater_at_mean);
    return std::nullopt;
  }
  [[nodiscard]] std::vector<std::size_t> layers() const override { return variant_.layers; }
  [[nodiscard]] std::vector<std::size_t> rows() const override { return raters_; }
  [[nodiscard]] std::vector<float> rater_weights() const override { return relevance_; }
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(variant_.positions); }

  std::optional<Selection> at_layer(const LayerStep& step) override;

 private:
  [[nodiscard]] bool follows_rank() const {
    return variant_.rule == KeepRule::RankScaled || variant_.rule == KeepRule::Rank;
  }
  [[nodiscard]] HostTensor raters_attention(const LayerStep& step) const;
  [[nodiscard]] std::vector<std::size_t> scoring_heads(const LayerStep& step, const HostTensor& attention) const;
  [[nodiscard]] std::optional<std::size_t> keep_count(std::size_t step, std::size_t n, std::size_t rank,
                                                      std::size_t& clusters) const;
  // Returns the tokens at the centres of the merged ones.
  std::vector<std::size_t> recycle(const LayerStep& step, Selection& selection, RecycleCount count) const;

  Variant variant_;
  PruningOptions options_;
  VisualLayout layout_;
  std::vector<float> relevance_;
  std::vector<std::size_t> raters_;
};

// [heads, raters, visual]: the visual columns of the scores, divided by gravity for v2.
HostTensor SparseVlm::raters_attention(const LayerStep& step) const {
  const std::size_t heads = step.scores.shape()[0], raters = step.scores.shape()[1], keys = step.scores.shape()[2];
  const std::size_t n = step.visual.count();
  HostTensor out(Shape{heads, raters, n});
  const bool gravity = variant_.gravity && !variant_.fixed_positions;
  const auto inv_freq = gravity ? step.inv_freq : std::span<const float>{};
  const Gravity of_raters(step.row_positions, inv_freq), of_visual(step.visual_positions, inv_freq);
  for (std::size_t r = 0; r < raters; ++r) {
    for (std::size_t j = 0; j < n; ++j) {
      const double pull = gravity ? of_raters(r, of_visual, j) : 1.0;
      for (std::size_t h = 0; h < heads; ++h) {
        const float a = step.scores.f32()[(h * raters + r) * keys + step.visual_begin + j];
        out.f32()[(h * raters + r) * n + j] = gravity ? static_cast<float>(static_cast<double>(a) / pull) : a;
      }
    }
  }
  return out;
}

std::vector<std::size_t> SparseVlm::scoring_heads(const LayerStep& step, const HostTensor& attention) const {
  const std::size_t heads = attention.shape()[0];
  std::vector<std::size_t> all(heads);
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (!variant_.gravity) return all;
  std::size_t wanted = options_.scoring_heads;
  if (options_.scoring_head_share > 0)
    wanted = static_cast<std::size_t>(std::round(options_.scoring_head_share * static_cast<double>(heads)));
  wanted = std::clamp<std::size_t>(wanted, 1, heads);
  const std::size_t each = attention.shape()[1] * step.visual.count();
  std::vector<float> sums(heads);
  for (std::size_t h = 0; h < heads; ++h) {
    double sum = 0;
    for (std::size_t i = 0; i < each; ++i) sum += static_cast<double>(attention.f32()[h * each + i]);
    sums[h] = static_cast<float>(sum);
  }
  return top_k(sums, wanted);
}

// nullopt: nothing is pruned at this step. Lowers `clusters` if the budget has no room for as many.
std::optional<std::size_t> SparseVlm::keep_count(std::size_t step, std::size_t n, std::size_t rank,
                                                 std::size_t& clusters) const {
  const auto scaled = static_cast<std::size_t>(static_cast<double>(rank) * variant_.scale + variant_.bias);
  switch (variant_.rule) {
    case KeepRule::List: {
      if (n < 2) return std::nullopt;
      return std::min(variant_.counts[std::min(step, variant_.counts.size() - 1)], n - 1);
    }
    case KeepRule::RankScaled:
      if (n == rank || n < 2) return std::nullopt;
      return std::clamp<std::size_t>(scaled, 1, n - 1);
    case KeepRule::Rank:
      if (n <= rank || n < 2) return std::nullopt;
      return std::max<std::size_t>(rank, 1);
    case KeepRule::Outputs: {
      const std::size_t outputs = variant_.counts[step];
      if (outputs >= n) return std::nullopt;
      if (variant_.recycle == Recycle::Off) return outputs;
      // At least half of a small budget goes to tokens that are kept.
      clusters = outputs / 2;
      for (std::size_t kept = outputs; kept > outputs - clusters; --kept) {
        const std::size_t needed = recycle_count(n - kept).clusters;
        if (kept + needed > outputs) continue;
        clusters = outputs - kept;
        return kept;
      }
      return outputs - clusters;
    }
  }
  return std::nullopt;
}

// Each merged output goes on in the place of a token, as if that token were kept.
Selection in_places(Selection merged, std::span<const std::size_t> places) {
  std::vector<std::pair<std::size_t, std::size_t>> by_place;  // token, output
  for (std::size_t o = 0; o < merged.outputs(); ++o)
    by_place.emplace_back(o < merged.kept.size() ? merged.kept[o] : places[o - merged.kept.size()], o);
  std::ranges::sort(by_place);
  std::vector<std::int32_t> renamed(by_place.size());
  Selection out = merged;
  out.kept.clear();
  out.sums.clear();
  for (const auto& [token, output] : by_place) {
    renamed[output] = static_cast<std::int32_t>(out.kept.size());
    out.kept.push_back(token);
    out.sums.push_back(std::move(merged.sums[output]));
  }
  for (std::int32_t& into : out.into)
    if (into != Selection::kDropped) into = renamed[static_cast<std::size_t>(into)];
  return out;
}

std::vector<std::size_t> SparseVlm::recycle(const LayerStep& step, Selection& selection, RecycleCount count) const {
  const std::size_t kept = selection.kept.size();
  std::vector<float> left = selection.scores;
  for (const std::size_t i : selection.kept) left[i] = -std::numeric_limits<float>::infinity();
  // By descending score, the order that decides between clusters of equal rank.
  std::vector<std::size_t> recycled = top_k(left, count.tokens);
  std::ranges::stable_sort(recycled, std::greater(), [&](std::size_t i) { return left[i]; });
  const Clusters clusters = cluster(step.visual.gather(recycled), count.clusters, count.clusters);
  for (std::size_t i = 0; i < recycled.size(); ++i)
    selection.into[recycled[i]] = static_cast<std::int32_t>(kept + clusters.of[i]);
  for (const std::size_t token : selection.kept) selection.sums.push_back({{token, 1.0}});
  for (std::vector<WeightedRow>& mean : cluster_means(clusters)) {
    const double factor = variant_.recycle == Recycle::Sum ? static_cast<double>(mean.size()) : 1.0;
    for (WeightedRow& part : mean) part = {recycled[part.row], part.weight * factor};
    selection.sums.push_back(std::move(mean));
  }
  std::vector<std::size_t> centres;
  for (const std::size_t centre : clusters.centres) centres.push_back(recycled[centre]);
  return centres;
}

std::optional<Selection> SparseVlm::at_layer(const LayerStep& step) {
  const std::size_t n = step.visual.count();
  if (n == 0) return std::nullopt;
  const HostTensor attention = raters_attention(step);
  const std::size_t raters = attention.shape()[1];
  const std::vector<std::size_t> heads = scoring_heads(step, attention);
  HostTensor mean = HostTensor::zeros(Shape{raters, n});  // P, mean over heads
  for (const std::size_t h : heads)
    for (std::size_t i = 0; i < raters * n; ++i) mean.f32()[i] += attention.f32()[h * raters * n + i];
  for (std::size_t i = 0; i < raters * n; ++i) mean.f32()[i] /= static_cast<float>(heads.size());

  std::vector<float> scores(n, 0.0f);
  for (std::size_t r = 0; r < raters; ++r)
    for (std::size_t j = 0; j < n; ++j) scores[j] += mean.row(r)[j];
  for (float& score : scores) score /= static_cast<float>(raters);
  check_attention(scores, step.layer);

  std::optional<std::size_t> rank;
  if (step.wants_rank || follows_rank())
    rank = matrix_rank(step.visual.borrow(mean), options_.rank_tolerance, step.stop);
  std::size_t clusters = std::numeric_limits<std::size_t>::max();
  const auto keep = keep_count(step.step, n, rank.value_or(0), clusters);
  const std::size_t kept = keep.value_or(n);

  const std::vector<float> ranked = options_.keep_cls ? cls_first(scores, step.ids, layout_) : scores;
  Selection selection = Selection::keep(top_k(ranked, kept), n, variant_.positions);
  selection.scores = std::move(scores);
  selection.rank = rank;
  if (variant_.recycle != Recycle::Off && kept < n) {
    RecycleCount count = recycle_count(n - kept);
    count.clusters = std::min(count.clusters, clusters);
    if (count.clusters > 0) {
      const std::vector<std::size_t> centres = recycle(step, selection, count);
      if (variant_.fixed_positions) selection = in_places(std::move(selection), centres);
    }
  }
  return selection;
}

std::unique_ptr<PruningStrategy> finish(Variant variant, std::span<const std::size_t> layers_of_32,
                                        std::span<const std::size_t> shape, const PruningOptions& options,
                                        const PruningSetting& setting) {
  variant.layers = pruning_layers(options, layers_of_32, setting.layers);
  if (options.recycle) variant.recycle = *options.recycle;
  if (options.positions) variant.positions = *options.positions;
  variant.fixed_positions = setting.fixed_positions;
  if (variant.positions == Positions::Original && variant.recycle != Recycle::Off && !variant.fixed_positions)
    fail(ErrorKind::Usage,
         "{}: expected repacked positions or no recycling, since merged tokens have no original position",
         options.strategy);
  const Budget& budget = options.budget;
  if (budget.kind == Budget::Kind::Rank) {
    variant.rule = KeepRule::RankScaled;
    variant.scale = budget.value;
    variant.bias = budget.bias;
  } else if (budget.kind == Budget::Kind::List) {
    variant.rule = KeepRule::List;
    variant.counts = budget.counts;
  } else if (budget.kind == Budget::Kind::Count || budget.kind == Budget::Kind::Share) {
    variant.rule = KeepRule::Outputs;
    variant.counts = outputs_for(static_cast<double>(budget.tokens(setting.visual_tokens)), shape,
                                 layer_spans(variant.layers, setting.layers), setting.visual_tokens);
  }
  return std::make_unique<SparseVlm>(std::move(variant), options, setting);
}

}  // namespace

std::vector<float> text_relevance(const States& visual, const States& text) {
  const std::size_t n = visual.count(), m = text.count();
  const HostRead products = visual.products(text);
  std::vector<double> sums(m, 0.0);
  std::vector<double> row(m);
  for (std::size_t i = 0; i < n; ++i) {
    const auto p = products.row(i);
    const float max = *std::max_element(p.begin(), p.end());
    double total = 0;
    for (std::size_t j = 0; j < m; ++j) total += row[j] = std::exp(static_cast<double>(p[j] - max));
    for (std::size_t j = 0; j < m; ++j) sums[j] += row[j] / total;
  }
  std::vector<float> relevance(m);
  for (std::size_t j = 0; j < m; ++j) relevance[j] = static_cast<float>(sums[j] / static_cast<double>(n));
  return relevance;
}

std::vector<std::size_t> choose_raters(std::span<const float> relevance, bool at_mean) {
  const double mean = std::accumulate(relevance.begin(), relevance.end(), 0.0) / static_cast<double>(relevance.size());
  std::vector<std::size_t> raters;
  for (std::size_t i = 0; i < relevance.size(); ++i)
    if (relevance[i] > static_cast<float>(mean) || (at_mean && relevance[i] == static_cast<float>(mean)))
      raters.push_back(i);
  if (raters.empty()) {
    raters.resize(relevance.size());
    std::iota(raters.begin(), raters.end(), std::size_t{0});
  }
  return raters;
}

RecycleCount recycle_count(std::size_t pruned) {
  const std::size_t tokens = std::min(pruned, static_cast<std::size_t>(0.3 * static_cast<double>(pruned)) + 1);
  return {tokens, tokens / 10 + 1};
}

namespace {

std::unique_ptr<PruningStrategy> make_sparsevlm_first(const PruningOptions& options, const PruningSetting& setting) {
  Variant variant{.rule = KeepRule::RankScaled};
  const double wanted = options.budget.kind == Budget::Kind::Published ? options.budget.value : 192;
  if (wanted == 192)
    variant.scale = 13.5;
  else if (wanted == 128)
    variant.scale = 9, variant.bias = 6;
  else if (wanted == 64)
    variant.scale = 0.8;
  else
    fail(ErrorKind::Usage, "sparsevlm-first: published settings are 192, 128 and 64, found {}", wanted);
  return finish(std::move(variant), kFirstLayers, kV15[0].counts, options, setting);
}

std::unique_ptr<PruningStrategy> make_sparsevlm_v15(const PruningOptions& options, const PruningSetting& setting) {
  const Published& p = published(kV15, options.budget, "sparsevlm-v1.5");
  return finish({.counts = {p.counts.begin(), p.counts.end()}}, kLayers, kV15[0].counts, options, setting);
}

std::unique_ptr<PruningStrategy> make_sparsevlm_plus(const PruningOptions& options, const PruningSetting& setting) {
  const Published& p = published(kPlus, options.budget, "sparsevlm-plus");
  return finish({.counts = {p.counts.begin(), p.counts.end()},
                 .recycle = Recycle::Off,
                 .positions = Positions::Original,
                 .gravity = true},
                kLayers, kPlus[0].counts, options, setting);
}

std::unique_ptr<PruningStrategy> make_sparsevlm_video(const PruningOptions& options, const PruningSetting& setting) {
  if (options.budget.kind == Budget::Kind::Published)
    fail(ErrorKind::Usage, "sparsevlm-video: expected no published setting, it keeps as many tokens as the rank");
  constexpr std::array<std::size_t, 1> kFlat{1};
  return finish({.rule = KeepRule::Rank}, kVideoLayers, kFlat, options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo sparsevlm_first() {
  return {"sparsevlm-first",
          "SparseVLM, first release: as many as the rank says, the rest recycled",
          "arXiv 2410.04417; Gumpest/SparseVLMs 91fb6d9",
          make_sparsevlm_first,
          kRaterKnobs,
          0,
          true};
}

StrategyInfo sparsevlm_v15() {
  return {"sparsevlm-v1.5",
          "SparseVLM v1.5: fixed counts at three layers, the rest recycled",
          "Gumpest/SparseVLMs, tag v1.5",
          make_sparsevlm_v15,
          kRaterKnobs,
          0,
          true};
}

StrategyInfo sparsevlm_plus() {
  return {"sparsevlm-plus", "SparseVLM+ (v2): scores free of RoPE's bias, original positions, no recycling",
          "Gumpest/SparseVLMs, tag v2.0", make_sparsevlm_plus, kPlusKnobs};
}

StrategyInfo sparsevlm_video() {
  return {"sparsevlm-video",
          "SparseVLM for video: once, after layer 1; keeps as many as the rank",
          "Gumpest/SparseVLMs, branch video",
          make_sparsevlm_video,
          kRaterKnobs,
          0,
          true};
}

}  // namespace pruned_by

}  // namespace sparsight
