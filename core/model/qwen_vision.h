// Vision of Qwen2-VL and Qwen2.5-VL: a tower that takes frames of any size in groups, and a merger that makes one token
// of neighbouring patches. Internal to core/model.
#pragma once

#include "core/model/linear.h"
#include "core/model/towers/qwen.h"
#include "core/model/vision.h"

namespace sparsight {

// TowerStates::features has a row for each token: its patches one after another.
class QwenVision : public VisionModel {
 public:
  QwenVision(const ModelConfig& config, const Weights& weights, Backend& backend);

  [[nodiscard]] bool frame_by_frame() const override { return false; }
  [[nodiscard]] TowerStates run_tower(HostView pixels, MediaKind kind, const Control& control) const override;
  [[nodiscard]] VisualTokens tokens(TowerStates tower, const Medium& medium) const override;
  [[nodiscard]] TowerAttention attention(const VisualTokens& tokens, std::size_t layer_from_end,
                                         const Control& control) const override;
  [[nodiscard]] Tensor project(TensorView features) const override;

 private:
  const ModelConfig* config_;
  Backend* backend_;
  QwenTower tower_;
  Norm norm_;
  Linear first_, second_;
  Needed for_all_;
};

}  // namespace sparsight
