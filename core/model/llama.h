// The decoder: LLaMA with grouped-query attention, rotary positions and a KV cache whose length is kept per
// layer, so that layers after a pruning step may hold fewer tokens than those before it.
#pragma once

#include "core/model/config.h"
#include "core/base/progress.h"
#include "core/model/weights.h"
#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sparsight {

// Keys (rotated) and values of the tokens seen so far. One owner; not shared.
class KvCache {
 public:
  // width = kv_heads * head_dim; F32 or BF16. Borrows the backend.
  KvCache(std::size_t layers, std::size_t width, DType dtype, Backend& backend);

  // Rows of a layer that its caller is to fill, from `first` on.
  struct Room {
    Tensor& keys;    // [at least first + rows, width]
    Tensor& values;  // the same
    std::size_t first;
  };

  [[nodiscard]] std::size_t layers() const { return layers_.size(); }
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] std::size_t length(std::size_t layer) const { return layers_[layer].length; }
  [[nodiscard]] std::size_t bytes(std::size_t layer) const;  // of its keys and values
  // In every layer; never shrinks. What has to grow grows by half at least: a chat is not copied with every question.
  void reserve(std::size_t tokens);
  [[nodiscard]] Room extend(std::size_t layer, std::size_t rows);
  void truncate(std::size_t tokens);  // keeps the first `tokens` of every layer
  void truncate_layer(std::size_t layer, std::size_t tokens);
  [[nodiscard]] std::vector<std::size_t> lengths() const;
  [[nodiscard]] TensorView keys(std::size_t layer) const;    // [length, width]
  [[nodiscard]] TensorView values(std::size_t layer) const;  // [length, width]

 private:
  struct Layer {
    Tensor keys, values;
    std::size_t length = 0;
  };
  std::size_t width_;
  DType dtype_;
  Backend* backend_;
  std::vector<Layer> layers_;
};

// The tokens as they go from layer to layer.
struct Sequence {
  Tensor hidden;                        // [rows, hidden]
  std::vector<std::int32_t> positions;  // [rows]
  // Which rows of the sequence before these are, unchanged; empty: others are among them.
  std::vector<std::size_t> from{};
};

// What a caller may look at while a forward pass runs; called after each layer, on the same thread.
struct LayerView {
  std::size_t layer;
  TensorView hidden;  // [rows, hidden]: the layer's output; of the last layer, the rows that it computes
  std::span<const std::int32_t> positions;  // [rows]
  TensorView scores{};                      // [heads, rows asked for, keys attended to], empty unless asked for
  TensorView mean_scores{};                 // [rows asked for, keys attended to]: mean over the heads, likewise
  double ms = 0;                            // that the layer took
  std::size_t kv_bytes = 0;                 // that its cache holds
};

// Post-softmax attention of the rows asked for, as LayerView has it.
struct LayerScores {
  Tensor scores, mean_scores;
};

// Rows that an earlier pass has taken through the layers up to `layer`, and whose keys and values are in the cache
// there (the layers behind it hold nothing). They join this pass behind that layer, in front of its own rows.
struct Resume {
  std::size_t layer;
  TensorView hidden;  // [rows, hidden]: output of `layer`
  std::span<const std::int32_t> positions;
};

struct ForwardOptions {
  Control control{};
  Stage stage = Stage::Prefill;
  std::function<void(const LayerView&)> on_layer{};
  // Rows of this pass whose attention in a layer is wanted; empty: none.
  std::function<std::vector<std::size_t>(std::size_t layer)> score_rows{};
  // Rows of which the mean over the heads is enough.
  std::function<std::vector<std::size_t>(std::size_t layer)> mean_score_rows{};
  // After a layer: a shorter sequence for the layers behind it, or nullopt. Layers up to it keep all keys and values.
  std::function<std::optional<Sequence>(const LayerView&)> reduce{};
  std::optional<Resume> resume{};
  // Before a layer attends: which of the `cached` keys of earlier passes this pass's rows see, ascending, or nullopt
  // for all. They always see each other, and the cache keeps what is not seen.
  std::function<std::optional<std::vector<std::size_t>>(std::size_t layer, std::size_t cached)> cached_keys{};
  // What the last layer computes of its output, counted from the end: keys and values are made of all rows, but nothing
  // reads more than the last one's output. Rows whose scores are asked for are computed in any case, and those behind.
  std::size_t last_layer_rows = 1;
  // Positions of this pass are, in every layer, those that follow its own cache's length; `positions` is not read.
  bool positions_follow_cache = false;
};

// The dtype that the decoder's weights are stored in, read off the embedding table. Error{Model} if it is missing.
[[nodiscard]] DType embedding_dtype(const ModelConfig& config, const Weights& weights);

// What keys and values are stored in unless told otherwise: BF16 beside quantised decoder weights, else F32, which
// keeps a result exact. Error{Model}.
[[nodiscard]] DType default_kv_dtype(const ModelConfig& config, const Weights& weights);

// Borrows config, weights and backend. Buffers are reused between calls: one call at a time. After a few tokens a pass
// of one row allocates nothing unless its options ask for it, or a much longer cache wants more scratch memory.
class Llama {
 public:
  Llama(const ModelConfig& config, const Weights& weights, Backend& backend, DType kv_dtype = DType::F32);
  ~Llama();

  [[nodiscard]] KvCache make_cache() const;
  void embed(std::span<const std::int32_t> ids, Tensor& out) const;  // [ids, hidden], already shaped

  // Runs `embeddings` [rows, hidden] at the given positions through every layer, appending to the cache. Returns
  // the hidden state of the last row after the final norm, [1, hidden], valid until the next call. When it throws
  // (Cancelled, Error), the cache is as it was.
  TensorView forward(TensorView embeddings, std::span<const std::int32_t> positions, KvCache& cache,
                     const ForwardOptions& options = {});
  // Attention of chosen rows in the layer behind `view`, if all of its rows were to go through it. Where a pass shows
  // `view`, it goes on with the keys that were made for this, of the rows that are left.
  [[nodiscard]] LayerScores attention_ahead(const LayerView& view, std::span<const std::size_t> rows,
                                            std::span<const std::size_t> mean_rows = {});
  [[nodiscard]] std::span<const float> inv_freq() const;  // [head_dim / 2]
  // lm_head: [rows, hidden] -> [rows, vocabulary], valid until the next call.
  [[nodiscard]] TensorView logits(TensorView hidden);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
