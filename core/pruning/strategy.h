// Pruning of visual tokens: what a strategy sees and what it answers. A strategy is one file in strategies/ and one
// line in registry.cpp. It returns a Selection, which the decoder carries out; it never touches the KV cache.
//
// Hooks, in the order of the flow (a strategy implements those it needs):
//   1. tower           on the tower's features, given CLS attention and keys of its last layers
//   2. before_decoder  on the projected tokens, before the first decoder layer
//   3. at_layer        after a decoder layer, given attention rows of that layer or of the next
//   4. choose_cached   while decoding: which visual keys and values a layer attends to
#pragma once

#include "core/model/visual_layout.h"
#include "core/pruning/states.h"
#include "kernels/tensor.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

// Positions of the survivors.
enum class Positions { Repacked, Original };  // 0..n'-1, or the positions they had before

// The position of a token generated after a pruned prompt.
enum class DecodePositions {
  LayerLength,       // every layer: the length of its own cache
  ContinueUnpruned,  // after the prompt's length before pruning
};
// The published pairing: if survivors keep their positions, generated tokens follow the unpruned prompt.
[[nodiscard]] constexpr DecodePositions decode_positions_of(Positions positions) {
  return positions == Positions::Original ? DecodePositions::ContinueUnpruned : DecodePositions::LayerLength;
}

// What becomes of the visual tokens that enter a step. Indices count these tokens from 0.
struct Selection {
  static constexpr std::int32_t kDropped = -1;

  std::vector<std::size_t> kept;   // ascending; they go on in this order
  std::vector<std::int32_t> into;  // [entered]: the output that a token became or was merged into, or kDropped
  // [kept + merged]: the tokens that entered which each output is a sum of; kept ones first, merged ones after them.
  // Empty: nothing is merged and kept tokens stay as they are.
  std::vector<std::vector<WeightedRow>> sums;
  // Before the decoder only: the order in which outputs go on, each index once. Empty: as above. It puts the merged
  // tokens of a frame after its kept ones where frames are pruned one by one.
  std::vector<std::size_t> order;
  Positions positions = Positions::Repacked;  // Original: nothing is merged into new tokens, and no order is given

  // For the trace.
  std::vector<float> scores;        // [entered]; empty if the strategy has none
  std::optional<std::size_t> rank;  // of the raters' attention, if the budget depends on it or the step asks for it

  [[nodiscard]] std::size_t outputs() const { return sums.empty() ? kept.size() : sums.size(); }
  [[nodiscard]] std::size_t merged() const { return outputs() - kept.size(); }
  [[nodiscard]] bool changes_nothing() const { return kept.size() == into.size() && sums.empty(); }
  // Keeps `kept` and drops the rest.
  [[nodiscard]] static Selection keep(std::vector<std::size_t> kept, std::size_t entered, Positions positions);
};

// The prompt before the decoder: embeddings without norm, scale or position.
struct PromptView {
  States visual;        // [visual tokens, width]; fewer than in the layout if hook 1 pruned
  States text;          // [text tokens after the last visual one, width]
  VisualLayout layout;  // of the unpruned clip
};

// What hook 1 sees, for models whose visual tokens are rows of a tower with CLS (TowerTokens::Rows): one frame after
// another, in rows of the tower, CLS first in every frame. A Selection counts the visual tokens that would enter the
// decoder, as `layout` has them, one block per frame. If the model drops CLS before the projector (an image, as a
// rule), `layout` has no CLS: its rows can be read but not selected. A Selection's sums are sums of features and go
// through the projector. Without sums, kept tokens go on as they were projected already.
struct TowerView {
  States features;         // [frames * tower tokens, width * feature layers]: input of the projector
  HostView cls_attention;  // [frames, heads, tower tokens]: post-softmax, of the CLS row, in the requested layer
  States keys;             // [frames * tower tokens, width]: of that layer, heads side by side, with bias
  States queries;          // the same shape, not scaled
  std::size_t heads;
  VisualLayout layout;

  [[nodiscard]] std::size_t frames() const { return layout.blocks().size(); }
  [[nodiscard]] std::size_t tower_tokens() const { return features.count() / frames(); }  // per frame
  [[nodiscard]] std::size_t tokens() const { return layout.tokens() / frames(); }         // visual tokens per frame
  // Rows above: a frame's CLS, its first patch, and a visual token.
  [[nodiscard]] std::size_t cls_row(std::size_t frame) const { return frame * tower_tokens(); }
  [[nodiscard]] std::size_t patch_row(std::size_t frame) const { return cls_row(frame) + 1; }
  [[nodiscard]] std::size_t row_of(std::size_t token) const {
    const std::size_t frame = token / tokens();
    return (layout.has_cls() ? cls_row(frame) : patch_row(frame)) + token % tokens();
  }
};

struct TowerRequest {
  // The tower's layer whose attention is wanted, counted from its end: 1 is the last. 0: hook 1 is not used.
  // Error{Model} if the tower has fewer layers.
  std::size_t layer_from_end = 0;
};

// One step inside the decoder.
struct LayerStep {
  std::size_t step;                                // 0, 1, ... among the strategy's layers
  std::size_t layer;                               // 0-based; `visual` is from its output
  States visual;                                   // [visual tokens here, width]: output of the layer
  HostView scores;                                 // [heads, requested rows, keys]: post-softmax attention
  std::size_t visual_begin;                        // index among the keys
  std::span<const std::int32_t> row_positions;     // of the requested rows
  std::span<const std::int32_t> visual_positions;  // of the visual tokens
  std::span<const float> inv_freq;                 // rotary frequencies, [head_dim / 2]
  std::span<const std::int32_t> ids;  // trace ids of the visual tokens: below the prompt's visual count an original one
  // [keys, width] and [keys, kv heads * head width], only if the strategy reads_sequence(): the layer's output after
  // the decoder's final norm, and the layer's keys as it attended to them.
  States normed{};
  States keys{};
  bool wants_rank = false;  // the trace wants the rank of the raters' attention, even if no budget depends on it
  std::stop_token stop{};   // for long work: Cancelled
};

// One layer of a decode pass, before it attends.
struct CachedStep {
  std::size_t layer;
  std::size_t visual;        // visual tokens in the layer's cache
  std::size_t visual_begin;  // index among the cached keys
  // [heads, 1, keys]: post-softmax attention of the token in the layer that cached_attention() names; its first `keys`
  // are those cached there. Empty until this pass has run that layer.
  HostView scores;
};

// One for each question, made by the registry. Calls come in the order of the flow, on one thread.
class PruningStrategy {
 public:
  // Whose attention a step reads: the layer that just ran, or the next one (computed ahead).
  enum class Attention { ThisLayer, NextLayer };

  virtual ~PruningStrategy() = default;

  // Hook 1, once a question, before hook 2. nullopt: nothing is pruned.
  [[nodiscard]] virtual TowerRequest tower_request() const { return {}; }
  virtual std::optional<Selection> tower(const TowerView&) { return std::nullopt; }

  // Hook 2, once a question, always called.
  virtual std::optional<Selection> before_decoder(const PromptView&) { return std::nullopt; }

  // Hook 3. Layers, ascending; empty: the hook is not used.
  [[nodiscard]] virtual std::vector<std::size_t> layers() const { return {}; }
  [[nodiscard]] virtual Attention attention() const { return Attention::ThisLayer; }
  // The rows whose attention a step needs, as indices into the text.
  [[nodiscard]] virtual std::vector<std::size_t> rows() const { return {}; }
  // Whether a step reads LayerStep::normed and keys.
  [[nodiscard]] virtual bool reads_sequence() const { return false; }
  // nullopt, or a Selection that keeps everything: nothing is pruned at this step.
  virtual std::optional<Selection> at_layer(const LayerStep&) { return std::nullopt; }

  // Hook 4. The layer whose attention a decode pass must provide; nullopt: the hook is not used.
  [[nodiscard]] virtual std::optional<std::size_t> cached_attention() const { return std::nullopt; }
  // Called for every layer of every decode pass, in order. Returns the visual tokens (ascending, counted from 0) that
  // the layer attends to besides all other keys; nullopt: all. The cache keeps the rest for later passes.
  virtual std::optional<std::vector<std::size_t>> choose_cached(const CachedStep&) { return std::nullopt; }

  [[nodiscard]] virtual DecodePositions decode_positions() const { return DecodePositions::LayerLength; }

  // For the trace: the weight of each text token as a rater; empty if the strategy has none.
  [[nodiscard]] virtual std::vector<float> rater_weights() const { return {}; }
};

}  // namespace sparsight
