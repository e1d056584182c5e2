// tokenizer.model through the SentencePiece library, with the added tokens and the rules of transformers'
// LlamaTokenizer. Internal to this folder.
#pragma once

#include "core/model/tokenizer/parts.h"
#include "core/model/tokenizer/tokenizer_files.h"

#include <string_view>

namespace sparsight {

// Where files disagree or are silent:
// - dummy prefix: tokenizer_config.json's `legacy`, else legacy: before every stretch of text;
// - `<s>` and `</s>` around a text: add_bos_token and add_eos_token of tokenizer_config.json, else true and false;
// - one added token with two ids, one id for two tokens: Error{Model}.
// Error{Model} names the file; `where` is the directory in messages.
[[nodiscard]] TokenizerParts parts_of_sentencepiece(const TokenizerTexts& texts, std::string_view where);

}  // namespace sparsight
