// CLIP's vision transformer and SigLIP's: learnt positions, an optional class token, pre-norm layers. Internal to
// core/model.
#pragma once

#include "core/model/config.h"
#include "core/model/parts.h"
#include "kernels/backend.h"

#include <cstddef>
#include <string>
#include <vector>

namespace sparsight {

// Rows are frames * config.tokens(), CLS first in each frame if there is one; with VisionConfig::frames_together,
// frames are a multiple of that. Borrows config, weights and backend; one call at a time.
class ClipTower {
 public:
  ClipTower(const VisionConfig& config, const Weights& weights, const std::string& prefix, Backend& backend);

  // Buffers of the layers, for one batch of frames.
  struct Scratch {
    Scratch(std::size_t rows, const VisionConfig& config, Backend& backend);
    Tensor normed, q, k, v, mixed, wide;
    Tensor over_time;  // [rows, hidden], by run of frames, place and frame
    // Rows in that order, and back; empty where frames are independent.
    std::vector<std::size_t> by_place, by_frame;
  };

  // Each of the following first waits for its weights (Weights::needed): Cancelled.

  // Writes hidden state 0 of pixels [frames, channels, height, width] into x [rows, hidden]. `positions`: of a frame's
  // tokens, where they are not the tower's own.
  void embed(TensorView pixels, Scratch& scratch, Tensor& x, const Control& control, TensorView positions = {}) const;
  [[nodiscard]] TensorView positions() const { return positions_; }  // [config.tokens(), hidden]
  // Replaces x, the input of `layer`, by its output.
  void run_layer(std::size_t layer, std::size_t frames, Scratch& scratch, Tensor& x, const Control& control) const;
  // Computes the queries (not scaled) and keys, with bias, of the spatial attention of `layer` from the layer's input
  // `state`: [rows, hidden].
  void project(std::size_t layer, TensorView state, Tensor& queries, Tensor& keys, const Control& control) const;
  [[nodiscard]] float attention_scale() const;

 private:
  struct Attention {
    Norm norm;
    Linear q, k, v, out;
  };
  struct Layer {
    Attention over_space;
    Norm norm2;
    Linear fc1, fc2;
    Attention over_time;  // empty where frames are independent
    Tensor times;         // [frames_together, hidden]
    Needed needed;
  };

  [[nodiscard]] const Layer& layer(std::size_t at) const;  // Error{Model}: not stored
  [[nodiscard]] Attention attention(const Lookup& layer, const char* norm, const char* name) const;
  // x += the attention of `sequences` equal parts of x.
  void attend(const Attention& how, std::size_t sequences, Scratch& scratch, Tensor& x) const;
  void attend_over_time(const Layer& layer, Scratch& scratch, Tensor& x) const;

  const VisionConfig* config_;
  Backend* backend_;
  Tensor patch_weight_;  // [hidden, channels * patch * patch]
  Tensor patch_bias_;    // empty: none
  Tensor cls_;           // empty: none
  Tensor positions_;
  Norm pre_norm_;  // empty: none
  Needed for_embedding_;
  std::vector<Layer> layers_;
};

}  // namespace sparsight
