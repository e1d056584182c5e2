// The decoder: LLaMA with grouped-query attention, rotary positions and a KV cache with a length per layer, since
// layers after a pruning step may hold fewer tokens than those before it.
#pragma once

#include "core/base/progress.h"
#include "core/model/config.h"
#include "core/model/placement.h"
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

// Keys (rotated) and values of the tokens so far. One owner; not shared.
class KvCache {
 public:
  // width = kv_heads * head_dim; F32 or BF16. Borrows the backend.
  KvCache(std::size_t layers, std::size_t width, DType dtype, Backend& backend);

  // Rows of a layer, from `first` on, that the caller fills.
  struct Room {
    Tensor& keys;    // [at least first + rows, width]
    Tensor& values;  // the same
    std::size_t first;
  };

  [[nodiscard]] std::size_t layers() const { return layers_.size(); }
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] std::size_t length(std::size_t layer) const { return layers_[layer].length; }
  [[nodiscard]] std::size_t bytes(std::size_t layer) const;  // of its keys and values
  // Makes room in every layer; never shrinks. A buffer that must grow grows by at least half, so that a chat is not
  // copied with every question.
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

// The tokens that pass from one layer to the next.
struct Sequence {
  Tensor hidden;                        // [rows, hidden]
  std::vector<std::int32_t> positions;  // [rows]
  // For each row its unchanged row in the previous sequence; empty: some rows are new.
  std::vector<std::size_t> from{};
};

// What a caller may read during a forward pass, after each layer, on the same thread.
struct LayerView {
  std::size_t layer;
  TensorView hidden;  // [rows, hidden]: the layer's output; of the last layer, the rows that it computed
  std::span<const std::int32_t> positions;  // [rows]
  TensorView scores{};                      // [heads, rows asked for, keys attended to], empty unless asked for
  TensorView mean_scores{};                 // [rows asked for, keys attended to]: mean over the heads; empty likewise
  // [heads, rows observed, keys attended to], or without heads [rows observed, keys attended to]; empty unless asked
  // for.
  TensorView observed{};
  TensorView keys{};         // [all rows so far, kv_heads * head_dim]: the layer's cached keys, rotated
  double ms = 0;             // time of the layer
  std::size_t kv_bytes = 0;  // of the layer's cache
};

// Post-softmax attention of the rows asked for, as in LayerView.
struct LayerScores {
  Tensor scores, mean_scores;
};

// Rows that an earlier pass ran through the layers up to `layer`; their keys and values are in the cache there (later
// layers hold none). They join this pass after that layer, before its own rows.
struct Resume {
  std::size_t layer;
  TensorView hidden;  // [rows, hidden]: output of `layer`
  std::span<const std::int32_t> positions;
};

// A layer's attention for who looks on: of its last `rows` rows. It changes nothing that the layer computes, and its
// time is not the layer's.
struct Observe {
  std::size_t rows = 0;  // at most those of the pass
  bool heads = false;    // each of them, or their mean
};

struct ForwardOptions {
  Control control{};
  Stage stage = Stage::Prefill;
  std::function<void(const LayerView&)> on_layer{};
  // Rows of this pass whose attention in a layer is requested; empty: none.
  std::function<std::vector<std::size_t>(std::size_t layer)> score_rows{};
  // Rows for which only the mean over the heads is requested.
  std::function<std::vector<std::size_t>(std::size_t layer)> mean_score_rows{};
  std::function<Observe(std::size_t layer)> observe{};
  // Called after a layer: returns a shorter sequence for the later layers, or nullopt. Layers up to this one keep all
  // keys and values.
  std::function<std::optional<Sequence>(const LayerView&)> reduce{};
  std::optional<Resume> resume{};
  // Called before a layer's attention: which of the `cached` keys of earlier passes the rows of this pass attend to,
  // ascending, or nullopt for all. The rows always attend to each other, and the cache keeps all keys.
  std::function<std::optional<std::vector<std::size_t>>(std::size_t layer, std::size_t cached)> cached_keys{};
  // How many rows of its output the last layer computes, counted from the end. It computes keys and values of all rows,
  // but only the last row's output is read. Rows whose scores are requested, and the rows after them, are always
  // computed.
  std::size_t last_layer_rows = 1;
  // True: in every layer the positions of this pass continue from that layer's cache length; `positions` is not read.
  bool positions_follow_cache = false;
};

// The dtype of the decoder's stored weights: that of the embedding table. Error{Model} if it is missing.
[[nodiscard]] DType embedding_dtype(const ModelConfig& config, const Weights& weights);

// The default dtype of keys and values: BF16 with quantised decoder weights, else F32, which keeps results exact.
// Error{Model}.
[[nodiscard]] DType default_kv_dtype(const ModelConfig& config, const Weights& weights);

// Borrows config, weights and backend. Buffers are reused between calls: one call at a time. After a few tokens a pass
// of one row allocates nothing, unless its options need it or a much longer cache needs more scratch memory.
class Llama {
 public:
  // Weights that `placement` leaves out stay in the host's memory (Backend::on_host). `control` hears Stage::Load by
  // layers, while the weights go to the backend: Cancelled.
  Llama(const ModelConfig& config, const Weights& weights, Backend& backend, DType kv_dtype = DType::F32,
        const Placement& placement = {}, const Control& control = {});
  ~Llama();

  [[nodiscard]] KvCache make_cache() const;
  // [ids, hidden], already shaped. Error{Model}: expect_in_vocabulary(). Like all that computes, it first waits for its
  // weights (Weights::needed): Cancelled.
  void embed(std::span<const std::int32_t> ids, Tensor& out, const Control& control = {}) const;

  // For M-RoPE: the place of each token of the prompt, before any pruning, by its position. Positions beyond them go on
  // from the last one's largest coordinate, as transformers' generate() does. Empty: no token has a place of its own.
  // Holds for later passes.
  void set_places(std::vector<RotaryPlace> places);
  // Runs `embeddings` [rows, hidden] at the given positions through every layer and appends to the cache. Returns the
  // hidden state of the last row after the final norm, [1, hidden], valid until the next call. If it throws (Cancelled,
  // Error), the cache is unchanged.
  TensorView forward(TensorView embeddings, std::span<const std::int32_t> positions, KvCache& cache,
                     const ForwardOptions& options = {});
  // Attention of chosen rows in the layer after `view`, as if all rows of `view` went through it. During the pass that
  // provides `view`, that layer reuses the keys computed here, for the rows that remain.
  [[nodiscard]] LayerScores attention_ahead(const LayerView& view, std::span<const std::size_t> rows,
                                            std::span<const std::size_t> mean_rows = {}, const Control& control = {});
  // `hidden` after the decoder's final norm, which ends a pass.
  [[nodiscard]] Tensor final_norm(TensorView hidden);
  [[nodiscard]] std::span<const float> inv_freq() const;  // [head_dim / 2]
  // lm_head: [rows, hidden] -> [rows, vocabulary], valid until the next call. forward() has waited for its weights.
  [[nodiscard]] TensorView logits(TensorView hidden);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
