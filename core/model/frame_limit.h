// How many frames of a video a model can take.
#pragma once

#include "core/model/config.h"

#include <cstddef>

namespace sparsight {

// The most frames whose visual tokens fit into the model's positions together with `text_tokens` of the prompt and one
// position for the answer; 0: not even one, or the model takes no video.
[[nodiscard]] std::size_t most_frames(const ModelConfig& config, std::size_t text_tokens);

// The same with room for a chat of some length: the limit shown before a question is asked. At least 1.
[[nodiscard]] std::size_t most_frames_to_offer(const ModelConfig& config);

}  // namespace sparsight
