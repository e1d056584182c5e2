// Text-image interaction (arXiv 2409.01162), an interpretation, since no code was released. Stage 1, before the
// decoder: sorts visual tokens by cosine similarity to the CLS of their frame (of a picture without CLS: to the mean of
// its tokens) and cuts at the knee; CLS tokens stay and are not part of the curve. Stage 2, after layer 2 of 32: sorts
// them by the attention that they get from all text rows and cuts at the knee. No text is dropped. A count or share
// replaces both knees: stage 1 then keeps twice as many as stage 2.
#include "core/pruning/registry.h"
#include "core/pruning/scores.h"
#include "core/pruning/strategies/parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

namespace sparsight {
namespace {

constexpr std::size_t kTextImageLayer = 2;  // of 32; the paper's abstract names no layer

// Cosine of each token to its frame's CLS, or to the mean of the frame's tokens; 1 for CLS itself.
std::vector<float> similarity_to_frame(const PromptView& prompt) {
  const VisualLayout& layout = prompt.layout;
  const std::size_t n = prompt.visual.count();
  const bool known = layout.tokens() == n;  // else all count as one frame
  std::vector<float> scores(n);
  for (std::size_t b = 0; b < (known ? layout.blocks().size() : 1); ++b) {
    const std::size_t begin = known ? layout.begin(b) : 0, end = known ? layout.end(b) : n;
    const bool has_cls = known && layout.cls(b);
    const States frame = prompt.visual.slice(begin, end - begin);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    std::vector<WeightedRow> mean;
    for (std::size_t i = 0; i < frame.count(); ++i) {
      pairs.emplace_back(i, 0);
      mean.push_back({i, 1 / static_cast<double>(frame.count())});
    }
    const States whole = has_cls ? frame : frame.sums({&mean, 1});  // only its first row is used
    const std::vector<float> cosines = frame.cosines(whole, pairs);
    check_similarity(cosines);
    std::ranges::copy(cosines, scores.begin() + static_cast<std::ptrdiff_t>(begin));
    if (has_cls) scores[begin] = 1.0f;
  }
  return scores;
}

std::size_t knee_of(std::vector<float> scores) {
  std::ranges::sort(scores, std::greater());
  return up_to_knee(scores);
}

class TextImage final : public PruningStrategy {
 public:
  TextImage(const PruningOptions& options, const PruningSetting& setting)
      : keep_cls_(options.keep_cls),
        positions_(options.positions.value_or(Positions::Repacked)),
        layout_(setting.layout),
        layers_(pruning_layer(options, kTextImageLayer, setting.layers)) {
    if (options.budget.kind == Budget::Kind::Default) return;
    constexpr std::array<std::size_t, 2> kShape{2, 1};
    const std::size_t first = layers_.empty() ? setting.layers : layers_.front() + 1;
    const std::array<std::size_t, 2> spans{first, setting.layers - first};
    counts_ = outputs_for(static_cast<double>(options.budget.tokens(setting.visual_tokens)), kShape,
                          std::span(spans).first(layers_.empty() ? 1 : 2), setting.visual_tokens);
  }

  std::optional<Selection> before_decoder(const PromptView& prompt) override {
    rows_.resize(prompt.text.count());
    std::iota(rows_.begin(), rows_.end(), std::size_t{0});
    const std::size_t n = prompt.visual.count();
    std::vector<std::int32_t> ids(n);
    std::iota(ids.begin(), ids.end(), 0);
    std::vector<float> scores = similarity_to_frame(prompt);
    if (!counts_.empty()) return keep_best(std::move(scores), counts_[0], ids, prompt.layout, keep_cls_, positions_);
    std::vector<float> curve;
    for (std::size_t i = 0; i < n; ++i)
      if (!prompt.layout.is_cls(i)) curve.push_back(scores[i]);
    const std::size_t kept = n - curve.size() + knee_of(std::move(curve));
    return keep_best(std::move(scores), kept, ids, prompt.layout, true, positions_);
  }

  [[nodiscard]] std::vector<std::size_t> layers() const override { return layers_; }
  [[nodiscard]] std::vector<std::size_t> rows() const override { return rows_; }
  [[nodiscard]] DecodePositions decode_positions() const override { return decode_positions_of(positions_); }

  std::optional<Selection> at_layer(const LayerStep& step) override {
    if (rows_.empty()) return std::nullopt;
    std::vector<float> scores = attention_to_visual(step);
    const std::size_t kept = counts_.empty() ? knee_of(scores) : counts_[1];
    return keep_best(std::move(scores), kept, step.ids, layout_, keep_cls_, positions_);
  }

 private:
  bool keep_cls_;
  Positions positions_;
  VisualLayout layout_;
  std::vector<std::size_t> layers_;
  std::vector<std::size_t> counts_;  // per stage; empty: cut at the knee
  std::vector<std::size_t> rows_;
};

}  // namespace

std::size_t up_to_knee(std::span<const float> descending) {
  const std::size_t n = descending.size();
  if (n < 3) return n;
  const auto first = static_cast<double>(descending.front()), last = static_cast<double>(descending.back());
  // The distance to the chord is the vertical one times a constant. Rounding must not give a straight line a knee.
  const double none = 1e-6 * (first - last);
  std::size_t knee = n - 1;
  double farthest = none;
  for (std::size_t i = 1; i + 1 < n; ++i) {
    const double chord = first + (last - first) * static_cast<double>(i) / static_cast<double>(n - 1);
    const double distance = std::abs(static_cast<double>(descending[i]) - chord);
    if (distance > farthest) {
      farthest = distance;
      knee = i;
    }
  }
  return knee + 1;
}

namespace {

std::unique_ptr<PruningStrategy> make_text_image(const PruningOptions& options, const PruningSetting& setting) {
  expect_plain(options, "text-image");
  return std::make_unique<TextImage>(options, setting);
}

}  // namespace

namespace pruned_by {

StrategyInfo text_image() {
  return {"text-image",
          "our interpretation of text-image interaction: tokens like the frame, then those the text attends to",
          "arXiv 2409.01162; no code was released", make_text_image};
}

}  // namespace pruned_by

}  // namespace sparsight
