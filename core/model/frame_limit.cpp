#include "core/model/frame_limit.h"

#include "core/model/families/family.h"

#include <algorithm>

namespace sparsight {

std::size_t most_frames(const ModelConfig& config, std::size_t text_tokens) {
  const std::size_t taken = text_tokens + 1;
  if (taken >= config.text.max_positions) return 0;
  constexpr std::size_t kSome = 2;  // a token may show two frames
  return (config.text.max_positions - taken) * kSome / config.layout(MediaKind::Video, kSome).tokens();
}

std::size_t room_for_a_chat(const ModelConfig& config) {
  constexpr std::size_t kChat = 512;
  return std::min(kChat, config.text.max_positions / 8);
}

std::size_t most_frames_to_offer(const ModelConfig& config) {
  return std::max<std::size_t>(1, most_frames(config, room_for_a_chat(config)));
}

bool by_own_rule(const ModelConfig& config, const FrameRequest& request) {
  return request.as_trained && config.family->frames != nullptr;
}

std::size_t frames_at_most(const ModelConfig& config, const FrameRequest& request) {
  return by_own_rule(config, request) ? std::max<std::size_t>(1, config.family->pixels.max_frames) : request.count;
}

}  // namespace sparsight
