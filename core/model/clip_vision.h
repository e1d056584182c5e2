// Vision by CLIP's tower, one view a frame: the rows of one or several feature layers, or averages of them, go through
// an MLP of two layers and become tokens as FrameTokens says. Families that arrange the projected rows in another way
// derive from it. Internal to core/model.
#pragma once

#include "core/model/linear.h"
#include "core/model/towers/clip.h"
#include "core/model/vision.h"

#include <cstddef>
#include <memory>

namespace sparsight {

class ClipVision : public VisionModel {
 public:
  ClipVision(const ModelConfig& config, const Weights& weights, Backend& backend);

  [[nodiscard]] bool frame_by_frame() const override;
  [[nodiscard]] TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control) const override;
  [[nodiscard]] VisualTokens tokens(TowerStates tower, const Medium& medium) const override;
  [[nodiscard]] TowerAttention attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                         const Control& control) const override;
  [[nodiscard]] Tensor project(TensorView features) const override;

 protected:
  // The row of the tower that a token of a patch or of CLS is made of; with FrameTokens::pool, the first of them.
  [[nodiscard]] virtual std::size_t tower_row(const TokenPlace& place, const Medium& medium) const;
  [[nodiscard]] const ModelConfig& config() const { return *config_; }
  [[nodiscard]] Backend& backend() const { return *backend_; }
  [[nodiscard]] const Tensor& newline() const { return newline_; }  // [1, text hidden]; empty: the family has none

 private:
  [[nodiscard]] const ClipTower& tower_of(MediaKind kind) const;

  const ModelConfig* config_;
  Backend* backend_;
  std::shared_ptr<const ClipTower> image_tower_, video_tower_;  // may be the same; null: the model takes no such media
  Linear linear1_, linear2_;
  Tensor newline_;
  Needed for_tokens_;
};

}  // namespace sparsight
