// Chat turns -> prompt ids and the spans of prefix, visual and text tokens.
// Template of Video-LLaVA (Vicuna v1): `{system} USER: <video>\n{question} ASSISTANT: {answer}</s>USER: ...`.
#pragma once

#include "core/config.h"
#include "core/tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sparsight {

enum class MediaKind { None, Image, Video };

struct Turn {
  std::string question;
  std::string answer;  // empty in the last turn: the one to be answered
};

struct Chat {
  std::string system;  // usually empty
  MediaKind media = MediaKind::None;  // stands in the first turn
  std::vector<Turn> turns;            // at least one
};

// The prompt as text, with `<image>` or `<video>` in place. A question that spells out a special token
// (`<video>`, `</s>`) is taken apart so that it cannot pose as one.
[[nodiscard]] std::string render(const Chat& chat);

// Where things stand once the placeholder is replaced by visual tokens. Half-open spans over the expanded sequence:
// prefix [0, visual_begin), visual [visual_begin, visual_end), text [visual_end, length).
struct PromptLayout {
  std::vector<std::int32_t> ids;  // not expanded: the placeholder once
  std::size_t visual_begin = 0;   // == visual_end: no media
  std::size_t visual_end = 0;
  std::size_t length = 0;

  [[nodiscard]] std::size_t visual_count() const { return visual_end - visual_begin; }
  // The ids of the expanded sequence, the placeholder's id standing for each visual token.
  [[nodiscard]] std::vector<std::int32_t> expanded() const;
};

// Error{Usage}: more than one placeholder, a placeholder without media or media without a placeholder.
[[nodiscard]] PromptLayout lay_out(std::vector<std::int32_t> ids, const ModelConfig& config, MediaKind media,
                                   std::size_t visual_tokens);
[[nodiscard]] PromptLayout lay_out(const Chat& chat, const Tokenizer& tokenizer, const ModelConfig& config,
                                   std::size_t visual_tokens);

}  // namespace sparsight
