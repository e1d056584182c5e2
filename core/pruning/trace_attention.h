// What words attend to, as a trace keeps it: post-softmax attention of text and answer to the visual tokens, of the
// model as it answered, pruned or not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sparsight {

// Many numbers, shared by copies; immutable.
template <typename T>
class SharedValues {
 public:
  SharedValues() = default;
  SharedValues(std::vector<T> values)  // NOLINT(google-explicit-constructor): a list of the same numbers
      : values_(values.empty() ? nullptr : std::make_shared<const std::vector<T>>(std::move(values))) {}
  SharedValues(std::initializer_list<T> values) : SharedValues(std::vector<T>(values)) {}

  [[nodiscard]] std::size_t size() const { return values_ ? values_->size() : 0; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] const T* data() const { return values_ ? values_->data() : nullptr; }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size(); }
  [[nodiscard]] T operator[](std::size_t i) const { return data()[i]; }
  friend bool operator==(const SharedValues& a, const SharedValues& b) { return std::ranges::equal(a, b); }

 private:
  std::shared_ptr<const std::vector<T>> values_;
};
using SharedFloats = SharedValues<float>;
using SharedHalves = SharedValues<std::uint16_t>;

// A word as people read it: tokens `first` .. `first + count` of the text, or of the answer.
struct TraceWord {
  std::string text;
  std::size_t first = 0, count = 0;
  std::size_t turn = 0;     // of the chat, from 0
  bool of_question = true;  // or of an earlier answer
  std::size_t at = 0;       // of an answer's word: its first byte in Trace::answer

  friend bool operator==(const TraceWord&, const TraceWord&) = default;
};

// A row is a token that looked at the picture: first text tokens, then tokens of the answer. The row before a token of
// the answer is the one that the model said it from.
struct TraceAttention {
  // A trace with more leaves something out: it is kept with every answer, and the window reads it while one waits.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;
  // Values are float16 of kScale times the attention. This halves the bytes, and down to an attention of 2e-9 rounds
  // by at most 1/2048 of a value; unscaled float16 would lose digits below 6e-5, where most of 2,056 tokens are.
  static constexpr float kScale = 32768;
  [[nodiscard]] static std::uint16_t stored(float attention);
  [[nodiscard]] static float attention(std::uint16_t stored);

  struct Layer {
    std::size_t layer = 0;   // of the decoder, from 0
    std::size_t heads = 0;   // each on its own; 0: only their mean
    std::size_t visual = 0;  // tokens that entered the layer, in their order there
    SharedHalves values;     // [rows, heads or 1, visual]

    [[nodiscard]] std::size_t maps() const { return std::max<std::size_t>(1, heads); }
    friend bool operator==(const Layer&, const Layer&) = default;
  };

  std::size_t heads = 0;          // of a layer of the model
  std::size_t first_text = 0;     // text tokens before it have no row: they were computed for an earlier answer, or
  std::size_t text_left_out = 0;  // this many of them were left out
  std::size_t text_rows = 0, answer_rows = 0;
  std::size_t answer_left_out = 0;  // tokens of the answer without a row
  std::size_t layers_left_out = 0;
  std::vector<Layer> layers;  // ascending

  [[nodiscard]] bool empty() const { return layers.empty(); }
  [[nodiscard]] std::size_t rows() const { return text_rows + answer_rows; }
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t mean_layers() const;  // that have only the mean over the heads
  [[nodiscard]] bool left_out() const;            // anything, for kMostBytes
  // Rows of a word of the text, and those that a word of the answer was said from; only those that are there.
  [[nodiscard]] std::vector<std::size_t> rows_of(const TraceWord& word) const;
  [[nodiscard]] std::vector<std::size_t> rows_of_answer(const TraceWord& word) const;
  // The attention of some rows (below rows(), at least one) in layers[at], their mean: [visual]. Without a head, or
  // where the layer does not have it, the mean over the heads.
  [[nodiscard]] std::vector<float> mean(std::size_t at, std::span<const std::size_t> rows,
                                        std::optional<std::size_t> head) const;
  // The index of the last layer up to `layer` that is there, or of the first one; not empty.
  [[nodiscard]] std::size_t nearest(std::size_t layer) const;
  // For people: what was left out, a sentence each.
  [[nodiscard]] std::vector<std::string> notes() const;

  friend bool operator==(const TraceAttention&, const TraceAttention&) = default;
};

// How much of the attention fits: the last layer and every `layer_step`-th before it are stored; of these, the last and
// every `head_step`-th before it with all heads (0: none).
struct AttentionPlan {
  std::size_t layer_step = 1, head_step = 1;

  friend bool operator==(const AttentionPlan&, const AttentionPlan&) = default;
};
// The shape of what is asked for.
struct AttentionShape {
  std::size_t layers, heads, rows, visual;
};
// The first that fits of: everything; heads in ever fewer layers; the mean in ever fewer layers. nullopt: none does.
[[nodiscard]] std::optional<AttentionPlan> plan_attention(const AttentionShape& shape,
                                                          std::size_t most = TraceAttention::kMostBytes);

}  // namespace sparsight
