// How many frames of a video a model can look at.
#pragma once

#include "core/model/config.h"

#include <cstddef>

namespace sparsight {

// The most frames whose visual tokens fit into the model's positions beside `text_tokens` of the prompt, with one
// position left for the answer; 0: none does.
[[nodiscard]] std::size_t most_frames(const ModelConfig& config, std::size_t text_tokens);

// The same with room for a chat of some length: what a person is offered who has not asked yet. At least 1.
[[nodiscard]] std::size_t most_frames_to_offer(const ModelConfig& config);

}  // namespace sparsight
