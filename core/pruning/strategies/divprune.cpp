// DivPrune (arXiv 2503.02175; vbdi/divprune 799e2d9): before the decoder, on the projected tokens,
// without the text.
//
// D = 1 - cosine. m = round(r N) tokens stay, r = 0.098 (halves to even, as published), or as many as a count or share
// says. The first is the one whose nearest neighbour is farthest; each next one is the farthest from those chosen
// (max-min). Float32; the lowest index among equals; a token is chosen once. They go on in their order with repacked
// positions. A running minimum of distances to the chosen tokens takes O(m N); no N x N matrix is held.
//
// With `keep_cls` the CLS tokens are chosen first. A token's score is its distance when it was chosen, or its last
// distance.
#include "core/pruning/before_decoder.h"
#include "core/pruning/registry.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sparsight {
namespace {

constexpr double kRatio = 0.098;
constexpr std::size_t kBlock = 256;  // rows whose cosines are held at once
constexpr float kFar = std::numeric_limits<float>::infinity();

class DivPrune final : public PruningStrategy {
 public:
  DivPrune(std::optional<std::size_t> budget, Positions positions, bool keep_cls)
      : budget_(budget), positions_(positions), keep_cls_(keep_cls) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] DecodePositions decode_positions() const override {
    return positions_ == Positions::Original ? DecodePositions::ContinueUnpruned : DecodePositions::LayerLength;
  }

 private:
  std::optional<std::size_t> budget_;
  Positions positions_;
  bool keep_cls_;
};

// The distance of each token to its nearest neighbour.
std::vector<float> nearest_distances(const States& tokens) {
  const std::size_t n = tokens.count();
  std::vector<float> nearest(n, kFar);
  for (std::size_t begin = 0; begin < n; begin += kBlock) {
    const std::size_t rows = std::min(kBlock, n - begin);
    const HostRead cosine = tokens.slice(begin, rows).products(tokens);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < n; ++j)
        if (j != begin + i) nearest[begin + i] = std::min(nearest[begin + i], 1.0f - cosine.row(i)[j]);
  }
  return nearest;
}

std::optional<Selection> DivPrune::before_decoder(const PromptView& prompt) {
  prompt.visual.refuse_not_finite("projected visual tokens");
  const std::size_t n = prompt.visual.count();
  const std::size_t wanted = budget_.value_or(
      std::max<std::size_t>(1, static_cast<std::size_t>(std::nearbyint(kRatio * static_cast<double>(n)))));
  if (wanted >= n) return std::nullopt;
  const States tokens = prompt.visual.unit();

  std::vector<float> distance(n, kFar), scores(n);
  std::vector<char> chosen(n, 0);
  std::size_t count = 0;
  const auto choose = [&](std::size_t token, float score) {
    chosen[token] = 1;
    scores[token] = score;
    ++count;
    const HostRead cosine = tokens.slice(token, 1).products(tokens);
    for (std::size_t j = 0; j < n; ++j) distance[j] = std::min(distance[j], 1.0f - cosine.row(0)[j]);
  };
  const auto farthest = [&](const std::vector<float>& of) {
    std::size_t best = n;
    for (std::size_t j = 0; j < n; ++j)
      if (chosen[j] == 0 && (best == n || of[j] > of[best])) best = j;
    return best;
  };
  for (std::size_t b = 0; keep_cls_ && b < prompt.layout.blocks().size() && count < wanted; ++b)
    if (const auto cls = prompt.layout.cls(b))
      choose(*cls, std::min(distance[*cls], 2.0f));  // 2 is the largest distance there is
  if (count == 0) {
    const std::vector<float> nearest = nearest_distances(tokens);
    const std::size_t first = farthest(nearest);
    choose(first, nearest[first]);
  }
  while (count < wanted) {
    const std::size_t next = farthest(distance);
    choose(next, distance[next]);
  }

  std::vector<std::size_t> kept;
  for (std::size_t j = 0; j < n; ++j) {
    if (chosen[j] != 0)
      kept.push_back(j);
    else
      scores[j] = distance[j];
  }
  Selection selection = Selection::keep(std::move(kept), n, positions_);
  selection.scores = std::move(scores);
  return selection;
}

std::unique_ptr<PruningStrategy> make_divprune(const PruningOptions& options, const PruningSetting& setting) {
  return std::make_unique<DivPrune>(budget_before_decoder(options, setting),
                                    options.positions.value_or(Positions::Repacked), options.keep_cls);
}

}  // namespace

namespace pruned_by {

StrategyInfo divprune() {
  return {"divprune", "DivPrune: before the decoder, keeps the tokens most unlike each other",
          "arXiv 2503.02175; vbdi/divprune 799e2d9", make_divprune};
}

}  // namespace pruned_by

}  // namespace sparsight
