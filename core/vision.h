// Towers and projector: pixels -> visual tokens. Encoded once a video, reused by every question.
// CLIP ViT (pre-norm, class token, learnt positions), feature layers as configured, two-layer MLP projector.
#pragma once

#include "core/config.h"
#include "core/progress.h"
#include "core/prompt.h"
#include "core/weights.h"
#include "kernels/backend.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace sparsight {

// Immutable once made; shared between questions.
struct VisualTokens {
  MediaKind kind = MediaKind::None;
  Tensor embeddings;  // [frames * tokens_per_frame, text hidden]
  std::size_t frames = 0;
  std::size_t tokens_per_frame = 0;
  std::size_t grid = 0;  // patches a side
  bool has_cls = false;  // token 0 of each frame is CLS
};

// Borrows config, weights and backend; one call at a time.
class VisionEncoder {
 public:
  VisionEncoder(const ModelConfig& config, const Weights& weights, Backend& backend);
  ~VisionEncoder();

  // hidden_states[feature layer] of the tower for `kind`, layers concatenated: [frames * tokens, width * layers],
  // CLS included. pixels [frames, 3, image_size, image_size].
  [[nodiscard]] Tensor tower_features(TensorView pixels, MediaKind kind, const Control& control = {}) const;
  [[nodiscard]] VisualTokens encode(TensorView pixels, MediaKind kind, const Control& control = {}) const;

 private:
  struct Tower;
  struct Projector;
  Tensor project(TensorView features) const;

  const ModelConfig* config_;
  Backend* backend_;
  std::unique_ptr<Tower> image_tower_;
  std::unique_ptr<Tower> video_tower_;
  std::unique_ptr<Projector> projector_;
};

}  // namespace sparsight
