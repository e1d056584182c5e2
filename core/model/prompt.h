// Chat turns -> prompt ids and the spans of prefix, visual and text tokens, by the chat template of the model's family
// (ChatTemplate in core/model/families/family.h).
#pragma once

#include "core/model/config.h"
#include "core/model/tokenizer/tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sparsight {

struct Turn {
  std::string question;
  std::string answer;  // empty in the last turn, which is to be answered
};

// White space around each text is removed; line breaks inside stay.
struct Chat {
  std::string system;                 // usually empty
  MediaKind media = MediaKind::None;  // its placeholder is in the first turn
  std::vector<Turn> turns;            // at least one
};

// The prompt as text with the placeholder, for display and for prompts that no user typed. It can't tell special tokens
// in a question from those of the template; lay_out(Chat) can. Error{Usage}: no turn, an empty question, an answer in
// the last turn.
[[nodiscard]] std::string render(const Chat& chat, const Family& family = default_family());

// What people said in a prompt, and what the template puts around it, from the placeholder on (or from the start,
// without media), in its order.
struct PromptPart {
  enum class Kind { Template, Question, Answer };
  std::string text;
  Kind kind = Kind::Template;
  std::size_t turn = 0;  // of the chat, from 0
};
// Errors of render.
[[nodiscard]] std::vector<PromptPart> parts_behind_media(const Chat& chat, const Family& family);

// Stands for the placeholder in the ids of families whose vocabulary has none (ChatTemplate::no_placeholder_token).
inline constexpr std::int32_t kNoPlaceholderToken = -200;

// The prompt after the placeholder is replaced by visual tokens, as half-open spans of the expanded sequence: prefix
// [0, visual_begin), visual [visual_begin, visual_end), text [visual_end, length). Words between the visual tokens lie
// within the visual span.
struct PromptLayout {
  // As the tokenizer gives them: one placeholder, or one for each visual token where the family has a placeholder_text,
  // or one for each frame where the vocabulary has none.
  std::vector<std::int32_t> ids;
  std::size_t visual_begin = 0;  // == visual_end == 0: no media, only text
  std::size_t visual_end = 0;
  std::size_t length = 0;
  std::size_t placeholders = 1;  // in `ids`, from visual_begin on; 0: `ids` are expanded already
  VisualLayout visual{};         // of the visual span, with its words; empty: not known

  [[nodiscard]] std::size_t visual_count() const { return visual_end - visual_begin; }
  // The ids of the expanded sequence, with the placeholder's id for each visual token.
  [[nodiscard]] std::vector<std::int32_t> expanded() const;
};

// Error{Usage}: more than one placeholder, a placeholder without media or media without a placeholder; visual tokens
// without media or media without visual tokens. Error{Model}: an id that the model has no embedding for.
[[nodiscard]] PromptLayout lay_out(std::vector<std::int32_t> ids, const ModelConfig& config, MediaKind media,
                                   std::size_t visual_tokens);
// Typed text never becomes a special token: `<video>` or `</s>` in a question, an answer or the system text is encoded
// as ordinary characters. Chats without such text get the ids of encode(render(chat, family)). Errors as above and of
// render; Error{Model} if tokenizer and config disagree about the placeholder.
[[nodiscard]] PromptLayout lay_out(const Chat& chat, const Tokenizer& tokenizer, const ModelConfig& config,
                                   const Medium& medium, const VisualLayout& layout);
// Where M-RoPE puts each token of a prompt about a medium whose tokens, without words, are `visual`; empty for other
// models.
[[nodiscard]] std::vector<RotaryPlace> places_of(const PromptLayout& prompt, const ModelConfig& config,
                                                 const Medium& medium, const VisualLayout& visual);
// For a layout that is not known; not for families with a placeholder_text.
[[nodiscard]] PromptLayout lay_out(const Chat& chat, const Tokenizer& tokenizer, const ModelConfig& config,
                                   std::size_t visual_tokens);

}  // namespace sparsight
