#include "core/model/frame_limit.h"

#include <algorithm>

namespace sparsight {

std::size_t most_frames(const ModelConfig& config, std::size_t text_tokens) {
  const std::size_t taken = text_tokens + 1;
  if (taken >= config.text.max_positions) return 0;
  const std::size_t each = config.layout(MediaKind::Video, 1).tokens();
  if (each == 0) return 0;
  return (config.text.max_positions - taken) / each;
}

std::size_t most_frames_to_offer(const ModelConfig& config) {
  constexpr std::size_t kChat = 512;
  return std::max<std::size_t>(1, most_frames(config, std::min(kChat, config.text.max_positions / 8)));
}

}  // namespace sparsight
