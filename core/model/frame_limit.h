// How many frames of a video a model can take.
#pragma once

#include "core/media/video.h"
#include "core/model/config.h"
#include "core/model/prompt.h"
#include "core/model/tokenizer/tokenizer.h"

#include <cstddef>

namespace sparsight {

// The most frames whose visual tokens fit into the model's positions together with `text_tokens` of the prompt and one
// position for the answer; 0: not even one, or the model takes no video.
[[nodiscard]] std::size_t most_frames(const ModelConfig& config, std::size_t text_tokens);

// The same beside a chat about a video and as many more tokens, with the words that stand between frames; its `media`
// is ignored. Every number for a model that takes no videos. Errors of lay_out().
[[nodiscard]] std::size_t most_frames(const ModelConfig& config, const Tokenizer& tokenizer, Chat chat,
                                      std::size_t more = 0);

// Tokens that are left free for a chat of some length.
[[nodiscard]] std::size_t room_for_a_chat(const ModelConfig& config);

// most_frames() with room for a chat of some length: the limit shown before a question is asked. At least 1.
[[nodiscard]] std::size_t most_frames_to_offer(const ModelConfig& config);

// The family chooses the frames: the request leaves it to a model that has a rule.
[[nodiscard]] bool by_own_rule(const ModelConfig& config, const FrameRequest& request);
// The most frames that the request can take of a video: `count`, or what the family's own rule is limited to.
[[nodiscard]] std::size_t frames_at_most(const ModelConfig& config, const FrameRequest& request);

}  // namespace sparsight
