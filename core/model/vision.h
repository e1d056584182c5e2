// Towers and projector: pixels -> visual tokens. A video is encoded once and reused by every question. The family says
// which tower (core/model/towers/) takes which media and how a frame becomes tokens (FrameTokens); the config says
// which feature layers are used; the projector is an MLP of two layers.
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
  Tensor features;            // [rows, width * feature layers]: input of the projector
  std::vector<State> states;  // inputs of the tower's last two layers, if the features need these layers
};

// Immutable once made; shared between questions. Tensors are in the memory of the encoder's backend.
struct VisualTokens {
  MediaKind kind = MediaKind::None;
  Tensor embeddings;  // [layout.tokens(), text hidden]
  VisualLayout layout;
  TowerStates tower;
};

class ClipTower;

// What one layer of the tower computes from its input. Rows as above.
struct TowerAttention {
  HostTensor cls_attention;  // [frames, heads, tokens]: post-softmax, of the CLS row
  Tensor keys, queries;      // [frames * tokens, width]: projections with bias; queries are not scaled
};

// Borrows config, weights and backend; one call at a time.
class VisionEncoder {
 public:
  VisionEncoder(const ModelConfig& config, const Weights& weights, Backend& backend);
  ~VisionEncoder();

  // Runs the tower for `kind`. pixels [frames, 3, image_height, image_width]. A frame's result does not depend on the
  // other frames. Error{Model} for pixels of another shape, Error{Usage} if the model takes no such media; Cancelled.
  [[nodiscard]] TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control = {}) const;
  // Runs the projector.
  [[nodiscard]] VisualTokens tokens(TowerStates tower, MediaKind kind) const;
  [[nodiscard]] VisualTokens encode(HostView pixels, MediaKind kind, const Control& control = {}) const {
    return tokens(run_tower(pixels, kind, control), kind);
  }
  // Attention in a layer counted from the tower's end, 1 for the last or 2 for the one before it, for tokens from this
  // encoder. Costs a norm and two linear layers, and runs layers that the features did not need. Error{Model}: the
  // tower has fewer layers, or no CLS. Cancelled.
  [[nodiscard]] TowerAttention attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                         const Control& control = {}) const;
  // [rows, width * feature layers] -> [rows, text hidden].
  [[nodiscard]] Tensor project(TensorView features) const;

 private:
  struct Projector;
  [[nodiscard]] const ClipTower& tower_of(MediaKind kind) const;

  const ModelConfig* config_;
  Backend* backend_;
  std::shared_ptr<const ClipTower> image_tower_, video_tower_;  // may be the same; null: the model takes no such media
  std::unique_ptr<Projector> projector_;
  Tensor newline_;  // [text hidden]; empty: no newline
};

}  // namespace sparsight
