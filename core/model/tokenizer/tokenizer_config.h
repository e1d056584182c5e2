// What stands beside a tokenizer's own file: tokenizer_config.json, added_tokens.json, special_tokens_map.json.
// Internal to this folder.
#pragma once

#include "core/model/tokenizer/added_tokens.h"
#include "core/model/tokenizer/json_node.h"
#include "core/model/tokenizer/tokenizer_files.h"
#include "core/model/tokenizer/vocabulary.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sparsight {

// Tokens gathered from several places. Error{Model} names the place where one contradicts another.
class AddedTokenList {
 public:
  // A token that is there already becomes special if it is so here. With `decides`, its flags are those of this place.
  void add(AddedToken token, const std::string& place, bool decides = false);
  [[nodiscard]] AddedToken* find(std::string_view content);
  [[nodiscard]] const std::vector<AddedToken>& tokens() const { return tokens_; }
  [[nodiscard]] std::vector<AddedToken> take() { return std::move(tokens_); }

 private:
  std::vector<AddedToken> tokens_;
  std::unordered_map<std::string, std::size_t> by_content_;
  std::unordered_map<std::int32_t, std::size_t> by_id_;
};

struct TokenizerConfig {
  std::string llama_class;     // the class, if it is one that makes its own steps: "LlamaTokenizer"
  std::optional<bool> legacy;  // every stretch of text gets the dummy prefix, not only the first
  bool add_prefix_space = true;
  bool add_bos = true;
  bool add_eos = false;
  std::string bos = "<s>";
  std::string eos = "</s>";
  std::vector<std::string> named;  // spellings that are special by a role: bos_token, pad_token, image_token, ...
  std::vector<std::string> extra;  // special beside them
  AddedTokenList added;
};

// `tokenizer_json`: of the file, if it is there; its added tokens come first, and tokenizer_config.json's flags count.
[[nodiscard]] TokenizerConfig read_tokenizer_config(const TokenizerTexts& texts, const JsonNode* tokenizer_json,
                                                    std::string_view where);
// Error{Model} if a token's id, or its spelling, is that of another piece, or its id lies far behind them; `file` is
// the vocabulary's.
void check_added(const std::vector<AddedToken>& tokens, const Vocabulary& vocabulary, const std::string& file);
// "tokenizer.json" in messages: with the directory before it.
[[nodiscard]] std::string file_in(std::string_view where, std::string_view name);

}  // namespace sparsight
