// DART (arXiv 2502.11494; ZichenWen1/DART 5a19452): after layer K - 1 = 1 of 32, keeps tokens that repeat no other.
//
// A token's norm is the sum of absolute values of its key in that layer. The four visual tokens of largest norm and the
// four of largest norm behind the visual ones are pivots. Each pivot in turn takes, of the visual tokens that no other
// took, those of smallest cosine to it, on the layer's output after the decoder's final norm. Kept are the visual
// pivots and what all pivots took.
//
// Each takes floor(m / pivots), m being `dart_tokens` or, without it, floor(N (1 - r)), r = 0.778. A count or a share
// is met exactly: the pivots divide what the visual ones leave of it, and earlier ones take the remainder.
//
// The order of the pivots decides the result. It is the published one: CPython's order of a set of their indices in the
// sequence.
#include "core/pruning/before_decoder.h"
#include "core/pruning/ranking.h"
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"
#include "core/pruning/strategies/parts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <numeric>

namespace sparsight {
namespace {

constexpr std::array kDartKnobs{
    Knob{"dart-reduction", "dart: share of the visual tokens that is dropped; 0.778 by default",
         &PruningOptions::dart_reduction, 0, 1},
    Knob{"dart-tokens", "dart: how many tokens stay besides the visual pivots", &PruningOptions::dart_tokens, 1, 1e9,
         "dart-reduction"},
    Knob{"visual-pivots", "dart: number of visual pivots; 4 by default", &PruningOptions::visual_pivots, 0, 256},
    Knob{"text-pivots", "dart: number of pivots in the text; 4 by default", &PruningOptions::text_pivots, 0, 256}};

constexpr std::size_t kDartLayer = 1;  // K - 1

// Indices of the `count` largest, by falling value.
std::vector<std::size_t> largest(std::span<const float> values, std::size_t count) {
  std::vector<std::size_t> out = top_k(values, std::min(count, values.size()));
  std::ranges::stable_sort(out, std::greater(), [&](std::size_t i) { return values[i]; });
  return out;
}

class Dart final : public PruningStrategy {
 public:
  Dart(const PruningOptions& options, const PruningSetting& setting)
      : options_(options),
        layout_(setting.layout),
        positions_(options.positions.value_or(Positions::Original)),
        layers_(pruning_layer(options, kDartLayer, setting.layers)) {
    if (options.budget.kind != Budget::Kind::Default) budget_ = options.budget.tokens(setting.visual_tokens);
  }

  [[nodiscard]] std::vector<std::size_t> layers() const override { return layers_; }
  [[nodiscard]] bool reads_sequence() const override { return true; }
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }
  std::optional<Selection> at_layer(const LayerStep& step) override;

 private:
  [[nodiscard]] std::vector<std::size_t> shares(std::size_t tokens, std::size_t pivots, std::size_t visual) const;

  PruningOptions options_;
  VisualLayout layout_;
  Positions positions_;
  std::vector<std::size_t> layers_;
  std::optional<std::size_t> budget_;
};

// How many tokens each pivot takes.
std::vector<std::size_t> Dart::shares(std::size_t tokens, std::size_t pivots, std::size_t visual) const {
  std::vector<std::size_t> out(pivots, 0);
  if (pivots == 0) return out;
  if (budget_) {
    for (std::size_t i = 0, left = *budget_ - visual; i < pivots; ++i)
      out[i] = left / pivots + (i < left % pivots ? 1 : 0);
    return out;
  }
  const double kept = static_cast<double>(tokens) * (1 - options_.dart_reduction);
  std::ranges::fill(out, (options_.dart_tokens > 0 ? options_.dart_tokens : static_cast<std::size_t>(kept)) / pivots);
  return out;
}

std::optional<Selection> Dart::at_layer(const LayerStep& step) {
  const std::size_t n = step.visual.count(), begin = step.visual_begin, text = begin + n;
  if (budget_.value_or(0) >= n) return std::nullopt;
  step.normed.refuse_not_finite("the decoder's states");
  const std::vector<double> sums = step.keys.absolute_sums();
  SPARSIGHT_CHECK(sums.size() == step.normed.count() && text <= sums.size());
  std::vector<float> norms(sums.begin(), sums.end());
  check_attention(norms, step.layer);
  const std::span<const float> of_visual = std::span(norms).subspan(begin, n), of_text = std::span(norms).subspan(text);

  std::vector<float> ranked(of_visual.begin(), of_visual.end());
  if (options_.keep_cls) ranked = cls_first(std::move(ranked), step.ids, layout_);
  const std::size_t cls = static_cast<std::size_t>(std::ranges::count(ranked, std::numeric_limits<float>::infinity()));
  std::vector<char> taken(n, 0);
  std::vector<std::size_t> pivots;
  std::size_t most = std::max(options_.visual_pivots, cls);
  if (budget_) most = std::min(most, *budget_);
  const std::vector<std::size_t> first = largest(ranked, most);
  for (const std::size_t i : first) taken[i] = 1, pivots.push_back(begin + i);
  for (const std::size_t i : largest(of_text, options_.text_pivots)) pivots.push_back(text + i);
  pivots = order_of_set(pivots);
  if (pivots.empty())
    fail(ErrorKind::Usage, "dart: expected at least one pivot among the visual tokens or in the text, found none");

  const std::vector<std::size_t> each = shares(n, pivots.size(), first.size());
  const States visual = step.normed.slice(begin, n);
  for (std::size_t p = 0; p < pivots.size(); ++p) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < n; ++i)
      if (taken[i] == 0) left.push_back(i), pairs.emplace_back(i, pivots[p]);
    std::vector<float> unlike = visual.cosines(step.normed, pairs);
    std::ranges::transform(unlike, unlike.begin(), std::negate());
    for (const std::size_t i : top_k(unlike, std::min(each[p], left.size()))) taken[left[i]] = 1;
  }
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < n; ++i)
    if (taken[i] != 0) kept.push_back(i);
  if (kept.empty()) kept = largest(ranked, 1);
  Selection selection = Selection::keep(std::move(kept), n, positions_);
  selection.scores.assign(of_visual.begin(), of_visual.end());
  return selection;
}

// One table of CPython's set: open addressing, entries are numbers that hash to themselves.
class SetTable {
 public:
  explicit SetTable(std::size_t size) : slots_(size, kFree) {}

  // False: it was there.
  bool insert(std::size_t number) {
    constexpr std::size_t kProbes = 9, kShift = 5;
    const std::size_t size = slots_.size();
    for (std::size_t at = number % size, perturb = number;; at = (5 * at + 1 + perturb) % size) {
      const std::size_t behind = at + kProbes < size ? kProbes : 0;
      for (std::size_t i = at; i <= at + behind; ++i) {
        if (slots_[i] == number) return false;
        if (slots_[i] != kFree) continue;
        slots_[i] = number;
        return true;
      }
      perturb >>= kShift;
    }
  }
  [[nodiscard]] std::vector<std::size_t> numbers() const {
    std::vector<std::size_t> out;
    std::ranges::copy_if(slots_, std::back_inserter(out), [](std::size_t slot) { return slot != kFree; });
    return out;
  }
  [[nodiscard]] std::size_t size() const { return slots_.size(); }

 private:
  static constexpr std::size_t kFree = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> slots_;
};

}  // namespace

std::vector<std::size_t> order_of_set(std::span<const std::size_t> numbers) {
  constexpr std::size_t kLeast = 8;
  SetTable table(kLeast);
  std::size_t used = 0;
  for (const std::size_t number : numbers) {
    if (!table.insert(number) || 5 * ++used < 3 * (table.size() - 1)) continue;
    std::size_t size = kLeast;
    while (size <= 4 * used) size *= 2;
    SetTable larger(size);
    for (const std::size_t there : table.numbers()) larger.insert(there);
    table = std::move(larger);
  }
  return table.numbers();
}

namespace {

std::unique_ptr<PruningStrategy> make_dart(const PruningOptions& options, const PruningSetting& setting) {
  expect_plain(options, "dart");
  return std::make_unique<Dart>(options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo dart() {
  return {"dart", "DART: after layer 1, tokens unlike a few pivots and unlike each other",
          "arXiv 2502.11494; ZichenWen1/DART 5a19452", make_dart, kDartKnobs};
}

}  // namespace pruned_by

}  // namespace sparsight
