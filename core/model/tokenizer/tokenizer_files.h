// What a checkpoint's directory says about its tokenizer, read and checked; core/model/tokenizer/tokenizer.cpp works with it.
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
  bool lstrip = false;       // swallows white space before it
  bool rstrip = false;       // swallows white space after it
  bool single_word = false;  // only where no word character touches it
};

// Which stretches of text between added tokens get the dummy prefix `▁`.
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

// Contents of the files, as far as they are there.
struct TokenizerTexts {
  std::string model;
  std::optional<std::string> tokenizer_json;
  std::optional<std::string> config_json;
  std::optional<std::string> added_tokens_json;
  std::optional<std::string> special_tokens_map_json;
};

// Error{Model} names the file and the key; `where` is the directory in messages.
[[nodiscard]] TokenizerFiles parse_tokenizer_files(TokenizerTexts texts, std::string_view where);
// Only tokenizer.model must exist. Error{File, Model}.
[[nodiscard]] TokenizerFiles read_tokenizer_files(const std::filesystem::path& dir);

}  // namespace sparsight
