// VidCom2 (arXiv 2505.14454; xuyang-liu16/VidCom2 944a17d): before the decoder, frames that stand out keep more.
//
// Of projected tokens only the half of the channels with the lowest variance over the video counts, scaled to length 1.
// A token's likeness to the video is the sum over a in {1/8, 1/4, 1/2, 1, 2} of exp(-d / (2 a)), d being its squared
// distance to the mean of all tokens; its likeness to its frame is the same with the frame's mean. With u the mean of a
// frame's likeness to the video, negated, and p = softmax((u - max u) / 0.01) over the frames, frame t keeps the share
// min(1, R (1 + p_t - 1 / frames)), R = 0.25: round(share * tokens) of them, halves to even, at least one, those of the
// smallest sum of both likenesses.
//
// A count or a share replaces R and is met exactly: it is divided in the proportion of 1 + p_t - 1 / frames; what a
// frame cannot hold goes to the others.
#include "core/pruning/before_decoder.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"
#include "core/pruning/strategies/parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace sparsight {
namespace {

constexpr std::array kVidcom2Knobs{Knob{"vidcom2-retention",
                                        "vidcom2: share of the tokens that stays, before rounding; 0.25 by default",
                                        &PruningOptions::vidcom2_retention, 0, 1}};

class VidCom2 final : public PruningStrategy {
 public:
  VidCom2(const PruningOptions& options, const PruningSetting& setting)
      : budget_(budget_before_decoder(options, setting)),
        retention_(options.vidcom2_retention),
        keep_cls_(options.keep_cls),
        positions_(options.positions.value_or(Positions::Repacked)) {}

  std::optional<Selection> before_decoder(const PromptView& prompt) override;
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }

 private:
  std::optional<std::size_t> budget_;
  double retention_;
  bool keep_cls_;
  Positions positions_;
};

// The mean of x over rows [begin, end), as its only row.
States mean_row(const States& x, std::size_t begin, std::size_t end) {
  std::vector<WeightedRow> mean;
  for (std::size_t i = begin; i < end; ++i) mean.push_back({i, 1 / static_cast<double>(end - begin)});
  return x.sums({&mean, 1});
}

// Adds the likeness of rows [begin, end) of x to row 0 of `centre`.
void add_likeness(const States& x, std::size_t begin, std::size_t end, const States& centre, std::vector<float>& to) {
  constexpr std::array kAlphas{0.125, 0.25, 0.5, 1.0, 2.0};
  std::vector<std::pair<std::size_t, std::size_t>> own, across;
  for (std::size_t i = begin; i < end; ++i) own.emplace_back(i, i), across.emplace_back(i, 0);
  const std::vector<double> lengths = x.dots(x, own), products = x.dots(centre, across);
  const double length = centre.dots(centre, std::array{std::pair<std::size_t, std::size_t>{0, 0}}).front();
  for (std::size_t i = 0; i < own.size(); ++i) {
    const double apart = std::max(0.0, lengths[i] - 2 * products[i] + length);
    double sum = 0;
    for (const double alpha : kAlphas) sum += std::exp(-apart / (2 * alpha));
    to.push_back(static_cast<float>(sum));
  }
}

// `total` divided in the proportion of `weights`, part i at most most[i]; total <= the sum of `most`.
std::vector<std::size_t> divide(std::size_t total, std::vector<double> weights, std::span<const std::size_t> most) {
  std::vector<std::size_t> parts(weights.size(), 0);
  std::vector<double> shares(weights.size(), 0);
  for (bool settled = false; !settled;) {
    settled = true;
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::size_t left = total;
    for (const std::size_t part : parts) left -= part;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] == 0) continue;
      shares[i] = static_cast<double>(left) * weights[i] / all;
      if (shares[i] < static_cast<double>(most[i])) continue;
      parts[i] = most[i];
      weights[i] = shares[i] = 0;
      settled = false;
      break;
    }
  }
  std::vector<float> fractions(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    parts[i] += static_cast<std::size_t>(shares[i]);
    fractions[i] = static_cast<float>(shares[i] - std::floor(shares[i]));
  }
  const std::size_t given = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
  for (const std::size_t i : top_k(fractions, total - given)) ++parts[i];
  return parts;
}

std::optional<Selection> VidCom2::before_decoder(const PromptView& prompt) {
  prompt.visual.refuse_not_finite("projected visual tokens");
  const std::size_t n = prompt.visual.count();
  if (budget_.value_or(0) >= n) return std::nullopt;
  std::vector<std::size_t> begins;
  for (std::size_t b = 0; b < prompt.layout.blocks().size(); ++b) begins.push_back(prompt.layout.begin(b));
  if (prompt.layout.tokens() != n) begins = {0};  // all count as one frame
  begins.push_back(n);
  const StandOut found = stand_out(prompt.visual, begins);

  const std::size_t frames = begins.size() - 1;
  std::vector<std::size_t> counts, sizes;
  for (std::size_t f = 0; f < frames; ++f) sizes.push_back(begins[f + 1] - begins[f]);
  if (budget_) {
    counts = divide(*budget_, found.weights, sizes);
  } else {
    for (std::size_t f = 0; f < frames; ++f)
      counts.push_back(std::max<std::size_t>(
          1, static_cast<std::size_t>(
                 std::nearbyint(std::min(1.0, retention_ * found.weights[f]) * static_cast<double>(sizes[f])))));
  }
  std::vector<float> scores(n);
  for (std::size_t i = 0; i < n; ++i) scores[i] = -(found.video[i] + found.frame[i]);
  check_similarity(scores);
  std::vector<std::int32_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0);
  const std::vector<float> ranked = keep_cls_ ? cls_first(scores, ids, prompt.layout) : scores;
  std::vector<std::size_t> kept;
  for (std::size_t f = 0; f < frames; ++f)
    for (const std::size_t i : top_k(std::span(ranked).subspan(begins[f], sizes[f]), counts[f]))
      kept.push_back(begins[f] + i);
  Selection selection = Selection::keep(std::move(kept), n, positions_);
  selection.scores = std::move(scores);
  return selection;
}

}  // namespace

StandOut stand_out(const States& tokens, std::span<const std::size_t> begins) {
  constexpr double kTemperature = 0.01;
  const std::size_t n = tokens.count(), frames = begins.size() - 1;
  StandOut out;
  const std::vector<double> variances = tokens.column_variances();
  std::vector<std::size_t> order(variances.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t c) { return variances[c]; });
  order.resize(std::max<std::size_t>(1, order.size() / 2));
  std::ranges::sort(order);
  out.channels = std::move(order);

  const States x = tokens.columns(out.channels).unit();
  const States whole = mean_row(x, 0, n);
  add_likeness(x, 0, n, whole, out.video);
  std::vector<double> novelty;
  for (std::size_t f = 0; f < frames; ++f) {
    add_likeness(x, begins[f], begins[f + 1], mean_row(x, begins[f], begins[f + 1]), out.frame);
    double sum = 0;
    for (std::size_t i = begins[f]; i < begins[f + 1]; ++i) sum += static_cast<double>(out.video[i]);
    novelty.push_back(-sum / static_cast<double>(begins[f + 1] - begins[f]));
  }
  const double most = *std::ranges::max_element(novelty);
  double total = 0;
  for (double& u : novelty) total += u = std::exp((u - most) / kTemperature);
  for (const double p : novelty) out.weights.push_back(1 + p / total - 1 / static_cast<double>(frames));
  return out;
}

namespace {

std::unique_ptr<PruningStrategy> make_vidcom2(const PruningOptions& options, const PruningSetting& setting) {
  return std::make_unique<VidCom2>(options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo vidcom2() {
  return {"vidcom2", "VidCom2: before the decoder, frames that stand out keep more",
          "arXiv 2505.14454; xuyang-liu16/VidCom2 944a17d", make_vidcom2, kVidcom2Knobs};
}

}  // namespace pruned_by

}  // namespace sparsight
