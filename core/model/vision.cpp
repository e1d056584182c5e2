#include "core/model/vision.h"

#include "core/model/clip_vision.h"
#include "core/model/families/family.h"

namespace sparsight {

VisionEncoder::VisionEncoder(const ModelConfig& config, const Weights& weights, Backend& backend) {
  if (!config.family->sees()) return;
  if (config.family->vision != nullptr)
    model_ = config.family->vision(config, weights, backend);
  else
    model_ = std::make_unique<ClipVision>(config, weights, backend);
}

VisionEncoder::~VisionEncoder() = default;

VisualTokens VisionEncoder::tokens(TowerStates tower, const Medium& medium) const {
  VisualTokens out = model_->tokens(std::move(tower), medium);
  SPARSIGHT_CHECK(out.embeddings.rows() == out.layout.tokens());
  out.kind = medium.kind;
  out.medium = medium;
  return out;
}

}  // namespace sparsight
