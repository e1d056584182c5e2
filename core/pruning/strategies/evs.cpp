// EVS (arXiv 2510.14624; vLLM's vllm/multimodal/evs.py 09540cd): before the decoder, keeps what changed since the frame
// before.
//
// A token's score is 1 - cosine with the token at the same place one frame before, on projected tokens; 255 in the
// first frame. The max(n, int(all (1 - q))) tokens of largest score stay, n being the tokens of a frame and q = 0.75,
// so that the first frame always stays whole. Ties: the lower index. A smaller count or share than a frame thins the
// first frame evenly, which is not published.
#include "core/pruning/before_decoder.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace sparsight {
namespace {

constexpr std::array kEvsKnobs{Knob{"evs-rate",
                                    "evs: share of the tokens that is dropped (vLLM's --video-pruning-rate); 0.75 by "
                                    "default",
                                    &PruningOptions::evs_rate, 0, 1}};
constexpr float kFirstFrame = 255.0f;

class Evs final : public PruningStrategy {
 public:
  Evs(const PruningOptions& options, const PruningSetting& setting)
      : budget_(budget_before_decoder(options, setting)),
        rate_(options.evs_rate),
        keep_cls_(options.keep_cls),
        positions_(options.positions.value_or(Positions::Repacked)) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }

 private:
  std::optional<std::size_t> budget_;
  double rate_;
  bool keep_cls_;
  Positions positions_;
};

std::optional<Selection> Evs::before_decoder(const PromptView& prompt) {
  const std::size_t n = prompt.visual.count(), each = prompt.layout.tokens_each().value_or(n);
  prompt.visual.refuse_not_finite("projected visual tokens");
  const auto published = std::max(each, static_cast<std::size_t>(static_cast<double>(n) * (1 - rate_)));
  const std::size_t wanted = budget_.value_or(published);
  if (wanted >= n) return std::nullopt;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = each; i < n; ++i) pairs.emplace_back(i, i - each);
  std::vector<float> scores(each, kFirstFrame);
  for (const float like : prompt.visual.cosines(prompt.visual, pairs)) scores.push_back(1.0f - like);

  std::vector<std::int32_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0);
  if (wanted >= each) return keep_best(std::move(scores), wanted, ids, prompt.layout, keep_cls_, positions_);
  std::vector<std::size_t> kept;
  const bool cls = keep_cls_ && !prompt.layout.empty() && prompt.layout.cls(0);
  if (cls) kept.push_back(0);
  for (const std::size_t i : evenly_spaced(wanted - kept.size(), each - kept.size())) kept.push_back(i + (cls ? 1 : 0));
  Selection selection = Selection::keep(std::move(kept), n, positions_);
  selection.scores = std::move(scores);
  return selection;
}

std::unique_ptr<PruningStrategy> make_evs(const PruningOptions& options, const PruningSetting& setting) {
  return std::make_unique<Evs>(options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo evs() {
  return {"evs",
          "EVS: before the decoder, keeps what changed since the frame before",
          "arXiv 2510.14624; vllm-project/vllm 09540cd",
          make_evs,
          kEvsKnobs,
          kAlikeFrames};
}

}  // namespace pruned_by

}  // namespace sparsight
