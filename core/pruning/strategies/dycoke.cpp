// DyCoke (arXiv 2411.15024; KD-TAO/DyCoke dd74634), with the settings of its evaluation: k = 0.7, l = 3 of 32, p = 0.8.
//
// Before the decoder: the second frame of each pair, and the third of each four (if another frame pair follows it), keep
// only the int((1 - k) * tokens) tokens that are least similar to the same place in the frame before, or in the first of
// the four. The published code drops the others and averages nothing. Two differences: survivors keep their order
// (there those of a frame are ordered by rising similarity), and a last frame without a partner stays whole (there it is lost). A
// larger budget lets those frames keep more; a smaller one thins all frames in the published proportion, whole ones
// evenly.
//
// While decoding: the attention of each new token in layer l - 1 chooses int((1 - p) * visual) visual keys, at least
// one, for layers l and up. If it is like that of the token before (cosine of at least 0.9), nothing is chosen and all
// keys are attended to, as in the published code. That code passes itself one visual token less than there are, so that
// the last one is always attended to; nothing in the paper asks for it, and here all of them are candidates.
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"
#include "core/pruning/strategies/parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace sparsight {
namespace {

constexpr std::array kDycokeKnobs{
    Knob{"dycoke-merged", "dycoke: share of a frame's tokens that is dropped where it repeats another; 0.7 by default",
         &PruningOptions::dycoke_merged, 0, 1},
    Knob{"dycoke-unattended", "dycoke: share of the visual keys that decoding leaves out; 0.8 by default",
         &PruningOptions::dycoke_unattended, 0, 1}};

constexpr double kAlike = 0.9;    // cosine of the attention of two tokens
constexpr std::size_t kFrom = 3;  // l

std::size_t truncated(double value) { return static_cast<std::size_t>(value); }

// Splits `total` in the proportion of `weights`, rounded so that the parts add up to `total`.
std::vector<std::size_t> parts_of(std::size_t total, std::span<const std::size_t> weights) {
  double all = 0, sum = 0;
  for (const std::size_t weight : weights) all += static_cast<double>(weight);
  std::vector<std::size_t> parts;
  std::size_t given = 0;
  for (const std::size_t weight : weights) {
    sum += static_cast<double>(weight);
    const std::size_t upto = all > 0 ? truncated(std::round(static_cast<double>(total) * sum / all)) : 0;
    parts.push_back(upto - given);
    given = upto;
  }
  return parts;
}

class DyCoke final : public PruningStrategy {
 public:
  DyCoke(const PruningOptions& options, const PruningSetting& setting)
      : options_(options), from_(pruning_layer(options, kFrom, setting.layers)) {
    if (!from_.empty() && from_.front() == 0)
      fail(ErrorKind::Usage, "dycoke: expected a layer from 1 on, since the layer before it chooses; found 0");
  }

  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] std::optional<std::size_t> cached_attention() const override {
    return from_.empty() ? std::nullopt : std::optional(from_.front() - 1);
  }
  std::optional<std::vector<std::size_t>> choose_cached(const CachedStep& step) override;
  [[nodiscard]] DecodePositions decode_positions() const override {
    return decode_positions_of(options_.positions.value_or(Positions::Repacked));
  }

 private:
  [[nodiscard]] std::vector<std::size_t> quotas(std::size_t frames, std::size_t tokens, bool has_cls) const;
  [[nodiscard]] std::vector<std::size_t> evenly(std::size_t count, std::size_t tokens, bool has_cls) const;

  PruningOptions options_;
  std::vector<std::size_t> from_;  // the first layer that attends to chosen keys only, or empty
  std::vector<float> attention_;   // of the token before
  std::optional<std::vector<std::size_t>> chosen_;
};

// How many tokens each frame keeps.
std::vector<std::size_t> DyCoke::quotas(std::size_t frames, std::size_t tokens, bool has_cls) const {
  std::vector<std::size_t> keep(frames, tokens), merged(frames, 0);
  std::size_t whole = 0, published = 0;
  for (std::size_t f = 0; f < frames; ++f) {
    if (dycoke_partner(f, frames)) {
      keep[f] = truncated((1 - options_.dycoke_merged) * static_cast<double>(tokens));
      merged[f] = 1;
    } else {
      whole += tokens;
    }
    published += keep[f];
  }
  if (options_.budget.kind == Budget::Kind::Default) return keep;
  const std::size_t wanted = options_.budget.tokens(frames * tokens);
  if (wanted < published) {
    // If CLS tokens must stay, each frame first gets one for its own.
    const std::size_t cls = has_cls && options_.keep_cls && wanted >= frames ? 1 : 0;
    for (std::size_t& weight : keep) weight = std::max(weight, cls) - cls;
    keep = parts_of(wanted - frames * cls, keep);
    for (std::size_t& quota : keep) quota += cls;
    return keep;
  }
  const std::vector<std::size_t> more = parts_of(wanted - whole, merged);
  for (std::size_t f = 0; f < frames; ++f)
    if (merged[f] != 0) keep[f] = more[f];
  return keep;
}

std::vector<std::size_t> DyCoke::evenly(std::size_t count, std::size_t tokens, bool has_cls) const {
  if (!has_cls || !options_.keep_cls || count == 0) return evenly_spaced(count, tokens);
  std::vector<std::size_t> kept{0};
  for (const std::size_t i : evenly_spaced(count - 1, tokens - 1)) kept.push_back(i + 1);
  return kept;
}

std::optional<Selection> DyCoke::before_decoder(const PromptView& prompt) {
  const std::size_t n = prompt.visual.count();
  const bool known = prompt.layout.tokens() == n;  // else all count as one frame
  const std::size_t frames = known ? prompt.layout.blocks().size() : 1, each = n / frames;
  const bool has_cls = known && prompt.layout.has_cls();
  const std::vector<std::size_t> quota = quotas(frames, each, has_cls);
  std::vector<float> scores(n, 1.0f);  // how unlike the token that it repeats; 1 if there is none
  std::vector<std::size_t> kept;
  for (std::size_t f = 0; f < frames; ++f) {
    const auto partner = dycoke_partner(f, frames);
    const std::span<float> of_frame = std::span(scores).subspan(f * each, each);
    if (partner) {
      std::vector<std::pair<std::size_t, std::size_t>> pairs;
      for (std::size_t t = 0; t < each; ++t) pairs.emplace_back(f * each + t, *partner * each + t);
      std::ranges::transform(prompt.visual.cosines(prompt.visual, pairs), of_frame.begin(), std::negate());
    }
    check_similarity(of_frame);
    std::vector<float> ranked(of_frame.begin(), of_frame.end());
    if (options_.keep_cls && has_cls) ranked[0] = 2.0f;
    for (const std::size_t t : partner ? top_k(ranked, quota[f]) : evenly(quota[f], each, has_cls))
      kept.push_back(f * each + t);
  }
  Selection selection = Selection::keep(std::move(kept), n, options_.positions.value_or(Positions::Repacked));
  selection.scores = std::move(scores);
  return selection;
}

std::optional<std::vector<std::size_t>> DyCoke::choose_cached(const CachedStep& step) {
  if (from_.empty() || step.layer < from_.front() || step.visual == 0) return std::nullopt;
  if (step.layer > from_.front()) return chosen_;
  std::vector<float> attention = mean_attention(step.scores, step.visual_begin, step.visual, step.layer - 1);
  const bool alike =
      attention_.size() == attention.size() && static_cast<double>(cosine(attention, attention_)) >= kAlike;
  chosen_.reset();
  if (!alike)
    chosen_ = top_k(attention, std::max<std::size_t>(
                                   1, truncated(static_cast<double>(step.visual) * (1 - options_.dycoke_unattended))));
  attention_ = std::move(attention);
  return chosen_;
}

}  // namespace

std::optional<std::size_t> dycoke_partner(std::size_t frame, std::size_t frames) {
  if (frame % 2 == 1) return frame - 1;
  if (frame % 4 == 2 && frame + 2 < frames) return frame - 2;
  return std::nullopt;
}

namespace {

std::unique_ptr<PruningStrategy> make_dycoke(const PruningOptions& options, const PruningSetting& setting) {
  expect_plain(options, "dycoke");
  return std::make_unique<DyCoke>(options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo dycoke() {
  return {"dycoke",
          "DyCoke: frames keep what is new in them; decoding attends to a fifth of the visual keys",
          "arXiv 2411.15024; KD-TAO/DyCoke dd74634",
          make_dycoke,
          kDycokeKnobs,
          kAlikeFrames};
}

}  // namespace pruned_by

}  // namespace sparsight
