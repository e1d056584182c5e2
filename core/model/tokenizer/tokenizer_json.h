// tokenizer.json, the file of the tokenizers library, read by itself. Internal to this folder.
#pragma once

#include "core/model/tokenizer/parts.h"
#include "core/model/tokenizer/tokenizer_files.h"

#include <string_view>

namespace sparsight {

// As transformers 5 reads the directory:
// - the file's own steps count, byte pair encoding alone; padding, truncation and training's dropout don't;
// - its post_processor says what is put around a text, add_bos_token and add_eos_token of tokenizer_config.json don't;
// - where tokenizer_config.json names LlamaTokenizer, its steps take the place of the file's: `legacy` and
//   add_prefix_space say what gets a dummy prefix. Not so where the file is byte-level, and not for those types of
//   model whose config is known to name the class in error;
// - a special token that tokenizer_config.json names and nobody gives an id has that of its piece, else one behind the
//   largest.
// Error{Model} names the file and the key; `where` is the directory in messages.
[[nodiscard]] TokenizerParts parts_of_tokenizer_json(const TokenizerTexts& texts, std::string_view where);

}  // namespace sparsight
