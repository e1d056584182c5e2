// Towers and projector: pixels -> visual tokens. Encoded once a video, reused by every question.
// The family says which tower looks at what (core/model/towers/) and how a frame becomes tokens (FrameTokens); feature
// layers are as configured, the projector is an MLP of two layers.
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

// What a tower made of some frames. Rows are frames * VisionConfig::tokens(), CLS first in each frame if it has one.
struct TowerStates {
  struct State {
    std::size_t index;  // among the tower's hidden states: what enters layer `index`, 0-based
    Tensor hidden;      // [rows, width]
  };
  Tensor features;            // [rows, width * feature layers]: before the projector
  std::vector<State> states;  // what enters the tower's last two layers, as far as the features needed it
};

// Immutable once made; shared between questions.
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

  // Through the tower for `kind`. pixels [frames, 3, image_height, image_width]. What becomes of a frame does not
  // depend on those beside it. Error{Model} for pixels of another shape, Error{Usage} where the model takes no such
  // media; Cancelled.
  [[nodiscard]] TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control = {}) const;
  // Through the projector.
  [[nodiscard]] VisualTokens tokens(TowerStates tower, MediaKind kind) const;
  [[nodiscard]] VisualTokens encode(HostView pixels, MediaKind kind, const Control& control = {}) const {
    return tokens(run_tower(pixels, kind, control), kind);
  }
  // Of tokens that this encoder made: a layer counted from the tower's end, 1 for the last or 2 for the one before it.
  // Costs a norm and two linear layers; layers that the features did not need are run for it. Error{Model}: the tower
  // has fewer layers, or no CLS. Cancelled.
  [[nodiscard]] TowerAttention attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                         const Control& control = {}) const;
  // [rows, width * feature layers] -> [rows, text hidden].
  [[nodiscard]] Tensor project(TensorView features) const;

 private:
  struct Projector;
  [[nodiscard]] const ClipTower& tower_of(MediaKind kind) const;

  const ModelConfig* config_;
  Backend* backend_;
  std::shared_ptr<const ClipTower> image_tower_, video_tower_;  // may be one; null: the model takes no such media
  std::unique_ptr<Projector> projector_;
  Tensor newline_;  // [text hidden]; empty: rows end without one
};

}  // namespace sparsight
