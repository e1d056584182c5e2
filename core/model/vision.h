// Towers and projector: pixels -> visual tokens. A video is encoded once and reused by every question. The family says
// how (Family::vision).
#pragma once

#include "core/base/progress.h"
#include "core/model/config.h"
#include "core/model/prompt.h"
#include "core/model/weights.h"
#include "kernels/backend.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace sparsight {

// A tower's output for some frames. Rows are frames * VisionConfig::tokens(), CLS first in each frame if there is one.
struct TowerStates {
  struct State {
    std::size_t index;  // hidden state of the tower: the input of layer `index`, 0-based
    Tensor hidden;      // [rows, width]
  };
  // [rows, width * feature layers]: input of the projector; or, of a family whose projector joins patches, the tokens
  // [tokens, text hidden].
  Tensor features;
  // Inputs of the tower's last two layers, if the features need these layers; of towers with CLS.
  std::vector<State> states;
};

// Immutable once made; shared between questions. Tensors are in the memory of the encoder's backend.
struct VisualTokens {
  MediaKind kind = MediaKind::None;
  Tensor embeddings;    // [layout.tokens(), text hidden]
  VisualLayout layout;  // without words
  TowerStates tower;
  Medium medium{};
};

// What one layer of the tower computes from its input. Rows as above.
struct TowerAttention {
  HostTensor cls_attention;  // [frames, heads, tokens]: post-softmax, of the CLS row
  Tensor keys, queries;      // [frames * tokens, width]: projections with bias; queries are not scaled
};

// What Family::vision makes, for one model. One call at a time.
class VisionModel {
 public:
  virtual ~VisionModel() = default;

  // Whether frames may go through the tower in any batches: a frame's result does not depend on the others.
  [[nodiscard]] virtual bool frame_by_frame() const { return true; }
  // Runs the tower for `kind`. pixels [views, 3, height, width], as look_at() makes them. Error{Model} for pixels of
  // another shape, Error{Usage} if the model takes no such media; Cancelled.
  [[nodiscard]] virtual TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control) const = 0;
  // Runs the projector and puts the tokens in order.
  [[nodiscard]] virtual VisualTokens tokens(TowerStates tower, const Medium& medium) const = 0;
  // Attention in a layer counted from the tower's end, 1 for the last or 2 for the one before it, for tokens from this
  // model. Error{Model}: the tower has fewer layers, or no CLS. Cancelled.
  [[nodiscard]] virtual TowerAttention attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                                 const Control& control) const = 0;
  // [rows, width of the features] -> [rows, text hidden].
  [[nodiscard]] virtual Tensor project(TensorView features) const = 0;
};

// Makes the vision model of config.family. Borrows config, weights and backend; one call at a time.
class VisionEncoder {
 public:
  VisionEncoder(const ModelConfig& config, const Weights& weights, Backend& backend);
  ~VisionEncoder();

  [[nodiscard]] bool frame_by_frame() const { return model_->frame_by_frame(); }
  [[nodiscard]] TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control = {}) const {
    return model_->run_tower(pixels, kind, control);
  }
  [[nodiscard]] VisualTokens tokens(TowerStates tower, const Medium& medium) const;
  [[nodiscard]] VisualTokens encode(HostView pixels, const Medium& medium, const Control& control = {}) const {
    return tokens(run_tower(pixels, medium.kind, control), medium);
  }
  // For pixels of one view a frame, of the tower's image size.
  [[nodiscard]] VisualTokens encode(HostView pixels, MediaKind kind, const Control& control = {}) const {
    return encode(pixels, Medium{.kind = kind, .frames = pixels.shape()[0]}, control);
  }
  [[nodiscard]] TowerAttention attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                         const Control& control = {}) const {
    return model_->attention(tokens, layer_from_end, control);
  }
  [[nodiscard]] Tensor project(TensorView features) const { return model_->project(features); }

 private:
  std::unique_ptr<VisionModel> model_;
};

}  // namespace sparsight
