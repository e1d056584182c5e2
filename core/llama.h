// The decoder: LLaMA with grouped-query attention, rotary positions and a KV cache whose length is kept per
// layer, so that layers after a pruning step may hold fewer tokens than those before it.
#pragma once

#include "core/config.h"
#include "core/progress.h"
#include "core/weights.h"
#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace sparsight {

// Keys (rotated) and values of the tokens seen so far. One owner; not shared.
class KvCache {
 public:
  KvCache(std::size_t layers, std::size_t width);  // width = kv_heads * head_dim

  [[nodiscard]] std::size_t layers() const { return layers_.size(); }
  [[nodiscard]] std::size_t length(std::size_t layer) const { return layers_[layer].length; }
  [[nodiscard]] std::size_t bytes() const;
  void reserve(std::size_t tokens);  // in every layer; never shrinks
  void append(std::size_t layer, TensorView keys, TensorView values);
  void truncate(std::size_t tokens);  // keeps the first `tokens` of every layer
  void truncate_layer(std::size_t layer, std::size_t tokens);
  [[nodiscard]] TensorView keys(std::size_t layer) const;    // [length, width]
  [[nodiscard]] TensorView values(std::size_t layer) const;  // [length, width]

 private:
  struct Layer {
    Tensor keys, values;
    std::size_t length = 0;
    std::size_t capacity = 0;
  };
  std::size_t width_;
  std::vector<Layer> layers_;
};

// What a caller may look at while a forward pass runs; called after each layer, on the same thread.
struct LayerView {
  std::size_t layer;
  TensorView hidden;  // [rows, hidden]: the layer's output
  TensorView scores;  // [heads, rows asked for, keys], empty unless asked for
};

struct ForwardOptions {
  Control control{};
  Stage stage = Stage::Prefill;
  std::function<void(const LayerView&)> on_layer{};
  std::vector<std::size_t> score_rows{};  // rows of this pass whose attention is wanted
};

// The dtype that the decoder's weights are stored in, read off the embedding table. Error{Model} if it is missing.
[[nodiscard]] DType embedding_dtype(const ModelConfig& config, const Weights& weights);

// Borrows config, weights and backend. Buffers are reused between calls: one call at a time.
class Llama {
 public:
  Llama(const ModelConfig& config, const Weights& weights, Backend& backend);
  ~Llama();

  [[nodiscard]] KvCache make_cache() const;
  [[nodiscard]] Tensor embed(std::span<const std::int32_t> ids) const;  // [ids, hidden]

  // Runs `embeddings` [rows, hidden] at the given positions through every layer, appending to the cache. Returns
  // the hidden state of the last row after the final norm, [1, hidden]. Leaves the cache as it was when cancelled.
  [[nodiscard]] Tensor forward(TensorView embeddings, std::span<const std::int32_t> positions, KvCache& cache,
                               const ForwardOptions& options = {});
  // lm_head: [rows, hidden] -> [rows, vocabulary].
  [[nodiscard]] Tensor logits(TensorView hidden) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
