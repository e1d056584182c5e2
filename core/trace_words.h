// The words of a prompt and of an answer as people read them, and the tokens that each is made of.
#pragma once

#include "core/model/prompt.h"
#include "core/model/tokenizer/tokenizer.h"
#include "core/pruning/trace_attention.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Where a token's text lies in a whole.
struct TokenText {
  std::size_t begin = 0, end = 0;  // bytes; equal: its text came with the next token
  bool special = false;            // no text of people
};

// Words of the bytes [begin, end) of `text`: what white space separates. Where a script writes without spaces, a token
// ends a word. A word has all tokens that its text comes from.
[[nodiscard]] std::vector<TraceWord> words_in(std::string_view text, std::span<const TokenText> tokens,
                                              std::size_t begin, std::size_t end);
// Words of the questions and earlier answers in the text tokens `ids` behind the media of `chat`. A part that the
// tokenizer respelled, and all before it, has none.
[[nodiscard]] std::vector<TraceWord> words_of_prompt(const Chat& chat, const Family& family, const Tokenizer& tokenizer,
                                                     std::span<const std::int32_t> ids);

}  // namespace sparsight
