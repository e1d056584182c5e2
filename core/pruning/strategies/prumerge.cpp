// LLaVA-PruMerge and PruMerge+ (arXiv 2403.15388; 42Shawn/LLaVA-PruMerge 097c041): in the tower, frame
// by frame.
//
// Attention is that of the tower's last layer without splitting heads, softmax(q k^T / sqrt(width)), its CLS row over
// the N patches. The ratio is the share of patches above Q3 + 1.5 IQR; the int(N * ratio) patches with most attention
// stay. Each of them absorbs its 32 nearest by cosine of keys, kept or not: x_i += sum a_j x_j. One more token, the sum
// of a_j x_j over all that did not stay, follows them. PruMerge+ also keeps the patches 0, s, 2s, ... below N - 1, with
// s = max(1, int(1 / ratio) / 3); without an outlier it uses a ratio of 1 / N there.
//
// As in the published code, CLS itself does not go on unless `keep_cls` says so. Kept patches stay in the order of the
// frame (in the published code, in the order of topk).
//
// A count or a share is met exactly, as long as there are patches: it is spread over the frames and determines the
// ratio instead of the outliers. PruMerge+ takes the largest ratio k / N whose patches fit, and fills up by attention.
// A frame that gets one token becomes the sum alone; a frame that gets none is dropped.
//
// If several kept tokens absorbed a token, `into` names the one whose key is nearest; a token that none absorbed went
// into the sum. If all were absorbed, `into` names the sum for the one that is least near to any.
#include "core/pruning/before_decoder.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sparsight {
namespace {

constexpr std::size_t kNeighbours = 32;

// Linear percentile of sorted values, as numpy's.
double percentile(const std::vector<float>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double low = static_cast<double>(sorted[below]), high = static_cast<double>(sorted[above]);
  return low + (high - low) * (at - static_cast<double>(below));
}

// Share of values above Q3 + 1.5 IQR.
double outlier_share(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double q1 = percentile(sorted, 0.25), q3 = percentile(sorted, 0.75);
  const double bound = q3 + 1.5 * (q3 - q1);
  const auto count = std::ranges::count_if(values, [&](float value) { return static_cast<double>(value) > bound; });
  return static_cast<double>(count) / static_cast<double>(values.size());
}

class PruMerge final : public PruningStrategy {
 public:
  PruMerge(bool plus, std::optional<std::size_t> budget, bool keep_cls)
      : plus_(plus), budget_(budget), keep_cls_(keep_cls) {}

  [[nodiscard]] TowerRequest tower_request() const override { return {.layer_from_end = 1}; }
  std::optional<Selection> tower(const TowerView& view) override;

 private:
  [[nodiscard]] std::vector<std::size_t> choose(std::span<const float> attention,
                                                std::optional<std::size_t> outputs) const;
  [[nodiscard]] std::vector<std::size_t> spaced(std::size_t patches, double ratio) const;

  bool plus_;
  std::optional<std::size_t> budget_;
  bool keep_cls_;
};

// softmax(q k^T / sqrt(width)) of one frame's CLS row: [tokens].
std::vector<float> whole_attention(const TowerView& view, std::size_t first_row) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t j = 0; j < view.tower_tokens(); ++j) pairs.emplace_back(first_row, first_row + j);
  std::vector<double> values = view.queries.dots(view.keys, pairs);
  for (double& value : values) value /= std::sqrt(static_cast<double>(view.keys.width()));
  const double max = *std::max_element(values.begin(), values.end());
  double total = 0;
  for (double& value : values) total += value = std::exp(value - max);
  std::vector<float> out;
  for (const double value : values) out.push_back(static_cast<float>(value / total));
  return out;
}

std::vector<std::size_t> PruMerge::spaced(std::size_t patches, double ratio) const {
  std::vector<std::size_t> out;
  if (!plus_) return out;
  const auto step = static_cast<std::size_t>(1.0 / std::max(ratio, 1.0 / static_cast<double>(patches)));
  for (std::size_t i = 0; i + 1 < patches; i += std::max<std::size_t>(1, step / 3)) out.push_back(i);
  return out;
}

// Patches that stay, ascending. `outputs`, at least 1: how many tokens to return, with the sum of the others.
std::vector<std::size_t> PruMerge::choose(std::span<const float> attention, std::optional<std::size_t> outputs) const {
  const std::size_t n = attention.size();
  std::vector<char> stays(n);
  const auto take = [&](std::size_t most, double ratio) {
    stays.assign(n, 0);
    for (const std::size_t i : top_k(attention, std::min(most, n))) stays[i] = 1;
    for (const std::size_t i : spaced(n, ratio)) stays[i] = 1;
    return static_cast<std::size_t>(std::ranges::count(stays, 1));
  };
  if (!outputs) {
    const double ratio = outlier_share(attention);
    take(static_cast<std::size_t>(static_cast<double>(n) * ratio), ratio);
  } else {
    const std::size_t wanted = *outputs >= n ? n : *outputs - 1;
    std::size_t most = wanted;
    while (most > 0 && take(most, static_cast<double>(most) / static_cast<double>(n)) > wanted) --most;
    if (most == 0) stays.assign(n, 0);
    std::vector<float> left(attention.begin(), attention.end());
    for (std::size_t i = 0; i < n; ++i)
      if (stays[i] != 0) left[i] = -1.0f;
    for (const std::size_t i : top_k(left, wanted - static_cast<std::size_t>(std::ranges::count(stays, 1))))
      stays[i] = 1;
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < n; ++i)
    if (stays[i] != 0) out.push_back(i);
  return out;
}

// Cosines between the keys of the patches that stay and those of all patches: [kept, patches].
HostRead cosines(const TowerView& view, std::size_t first_patch, std::size_t patches,
                 const std::vector<std::size_t>& kept) {
  const States keys = view.keys.slice(first_patch, patches).unit();
  return keys.gather(kept).products(keys);
}

// The patches `kept` of the frame, each with its nearest, and the sum of the others. Indices count patches.
FrameSelection merge(const TowerView& view, std::size_t first_patch, const std::vector<std::size_t>& kept,
                     std::span<const float> attention) {
  const std::size_t n = attention.size();
  FrameSelection out;
  out.kept = kept;
  out.into.assign(n, Selection::kDropped);
  std::vector<float> best(n, -2.0f);  // cosine with the kept token that absorbed it
  if (!kept.empty()) {
    const HostRead near = cosines(view, first_patch, n, kept);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      std::vector<float> row(near.row(i).begin(), near.row(i).end());
      row[kept[i]] = -2.0f;  // no patch absorbs itself
      std::vector<WeightedRow>& sum = out.sums.emplace_back();
      sum.push_back({kept[i], 1.0});
      for (const std::size_t j : top_k(row, std::min(kNeighbours, n - 1))) {
        sum.push_back({j, static_cast<double>(attention[j])});
        if (row[j] <= best[j]) continue;
        best[j] = row[j];
        out.into[j] = static_cast<std::int32_t>(i);
      }
    }
    for (std::size_t i = 0; i < kept.size(); ++i) out.into[kept[i]] = static_cast<std::int32_t>(i);
  }
  if (kept.size() == n) return out;
  std::vector<char> stays(n, 0);
  for (const std::size_t i : kept) stays[i] = 1;
  std::vector<WeightedRow> others;
  std::size_t least = n;
  for (std::size_t j = 0; j < n; ++j) {
    if (stays[j] != 0) continue;
    others.push_back({j, static_cast<double>(attention[j])});
    if (least == n || best[j] < best[least]) least = j;
    if (out.into[j] == Selection::kDropped) out.into[j] = static_cast<std::int32_t>(kept.size());
  }
  out.into[least] = static_cast<std::int32_t>(kept.size());
  out.sums.push_back(std::move(others));
  out.merged = 1;
  return out;
}

// Puts CLS in front of a frame of patches.
void add_cls(FrameSelection& frame, bool kept) {
  for (std::size_t& token : frame.kept) ++token;
  for (std::vector<WeightedRow>& sum : frame.sums)
    for (WeightedRow& part : sum) ++part.row;
  if (kept) {
    frame.kept.insert(frame.kept.begin(), 0);
    for (std::int32_t& into : frame.into)
      if (into != Selection::kDropped) ++into;
    frame.sums.insert(frame.sums.begin(), std::vector<WeightedRow>{{0, 1.0}});
  }
  frame.into.insert(frame.into.begin(), kept ? 0 : Selection::kDropped);
}

std::optional<Selection> PruMerge::tower(const TowerView& view) {
  view.features.refuse_not_finite("the tower's features");
  view.keys.refuse_not_finite("keys of the tower's last layer");
  view.queries.refuse_not_finite("queries of the tower's last layer");
  const bool has_cls = view.layout.has_cls();
  const std::size_t count = view.frames(), entered = view.layout.tokens();
  if (budget_ && *budget_ >= entered) return std::nullopt;
  const std::vector<std::size_t> parts = spread(budget_.value_or(0), count);
  std::vector<FrameSelection> frames;
  for (std::size_t f = 0; f < count; ++f) {
    const std::vector<float> attention = whole_attention(view, view.cls_row(f));
    const std::span<const float> patches = std::span(attention).subspan(1);
    const bool cls = has_cls && keep_cls_ && (!budget_ || parts[f] > 0);
    const std::size_t part = budget_ ? parts[f] - (cls ? 1 : 0) : 0;
    FrameSelection frame;
    if (budget_ && part == 0)
      frame.into.assign(patches.size(), Selection::kDropped);
    else
      frame = merge(view, view.patch_row(f), choose(patches, budget_ ? std::optional(part) : std::nullopt), patches);
    if (has_cls) add_cls(frame, cls);
    frame.scores.assign(has_cls ? attention.begin() : attention.begin() + 1, attention.end());
    frames.push_back(std::move(frame));
  }
  return join_frames(frames, view.tokens());
}

std::unique_ptr<PruningStrategy> make(bool plus, const PruningOptions& options, const PruningSetting& setting) {
  refuse_original_positions(options);
  return std::make_unique<PruMerge>(plus, budget_before_decoder(options, setting), options.keep_cls);
}

std::unique_ptr<PruningStrategy> make_prumerge(const PruningOptions& options, const PruningSetting& setting) {
  return make(false, options, setting);
}

std::unique_ptr<PruningStrategy> make_prumerge_plus(const PruningOptions& options, const PruningSetting& setting) {
  return make(true, options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo prumerge() {
  return {"prumerge",
          "LLaVA-PruMerge: in the tower, outliers of CLS attention, others merged into them",
          "arXiv 2403.15388; 42Shawn/LLaVA-PruMerge 097c041",
          make_prumerge,
          {},
          kTowerRows | kAlikeFrames | kNewPositions,
          true};
}

StrategyInfo prumerge_plus() {
  return {"prumerge+",
          "PruMerge+: the same, plus evenly spaced patches",
          "arXiv 2403.15388; 42Shawn/LLaVA-PruMerge 097c041",
          make_prumerge_plus,
          {},
          kTowerRows | kAlikeFrames | kNewPositions,
          true};
}

}  // namespace pruned_by

}  // namespace sparsight
