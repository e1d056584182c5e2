// Reads and checks the tokenizer files of a checkpoint's folder, for core/model/tokenizer/tokenizer.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// A token outside SentencePiece's segmentation: found in the text by its spelling.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;      // left out by decode
  bool lstrip = false;       // removes white space before it
  bool rstrip = false;       // removes white space after it
  bool single_word = false;  // only if no word character is next to it
};

// Which pieces of text between added tokens get the dummy prefix `▁`.
enum class DummyPrefix { Every, First, Never };

struct TokenizerFiles {
  std::string model;  // serialized ModelProto, framing checked
  std::vector<AddedToken> added;
  DummyPrefix prefix = DummyPrefix::Every;
  bool prefix_if_missing = false;  // no prefix before text that begins with a space (the Metaspace pre-tokenizer)
  bool add_bos = true;
  bool add_eos = false;
  std::string bos = "<s>";
  std::string eos = "</s>";
  struct Entry {
    std::string piece;
    std::int64_t id = 0;
  };
  std::vector<Entry> vocabulary;  // tokenizer.json's; empty without the file
};

// Contents of the files that exist.
struct TokenizerTexts {
  std::string model;
  std::optional<std::string> tokenizer_json;
  std::optional<std::string> config_json;
  std::optional<std::string> added_tokens_json;
  std::optional<std::string> special_tokens_map_json;
};

// Error{Model} names the file and the key; `where` is the folder in messages.
[[nodiscard]] TokenizerFiles parse_tokenizer_files(TokenizerTexts texts, std::string_view where);
// Only tokenizer.model must exist. Error{File, Model}.
[[nodiscard]] TokenizerFiles read_tokenizer_files(const std::filesystem::path& dir);

}  // namespace sparsight
