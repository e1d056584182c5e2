// SmolVLM2's vision: SigLIP's tower over square views, then each square of patches becomes one token (pixel shuffle, a
// linear layer). Internal to core/model.
#pragma once

#include "core/model/vision.h"

#include <memory>

namespace sparsight {

// The functions of Family.
[[nodiscard]] std::unique_ptr<VisionModel> make_smolvlm_vision(const ModelConfig& config, const Weights& weights,
                                                               Backend& backend);

}  // namespace sparsight
