// CLIP's vision transformer: learnt positions, an optional class token, pre-norm layers. Internal to core/model.
#pragma once

#include "core/model/config.h"
#include "core/model/parts.h"
#include "kernels/backend.h"

#include <cstddef>
#include <string>
#include <vector>

namespace sparsight {

// Rows are frames * config.tokens(), CLS first in each frame if there is one. Borrows config, weights and backend; one
// call at a time.
class ClipTower {
 public:
  ClipTower(const VisionConfig& config, const Weights& weights, const std::string& prefix, Backend& backend);

  // Buffers of the layers, for one batch of frames.
  struct Scratch {
    Scratch(std::size_t rows, const VisionConfig& config, Backend& backend);
    Tensor normed, q, k, v, mixed, wide;
  };

  // Writes hidden state 0 of pixels [frames, channels, height, width] into x [rows, hidden].
  void embed(TensorView pixels, Scratch& scratch, Tensor& x) const;
  // Replaces x, the input of `layer`, by its output.
  void run_layer(std::size_t layer, std::size_t frames, Scratch& scratch, Tensor& x) const;
  // Computes the queries (not scaled) and keys, with bias, of `layer` from its input `state`: [rows, hidden].
  void project(std::size_t layer, TensorView state, Tensor& queries, Tensor& keys) const;
  [[nodiscard]] float attention_scale() const;

 private:
  struct Layer {
    Norm norm1, norm2;
    Linear q, k, v, out, fc1, fc2;
  };
  [[nodiscard]] const Layer& layer(std::size_t at) const;  // Error{Model}: not stored

  const VisionConfig* config_;
  Backend* backend_;
  Tensor patch_weight_;  // [hidden, channels * patch * patch]
  Tensor cls_;           // empty: none
  Tensor positions_;
  Norm pre_norm_;
  std::vector<Layer> layers_;
};

}  // namespace sparsight
