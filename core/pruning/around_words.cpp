#include "core/pruning/around_words.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace sparsight {
namespace {

// The tokens that enter a step: which of them are words, and which are shown.
struct Entered {
  std::vector<std::size_t> words, shown;  // indices, ascending

  [[nodiscard]] std::size_t count() const { return words.size() + shown.size(); }
};

// The columns of `scores` [heads, rows, keys] but those of `words`, which count from `begin`.
HostTensor without_columns(HostView scores, std::size_t begin, std::span<const std::size_t> words) {
  const Shape& shape = scores.shape();
  const std::size_t keys = shape[2];
  HostTensor out(Shape{shape[0], shape[1], keys - words.size()});
  float* to = out.f32();
  for (std::size_t row = 0; row < shape[0] * shape[1]; ++row) {
    const float* from = scores.f32() + row * keys;
    std::size_t next = 0;
    for (const std::size_t word : words) {
      to = std::copy(from + next, from + begin + word, to);
      next = begin + word + 1;
    }
    to = std::copy(from + next, from + keys, to);
  }
  return out;
}

// Rows of a sequence but those of `words`, which count from `begin`.
States without_rows(const States& sequence, std::size_t begin, std::span<const std::size_t> words) {
  if (sequence.empty()) return sequence;
  std::vector<std::size_t> rows;
  for (std::size_t i = 0, word = 0; i < sequence.count(); ++i) {
    if (word < words.size() && i == begin + words[word])
      ++word;
    else
      rows.push_back(i);
  }
  return sequence.gather(rows);
}

// A selection among the shown tokens as one among all, which keeps the words.
Selection with_words(const Selection& inner, const Entered& entered) {
  Selection out;
  out.positions = inner.positions;
  out.rank = inner.rank;
  for (const std::size_t kept : inner.kept) out.kept.push_back(entered.shown[kept]);
  const auto own = static_cast<std::ptrdiff_t>(out.kept.size());
  out.kept.insert(out.kept.end(), entered.words.begin(), entered.words.end());
  std::inplace_merge(out.kept.begin(), out.kept.begin() + own, out.kept.end());

  // Outputs of `inner`, as outputs of all.
  std::vector<std::size_t> output;
  const auto place_of = [&](std::size_t token) {
    return static_cast<std::size_t>(std::ranges::lower_bound(out.kept, token) - out.kept.begin());
  };
  for (const std::size_t kept : inner.kept) output.push_back(place_of(entered.shown[kept]));
  for (std::size_t m = 0; m < inner.merged(); ++m) output.push_back(out.kept.size() + m);

  out.into.assign(entered.count(), Selection::kDropped);
  for (const std::size_t word : entered.words) out.into[word] = static_cast<std::int32_t>(place_of(word));
  for (std::size_t i = 0; i < inner.into.size(); ++i)
    if (inner.into[i] != Selection::kDropped)
      out.into[entered.shown[i]] = static_cast<std::int32_t>(output[static_cast<std::size_t>(inner.into[i])]);
  if (!inner.sums.empty()) {
    out.sums.resize(out.kept.size() + inner.merged());
    for (const std::size_t word : entered.words) out.sums[place_of(word)] = {{word, 1.0}};
    for (std::size_t o = 0; o < output.size(); ++o)
      for (const WeightedRow& part : inner.sums[o])
        out.sums[output[o]].push_back({entered.shown[part.row], part.weight});
  }
  if (!inner.order.empty()) {
    std::size_t word = 0;
    for (const std::size_t o : inner.order) {
      // A word comes before the first kept token behind it; merged tokens stay with the kept ones before them.
      if (o < inner.kept.size())
        for (; word < entered.words.size() && entered.words[word] < entered.shown[inner.kept[o]]; ++word)
          out.order.push_back(place_of(entered.words[word]));
      out.order.push_back(output[o]);
    }
    for (; word < entered.words.size(); ++word) out.order.push_back(place_of(entered.words[word]));
  }
  if (!inner.scores.empty()) {
    out.scores.assign(entered.count(), *std::ranges::min_element(inner.scores));
    for (std::size_t i = 0; i < inner.scores.size(); ++i) out.scores[entered.shown[i]] = inner.scores[i];
  }
  return out;
}

class AroundWords final : public PruningStrategy {
 public:
  AroundWords(std::unique_ptr<PruningStrategy> inner, const VisualLayout& layout)
      : inner_(std::move(inner)), layout_(layout.without_words()), shown_before_(layout.tokens() + 1, 0) {
    SPARSIGHT_CHECK(inner_->tower_request().layer_from_end == 0);
    for (std::size_t token = 0; token < layout.tokens(); ++token) {
      const bool word = layout.is_word(token);
      shown_before_[token + 1] = shown_before_[token] + (word ? 0 : 1);
      if (word) words_.push_back(token);
    }
    in_cache_.push_back({0, words_});
  }

  std::optional<Selection> before_decoder(const PromptView& prompt) override {
    SPARSIGHT_CHECK(prompt.visual.count() + 1 == shown_before_.size());
    std::vector<std::int32_t> ids(prompt.visual.count());
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int32_t>(i);
    const Entered entered = entered_of(ids);
    const auto selection = inner_->before_decoder({prompt.visual.gather(entered.shown), prompt.text, layout_});
    return selection ? std::optional(remembered(0, *selection, entered)) : std::nullopt;
  }

  [[nodiscard]] std::vector<std::size_t> layers() const override { return inner_->layers(); }
  [[nodiscard]] Attention attention() const override { return inner_->attention(); }
  [[nodiscard]] std::vector<std::size_t> rows() const override { return inner_->rows(); }
  [[nodiscard]] bool reads_sequence() const override { return inner_->reads_sequence(); }
  [[nodiscard]] DecodePositions decode_positions() const override { return inner_->decode_positions(); }
  [[nodiscard]] std::vector<float> rater_weights() const override { return inner_->rater_weights(); }
  [[nodiscard]] std::optional<std::size_t> cached_attention() const override { return inner_->cached_attention(); }

  std::optional<Selection> at_layer(const LayerStep& step) override {
    const Entered entered = entered_of(step.ids);
    std::vector<std::int32_t> ids, positions;
    for (const std::size_t i : entered.shown) {
      ids.push_back(shown_id(step.ids[i]));
      if (!step.visual_positions.empty()) positions.push_back(step.visual_positions[i]);
    }
    HostTensor scores;
    if (!step.scores.empty()) scores = without_columns(step.scores, step.visual_begin, entered.words);
    LayerStep shown = step;
    shown.visual = step.visual.gather(entered.shown);
    shown.scores = scores;
    shown.visual_positions = positions;
    shown.ids = ids;
    shown.normed = without_rows(step.normed, step.visual_begin, entered.words);
    shown.keys = without_rows(step.keys, step.visual_begin, entered.words);
    const auto selection = inner_->at_layer(shown);
    return selection ? std::optional(remembered(step.layer + 1, *selection, entered)) : std::nullopt;
  }

  std::optional<std::vector<std::size_t>> choose_cached(const CachedStep& step) override {
    const std::vector<std::size_t>& words = words_in(step.layer);
    HostTensor scores;
    if (!step.scores.empty())
      scores = without_columns(step.scores, step.visual_begin, words_in(cached_attention().value_or(step.layer)));
    const auto chosen = inner_->choose_cached({.layer = step.layer,
                                               .visual = step.visual - words.size(),
                                               .visual_begin = step.visual_begin,
                                               .scores = scores});
    if (!chosen) return std::nullopt;
    std::vector<std::size_t> out;
    std::size_t word = 0, hidden = 0;  // words taken; words before the next chosen token
    for (const std::size_t i : *chosen) {
      while (hidden < words.size() && words[hidden] <= i + hidden) ++hidden;
      for (; word < hidden; ++word) out.push_back(words[word]);
      out.push_back(i + hidden);
    }
    out.insert(out.end(), words.begin() + static_cast<std::ptrdiff_t>(word), words.end());
    return out;
  }

 private:
  [[nodiscard]] bool is_word(std::int32_t id) const {
    return std::ranges::binary_search(words_, static_cast<std::size_t>(id));
  }
  // The id that `inner` knows a token by: without words, the layout's tokens and then merged ones.
  [[nodiscard]] std::int32_t shown_id(std::int32_t id) const {
    const auto token = static_cast<std::size_t>(id);
    return token + 1 < shown_before_.size() ? static_cast<std::int32_t>(shown_before_[token])
                                            : id - static_cast<std::int32_t>(words_.size());
  }
  [[nodiscard]] Entered entered_of(std::span<const std::int32_t> ids) const {
    Entered out;
    for (std::size_t i = 0; i < ids.size(); ++i) (is_word(ids[i]) ? out.words : out.shown).push_back(i);
    return out;
  }
  // `selection` with the words; layers from `layer` on hold what it leaves.
  [[nodiscard]] Selection remembered(std::size_t layer, const Selection& selection, const Entered& entered) {
    Selection out = with_words(selection, entered);
    std::vector<std::size_t> places;  // of words among the outputs, as they go on
    for (std::size_t at = 0; at < out.outputs(); ++at) {
      const std::size_t output = out.order.empty() ? at : out.order[at];
      if (output < out.kept.size() && std::ranges::binary_search(entered.words, out.kept[output])) places.push_back(at);
    }
    in_cache_.push_back({layer, std::move(places)});
    return out;
  }
  // Places of words among the visual tokens in a layer's cache, ascending.
  [[nodiscard]] const std::vector<std::size_t>& words_in(std::size_t layer) const {
    const auto last =
        std::find_if(in_cache_.rbegin(), in_cache_.rend(), [&](const auto& from) { return from.first <= layer; });
    return last->second;
  }

  std::unique_ptr<PruningStrategy> inner_;
  VisualLayout layout_;                    // without words
  std::vector<std::size_t> shown_before_;  // [tokens + 1]: how many tokens before each are no words
  std::vector<std::size_t> words_;         // of the prompt, ascending
  std::vector<std::pair<std::size_t, std::vector<std::size_t>>> in_cache_;  // from a layer on: places of words
};

}  // namespace

std::unique_ptr<PruningStrategy> around_words(std::unique_ptr<PruningStrategy> inner, const VisualLayout& layout) {
  return std::make_unique<AroundWords>(std::move(inner), layout);
}

}  // namespace sparsight
