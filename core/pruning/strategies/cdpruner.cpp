// CDPruner (arXiv 2506.10967; Theia-4869/CDPruner 9541616): before the decoder, tokens that differ and matter to the
// question, by a determinantal point process.
//
// A token's relevance is its mean cosine with the texts, negated, scaled to 0..1 over the whole clip; its kernel with
// another is relevance * cosine * relevance. In each frame tokens are chosen greedily, each the one that adds most to
// the kernel's determinant.
//
// The published code takes relevance from CLIP's own embeddings of patches and question. The models here have no CLIP
// text tower, so it is the cosine of projected tokens with the mean of the text's token embeddings, as OpenVINO GenAI
// does for such models. Negated as published, it also serves the demo model better (docs/pruning.md); `like_question`
// leaves the sign.
//
// Default: 64 of a picture's tokens; of a clip's frames or tiles 32 each, as the published scripts for LLaVA-NeXT have
// it. A count or a share is spread over the frames and met exactly.
#include "core/pruning/before_decoder.h"
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

constexpr std::array kCdprunerKnobs{
    Knob{"like-question", "cdpruner: tokens most like the question weigh most, not those least like it as published",
         &PruningOptions::like_question}};
constexpr std::size_t kOfPicture = 64, kOfEach = 32;
constexpr double kUsedUp = 1e-12;  // a gain that is rounding only: the kernel's rank is used up

class CdPruner final : public PruningStrategy {
 public:
  CdPruner(const PruningOptions& options, const PruningSetting& setting)
      : budget_(budget_before_decoder(options, setting)),
        negated_(!options.like_question),
        keep_cls_(options.keep_cls),
        positions_(options.positions.value_or(Positions::Repacked)) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }

 private:
  [[nodiscard]] std::vector<std::size_t> counts(std::span<const std::size_t> sizes) const;

  std::optional<std::size_t> budget_;
  bool negated_;
  bool keep_cls_;
  Positions positions_;
};

// How many tokens of each frame stay. Frames too small for an equal part leave it to the others.
std::vector<std::size_t> CdPruner::counts(std::span<const std::size_t> sizes) const {
  std::vector<std::size_t> out;
  if (!budget_) {
    for (const std::size_t size : sizes) out.push_back(std::min(size, sizes.size() == 1 ? kOfPicture : kOfEach));
    return out;
  }
  out = spread(*budget_, sizes.size());
  std::size_t over = 0;
  for (std::size_t f = 0; f < sizes.size(); ++f) {
    over += out[f] - std::min(out[f], sizes[f]);
    out[f] = std::min(out[f], sizes[f]);
  }
  for (std::size_t f = 0; over > 0; f = (f + 1) % sizes.size())
    if (out[f] < sizes[f]) ++out[f], --over;
  return out;
}

std::optional<Selection> CdPruner::before_decoder(const PromptView& prompt) {
  const std::size_t n = prompt.visual.count();
  if (budget_.value_or(0) >= n || prompt.text.count() == 0) return std::nullopt;
  prompt.visual.refuse_not_finite("projected visual tokens");
  prompt.text.refuse_not_finite("embeddings of the text");
  std::vector<std::size_t> begins, sizes;
  if (prompt.layout.tokens() == n)
    for (std::size_t b = 0; b < prompt.layout.blocks().size(); ++b) begins.push_back(prompt.layout.begin(b));
  if (begins.empty()) begins = {0};  // all count as one frame
  begins.push_back(n);
  for (std::size_t f = 0; f + 1 < begins.size(); ++f) sizes.push_back(begins[f + 1] - begins[f]);

  std::vector<WeightedRow> mean;
  for (std::size_t i = 0; i < prompt.text.count(); ++i)
    mean.push_back({i, 1 / static_cast<double>(prompt.text.count())});
  std::vector<float> relevance = question_relevance(prompt.visual, prompt.text.sums({&mean, 1}), negated_);
  const std::vector<std::size_t> wanted = counts(sizes);
  std::vector<std::size_t> kept;
  for (std::size_t f = 0; f < sizes.size(); ++f) {
    std::vector<std::size_t> first;
    if (keep_cls_ && prompt.layout.tokens() == n && prompt.layout.cls(f) && wanted[f] > 0)
      first.push_back(*prompt.layout.cls(f) - begins[f]);
    const std::span<const float> own = std::span(relevance).subspan(begins[f], sizes[f]);
    std::vector<std::size_t> chosen =
        choose_diverse(prompt.visual.slice(begins[f], sizes[f]), own, wanted[f], first).order;
    std::ranges::sort(chosen);
    for (const std::size_t i : chosen) kept.push_back(begins[f] + i);
  }
  Selection selection = Selection::keep(std::move(kept), n, positions_);
  selection.scores = std::move(relevance);
  return selection;
}

}  // namespace

std::vector<float> question_relevance(const States& tokens, const States& texts, bool negated) {
  const std::size_t n = tokens.count(), m = texts.count();
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t t = 0; t < m; ++t) pairs.emplace_back(i, t);
  const std::vector<float> cosines = tokens.cosines(texts, pairs);
  std::vector<double> mean(n, 0.0);
  for (std::size_t p = 0; p < pairs.size(); ++p)
    mean[pairs[p].first] += (negated ? -1.0 : 1.0) * static_cast<double>(cosines[p]) / static_cast<double>(m);
  const auto [least, most] = std::ranges::minmax(mean);
  std::vector<float> out;
  for (const double value : mean)
    out.push_back(most > least ? static_cast<float>((value - least + 1e-6) / (most - least)) : 1.0f);
  return out;
}

DiverseChoice choose_diverse(const States& tokens, std::span<const float> relevance, std::size_t count,
                             std::span<const std::size_t> first) {
  const std::size_t n = tokens.count();
  SPARSIGHT_CHECK(count <= n && first.size() <= count && relevance.size() == n);
  const States directions = tokens.unit();
  std::vector<std::pair<std::size_t, std::size_t>> itself;
  for (std::size_t i = 0; i < n; ++i) itself.emplace_back(i, i);
  std::vector<double> gain = directions.dots(directions, itself);  // what each would add now
  for (std::size_t i = 0; i < n; ++i) gain[i] *= static_cast<double>(relevance[i]) * static_cast<double>(relevance[i]);
  std::vector<std::vector<double>> factors(n);  // a row of the kernel's Cholesky factor for each token
  std::vector<char> chosen(n, 0);
  DiverseChoice out;
  while (out.order.size() < count) {
    std::size_t best = n;
    if (out.order.size() < first.size()) {
      best = first[out.order.size()];
    } else {
      for (std::size_t i = 0; i < n; ++i)
        if (chosen[i] == 0 && (best == n || gain[i] > gain[best])) best = i;
      if (gain[best] <= kUsedUp) break;
    }
    chosen[best] = 1;
    out.order.push_back(best);
    out.gains.push_back(static_cast<float>(gain[best]));
    if (gain[best] <= kUsedUp) continue;
    const double root = std::sqrt(gain[best]);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < n; ++i) pairs.emplace_back(i, best);
    const std::vector<double> cosine = directions.dots(directions, pairs);
    const std::vector<double> own = factors[best];
    for (std::size_t i = 0; i < n; ++i) {
      const double kernel = cosine[i] * static_cast<double>(relevance[i]) * static_cast<double>(relevance[best]);
      const double e = (kernel - std::inner_product(own.begin(), own.end(), factors[i].begin(), 0.0)) / root;
      factors[i].push_back(e);
      gain[i] -= e * e;
    }
  }
  std::vector<float> left(relevance.begin(), relevance.end());
  for (std::size_t i = 0; i < n; ++i)
    if (chosen[i] != 0) left[i] = -std::numeric_limits<float>::infinity();
  std::vector<std::size_t> rest = top_k(left, count - out.order.size());
  std::ranges::stable_sort(rest, std::greater(), [&](std::size_t i) { return left[i]; });
  out.order.insert(out.order.end(), rest.begin(), rest.end());
  out.gains.resize(count, 0.0f);
  return out;
}

namespace {

std::unique_ptr<PruningStrategy> make_cdpruner(const PruningOptions& options, const PruningSetting& setting) {
  return std::make_unique<CdPruner>(options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo cdpruner() {
  return {"cdpruner", "CDPruner: before the decoder, tokens that differ, weighed by the question",
          "arXiv 2506.10967; Theia-4869/CDPruner 9541616", make_cdpruner, kCdprunerKnobs};
}

}  // namespace pruned_by

}  // namespace sparsight
