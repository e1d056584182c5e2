#include "core/model/frame_limit.h"

#include "core/model/families/family.h"

#include <algorithm>

namespace sparsight {

std::size_t most_frames(const ModelConfig& config, std::size_t text_tokens) {
  const std::size_t taken = text_tokens + 1;
  if (!config.family->sees()) return 0;
  if (taken >= config.text.max_positions) return 0;
  constexpr std::size_t kSome = 2;  // a token may show two frames
  return (config.text.max_positions - taken) * kSome / config.layout(MediaKind::Video, kSome).tokens();
}

std::size_t most_frames(const ModelConfig& config, const Tokenizer& tokenizer, Chat chat, std::size_t more) {
  // A still image is one frame, and whoever opens a video is told that the model takes none.
  if (config.family->chat.video.empty()) return config.text.max_positions;
  chat.media = MediaKind::Video;
  const auto length_of = [&](std::size_t frames) {
    const Medium medium{.kind = MediaKind::Video, .frames = frames};
    return lay_out(chat, tokenizer, config, medium, config.layout(medium)).length + more;
  };
  const std::size_t each = config.layout(MediaKind::Video, 1).tokens();
  if (config.family->placeholder_text == nullptr) return most_frames(config, length_of(1) - each);
  constexpr std::size_t kMost = 4096;  // each try lays out a whole prompt
  std::size_t fit = 0, too_many = std::min(kMost, config.text.max_positions / each) + 1;
  while (fit + 1 < too_many) {
    const std::size_t middle = fit + (too_many - fit) / 2;
    (length_of(middle) < config.text.max_positions ? fit : too_many) = middle;
  }
  return fit;
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
