// FastVID (arXiv 2503.11187; LunarShen/FastVID a40a109): before the decoder, for video.
//
// Segments: with g a frame's CLS feature of length 1, t_i = g_i . g_{i+1}; the video is cut at the c - 1 smallest t and
// wherever t < tau = 0.9. c is 8 for 16 frames and more, half the frames for fewer, at least 2.
// A frame has T patches and keeps R = int(r T), r = 0.10, at least 1. Of these int(d R), d = 0.4, are context, and the
// rest are salient: the patches with most CLS attention in the tower's last layer but one, mean over heads.
// Anchors are a segment's last frame and every p-th, p = 4, before it. They share the segment's context: centres chosen
// by density peaks (k = 4) among an anchor's patches that are not salient, all on projected tokens. For every anchor,
// each other token of the segment that is neither salient nor a centre joins the centre of the largest cosine:
// Survivors keep their original positions unless the options say otherwise. CLS tokens are no candidates and are
// dropped unless `keep_cls` says otherwise. An image is one frame and one segment.
//
// By default the segment's context is divided by its anchors and the remainder is lost, as published. A count or a
// share is spread over the frames, loses nothing, and is met exactly as long as there are patches: if an anchor has too
// few for its centres, more tokens are salient.
//
// `into` names the centre of the largest cosine among all anchors.
#include "core/pruning/before_decoder.h"
#include "core/pruning/clustering.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/strategies/parts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sparsight {
namespace {

constexpr double kRetention = 0.10;
constexpr double kContext = 0.4;
constexpr double kBeta = 0.6;
constexpr float kTau = 0.9f;
constexpr std::size_t kAnchorEvery = 4;
constexpr std::size_t kFrameNeighbours = 4;
constexpr std::size_t kMostSegments = 8;

std::size_t context_of(std::size_t tokens) { return static_cast<std::size_t>(static_cast<double>(tokens) * kContext); }

// For each frame of a segment: how many patches are salient, and how many centres it has (none if it is no anchor).
struct FramePlan {
  std::vector<std::size_t> salient, centres;
};

// `parts`: how many tokens each frame may keep, at most `patches`.
FramePlan plan_segment(std::span<const std::size_t> parts, std::size_t patches, bool lose_remainder) {
  const std::size_t n = parts.size(), anchors = (n + kAnchorEvery - 1) / kAnchorEvery;
  const std::size_t all = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
  std::size_t context = 0;
  FramePlan plan;
  for (const std::size_t part : parts) {
    context += context_of(part);
    plan.salient.push_back(part - context_of(part));
  }
  for (;; --context, plan.salient = spread(all - context, n)) {
    std::vector<std::size_t> shares = spread(context, anchors);
    if (lose_remainder) std::ranges::fill(shares, context / anchors);
    plan.centres.assign(n, 0);
    bool fits = true;
    for (std::size_t i = 0, anchor = 0; i < n; ++i) {
      if ((n - 1 - i) % kAnchorEvery != 0) continue;
      plan.centres[i] = shares[anchor++];
      fits = fits && plan.salient[i] + plan.centres[i] <= patches;
    }
    if (fits || context == 0) return plan;
  }
}

class FastVid final : public PruningStrategy {
 public:
  FastVid(std::optional<std::size_t> budget, Positions positions, bool keep_cls)
      : budget_(budget), positions_(positions), keep_cls_(keep_cls) {}

  [[nodiscard]] TowerRequest tower_request() const override { return {.layer_from_end = 2}; }
  std::optional<Selection> tower(const TowerView& view) override;
  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] DecodePositions decode_positions() const override {
    return positions_ == Positions::Original ? DecodePositions::ContinueUnpruned : DecodePositions::LayerLength;
  }

 private:
  // What a token becomes: goes on as it is, as a centre, is joined to one, or nothing yet.
  struct Outcome {
    std::vector<char> kept;
    std::vector<std::size_t> centre;  // the centre that it joins
    std::vector<float> cosine;
    std::vector<std::vector<WeightedRow>> sums;  // of centres; else empty
  };
  void segment(const PromptView& prompt, std::size_t first_frame, const FramePlan& plan, Outcome& out) const;

  std::optional<std::size_t> budget_;
  Positions positions_;
  bool keep_cls_;
  std::vector<float> saliency_;    // per visual token
  std::vector<float> similarity_;  // of each frame and the next
};

std::optional<Selection> FastVid::tower(const TowerView& view) {
  refuse_not_finite(view.cls_attention, "attention of the tower's last layer but one");
  view.features.refuse_not_finite("the tower's features");
  const std::size_t count = view.frames(), tokens = view.tower_tokens(), each = view.tokens();
  std::vector<std::size_t> cls;
  saliency_.clear();
  similarity_.clear();
  for (std::size_t f = 0; f < count; ++f) {
    cls.push_back(view.cls_row(f));
    for (std::size_t token = tokens - each; token < tokens; ++token) {
      double sum = 0;
      for (std::size_t h = 0; h < view.heads; ++h)
        sum += static_cast<double>(view.cls_attention.f32()[(f * view.heads + h) * tokens + token]);
      saliency_.push_back(static_cast<float>(sum / static_cast<double>(view.heads)));
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t f = 0; f + 1 < count; ++f) pairs.emplace_back(f, f + 1);
  const States frames = view.features.gather(cls).unit();
  for (const double similarity : frames.dots(frames, pairs)) similarity_.push_back(static_cast<float>(similarity));
  return std::nullopt;
}

// Prunes one segment: the frames from `first_frame` on, as many as the plan has.
void FastVid::segment(const PromptView& prompt, std::size_t first_frame, const FramePlan& plan, Outcome& out) const {
  const std::size_t each = *prompt.layout.tokens_each(), cls = prompt.layout.has_cls(), patches = each - cls;
  const std::size_t n = plan.salient.size();
  std::vector<std::size_t> others;  // tokens that are not salient
  std::vector<std::size_t> begins;  // where each frame's begin among them
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t first = (first_frame + i) * each + cls;
    for (const std::size_t patch : top_k(std::span(saliency_).subspan(first, patches), plan.salient[i]))
      out.kept[first + patch] = 1;
    begins.push_back(others.size());
    for (std::size_t token = first; token < first + patches; ++token)
      if (out.kept[token] == 0) others.push_back(token);
  }
  begins.push_back(others.size());
  if (std::ranges::all_of(plan.centres, [](std::size_t count) { return count == 0; })) return;

  const States states = prompt.visual.gather(others), directions = states.unit();
  for (std::size_t frame = 0; frame < n; ++frame) {
    const std::size_t count = plan.centres[frame];
    if (count == 0) continue;
    const States own = states.slice(begins[frame], begins[frame + 1] - begins[frame]);
    std::vector<std::size_t> centres = cluster(own, count, kFrameNeighbours).centres;
    for (std::size_t& centre : centres) centre += begins[frame];
    const HostRead cosine = directions.products(directions.gather(centres));

    std::vector<std::vector<std::size_t>> joined(count);
    const auto join = [&](std::size_t i, std::size_t c) {
      joined[c].push_back(others[i]);
      if (out.kept[others[i]] != 0 || cosine.row(i)[c] <= out.cosine[others[i]]) return;
      out.cosine[others[i]] = cosine.row(i)[c];
      out.centre[others[i]] = others[centres[c]];
    };
    std::vector<std::size_t> centre_at(others.size(), count);
    for (std::size_t c = 0; c < count; ++c) {
      centre_at[centres[c]] = c;
      out.kept[others[centres[c]]] = 1;
    }
    for (std::size_t i = 0; i < others.size(); ++i) {
      const auto row = cosine.row(i);
      join(i,
           centre_at[i] < count ? centre_at[i] : static_cast<std::size_t>(std::ranges::max_element(row) - row.begin()));
    }
    for (std::size_t c = 0; c < count; ++c) {
      const auto size = static_cast<double>(joined[c].size());
      const double weight = std::max(1.0 / (size + 1.0), kBeta);
      std::vector<WeightedRow>& sum = out.sums[others[centres[c]]];
      sum.push_back({others[centres[c]], weight});
      for (const std::size_t token : joined[c]) sum.push_back({token, (1.0 - weight) / size});
    }
  }
}

std::optional<Selection> FastVid::before_decoder(const PromptView& prompt) {
  prompt.visual.refuse_not_finite("projected visual tokens");
  const VisualLayout& layout = prompt.layout;
  const std::size_t n = prompt.visual.count(), frames = layout.blocks().size(), each = *layout.tokens_each();
  const std::size_t patches = each - layout.has_cls();
  SPARSIGHT_CHECK(saliency_.size() == n && n == frames * each);
  if (budget_.value_or(0) >= n) return std::nullopt;

  Outcome out{std::vector<char>(n, 0), std::vector<std::size_t>(n, n), std::vector<float>(n, -2.0f),
              std::vector<std::vector<WeightedRow>>(n)};
  std::vector<std::size_t> parts = spread(budget_.value_or(0), frames);
  const auto published = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(patches) * kRetention));
  for (std::size_t f = 0; f < frames; ++f) {
    if (!budget_) parts[f] = published;
    if (keep_cls_ && layout.has_cls() && parts[f] > 0) {
      out.kept[f * each] = 1;
      if (budget_) --parts[f];
    }
    parts[f] = std::min(parts[f], patches);
  }
  std::vector<std::size_t> begins = video_segments(similarity_);
  begins.push_back(frames);
  for (std::size_t s = 0; s + 1 < begins.size(); ++s)
    segment(prompt, begins[s],
            plan_segment(std::span(parts).subspan(begins[s], begins[s + 1] - begins[s]), patches, !budget_), out);

  std::vector<std::size_t> kept;
  for (std::size_t token = 0; token < n; ++token)
    if (out.kept[token] != 0) kept.push_back(token);
  Selection selection = Selection::keep(kept, n, positions_);
  selection.scores = saliency_;
  for (std::size_t token = 0; token < n; ++token)
    if (out.kept[token] == 0 && out.centre[token] != n) selection.into[token] = selection.into[out.centre[token]];
  if (std::ranges::all_of(out.sums, [](const auto& sum) { return sum.empty(); })) return selection;
  for (const std::size_t token : kept)
    selection.sums.push_back(out.sums[token].empty() ? std::vector<WeightedRow>{{token, 1.0}} : out.sums[token]);
  return selection;
}

}  // namespace

std::vector<std::size_t> video_segments(std::span<const float> similarity) {
  const std::size_t frames = similarity.size() + 1;
  const std::size_t most = std::min(frames, std::clamp<std::size_t>(frames / 2, 2, kMostSegments));
  std::vector<float> difference;
  for (const float t : similarity) difference.push_back(-t);
  std::vector<char> cut(similarity.size(), 0);
  for (const std::size_t i : top_k(difference, most - 1)) cut[i] = 1;
  std::vector<std::size_t> begins{0};
  for (std::size_t i = 0; i < similarity.size(); ++i)
    if (cut[i] != 0 || similarity[i] < kTau) begins.push_back(i + 1);
  return begins;
}

namespace {

std::unique_ptr<PruningStrategy> make_fastvid(const PruningOptions& options, const PruningSetting& setting) {
  return std::make_unique<FastVid>(budget_before_decoder(options, setting),
                                   options.positions.value_or(Positions::Original), options.keep_cls);
}

}  // namespace

namespace pruned_by {

StrategyInfo fastvid() {
  return {"fastvid",
          "FastVID: before the decoder, salient tokens and density peaks of a video's segments",
          "arXiv 2503.11187; LunarShen/FastVID a40a109",
          make_fastvid,
          {},
          kTowerRows | kAlikeFrames,
          true};
}

}  // namespace pruned_by

}  // namespace sparsight
