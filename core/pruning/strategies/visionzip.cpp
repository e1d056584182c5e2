// VisionZip (arXiv 2412.04467; dvlab-research/VisionZip 3151f6d): in the tower, frame by frame.
//
// In the last layer but one, a patch's score is the CLS attention that it gets, summed over heads; its metric is the
// mean of its keys over heads, scaled to length 1. Dominant tokens are CLS and the best D - 1, in the order of the
// frame. Of the n patches left, the first C at stride max(1, n / C) are targets; each other one joins the target of the
// largest cosine, the earlier among equals. Contextual tokens are target + mean of what joined it. Both go through the
// projector; the contextual tokens of a frame follow its dominant ones.
//
// If the model drops CLS before the projector (an image, as a rule), D patches are dominant.
//
// Default: D 54 and C 10 for an image or a single frame; else 14 and 3 a frame, the paper's 17 in the same proportion.
// A count or a share is spread over the frames and met exactly; of a frame's n tokens, round(54 n / 64) are dominant,
// at least one. Nothing is pruned if that is everything.
#include "core/pruning/before_decoder.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"

#include <algorithm>
#include <cmath>

namespace sparsight {
namespace {

constexpr std::size_t kDominant = 54, kContextual = 10;
constexpr std::size_t kOfVideoFrame = 17;

class VisionZip final : public PruningStrategy {
 public:
  explicit VisionZip(std::optional<std::size_t> budget) : budget_(budget) {}

  [[nodiscard]] TowerRequest tower_request() const override { return {.layer_from_end = 2}; }
  std::optional<Selection> tower(const TowerView& view) override;

 private:
  std::optional<std::size_t> budget_;
};

// Sum over heads of one frame's CLS attention: [tower tokens].
std::vector<float> attention_of(const TowerView& view, std::size_t frame) {
  const std::size_t tokens = view.tower_tokens();
  std::vector<double> sums(tokens, 0.0);
  for (std::size_t h = 0; h < view.heads; ++h)
    for (std::size_t j = 0; j < tokens; ++j)
      sums[j] += static_cast<double>(view.cls_attention.f32()[(frame * view.heads + h) * tokens + j]);
  return {sums.begin(), sums.end()};
}

// Keys of some rows, averaged over heads and scaled to length 1: [rows, head width].
States metric_of(const TowerView& view, const std::vector<std::size_t>& rows) {
  std::vector<std::vector<WeightedRow>> means;
  for (const std::size_t row : rows) {
    std::vector<WeightedRow>& mean = means.emplace_back();
    for (std::size_t h = 0; h < view.heads; ++h)
      mean.push_back({row * view.heads + h, 1 / static_cast<double>(view.heads)});
  }
  return view.keys.split(view.heads).sums(means).unit();
}

// One frame, reduced to `part` tokens, at least 1 and at most as many as enter.
FrameSelection zip(const TowerView& view, std::size_t frame, std::size_t part) {
  const std::size_t tokens = view.tower_tokens(), each = view.tokens(), cls = view.layout.has_cls();
  const std::size_t patches = each - cls, first = frame * each;
  const auto dominant = static_cast<std::size_t>(
      std::max(1.0, std::round(static_cast<double>(part * kDominant) / static_cast<double>(kDominant + kContextual))));
  const std::vector<float> attention = attention_of(view, frame);

  FrameSelection out;
  out.scores.assign(attention.begin() + static_cast<std::ptrdiff_t>(tokens - each), attention.end());
  out.into.assign(each, Selection::kDropped);
  if (cls != 0) out.kept.push_back(0);
  for (const std::size_t patch : top_k(std::span(out.scores).subspan(cls, patches), dominant - cls))
    out.kept.push_back(patch + cls);
  for (std::size_t i = 0; i < out.kept.size(); ++i) out.into[out.kept[i]] = static_cast<std::int32_t>(i);
  out.merged = part - dominant;
  if (out.merged == 0) return out;

  std::vector<std::size_t> left, rows;
  for (std::size_t token = 0; token < each; ++token) {
    if (out.into[token] != Selection::kDropped) continue;
    left.push_back(token);
    rows.push_back(view.row_of(first + token));
  }
  const std::size_t stride = std::max<std::size_t>(1, left.size() / out.merged);
  const States metric = metric_of(view, rows);
  std::vector<std::size_t> targets;
  for (std::size_t t = 0; t < out.merged; ++t) targets.push_back(t * stride);
  const HostRead cosine = metric.products(metric.gather(targets));

  std::vector<std::vector<std::size_t>> joined(out.merged);
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool target = i % stride == 0 && i / stride < out.merged;
    const auto row = cosine.row(i);
    const auto to = target ? i / stride : static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    out.into[left[i]] = static_cast<std::int32_t>(dominant + to);
    if (target) continue;
    joined[to].push_back(left[i]);
  }
  for (const std::size_t token : out.kept) out.sums.push_back({{token, 1.0}});
  for (std::size_t t = 0; t < out.merged; ++t) {
    std::vector<WeightedRow>& sum = out.sums.emplace_back();
    sum.push_back({left[targets[t]], 1.0});
    for (const std::size_t token : joined[t]) sum.push_back({token, 1 / static_cast<double>(joined[t].size())});
  }
  return out;
}

std::optional<Selection> VisionZip::tower(const TowerView& view) {
  view.features.refuse_not_finite("the tower's features");
  view.keys.refuse_not_finite("keys of the tower's last layer but one");
  refuse_not_finite(view.cls_attention, "attention of the tower's last layer but one");
  const std::size_t count = view.frames(), each = count == 1 ? kDominant + kContextual : kOfVideoFrame;
  const std::size_t wanted = budget_.value_or(count * each);
  if (wanted >= view.layout.tokens()) return std::nullopt;
  const std::vector<std::size_t> parts = spread(wanted, count);
  std::vector<FrameSelection> frames;
  for (std::size_t f = 0; f < count; ++f) {
    frames.push_back(zip(view, f, std::max<std::size_t>(parts[f], 1)));
    if (parts[f] != 0) continue;
    FrameSelection& none = frames.back();  // only its scores are used, for the trace
    none.kept.clear();
    none.into.assign(view.tokens(), Selection::kDropped);
  }
  return join_frames(frames, view.tokens());
}

std::unique_ptr<PruningStrategy> make_visionzip(const PruningOptions& options, const PruningSetting& setting) {
  refuse_original_positions(options);
  return std::make_unique<VisionZip>(budget_before_decoder(options, setting));
}

}  // namespace

namespace pruned_by {

StrategyInfo visionzip() {
  return {"visionzip",
          "VisionZip: in the tower, most CLS attention, the rest merged by their keys",
          "arXiv 2412.04467; dvlab-research/VisionZip 3151f6d",
          make_visionzip,
          {},
          kTowerRows | kAlikeFrames | kNewPositions,
          true};
}

}  // namespace pruned_by

}  // namespace sparsight
