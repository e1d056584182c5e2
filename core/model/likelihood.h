// How likely a decoder finds text.
#pragma once

#include "core/base/progress.h"
#include "core/model/config.h"
#include "core/model/llama.h"
#include "kernels/backend.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sparsight {

// Natural logarithms of the probabilities that logits stand for.
[[nodiscard]] std::vector<float> log_softmax(std::span<const float> logits);

// Natural logarithm of the probability of each token after those before it, without the first: [ids.size() - 1]. Ids
// that are more than the model's positions are read in pieces, each with a first token of its own, which is not counted
// either. Reports Stage::Prefill by tokens. Error{Memory}; Cancelled.
[[nodiscard]] std::vector<float> log_probabilities(Llama& llama, const ModelConfig& config, Backend& backend,
                                                   std::span<const std::int32_t> ids, const Control& control = {});

}  // namespace sparsight
