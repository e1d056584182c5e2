// SentencePiece with the added tokens and the legacy rules of transformers' LlamaTokenizer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct TokenizerFiles;

// A stretch of a prompt. In one with `special` false (what somebody typed) nothing is taken for a special token.
struct TextSpan {
  std::string_view text;
  bool special = true;
};

// Immutable after open; any thread.
//
// Where files disagree or are silent:
// - dummy prefix: tokenizer_config.json's `legacy`, else what tokenizer.json does, else legacy;
// - `<s>` and `</s>` around a text: add_bos_token and add_eos_token of tokenizer_config.json, else true and false;
// - one added token with two ids, one id for two tokens, a tokenizer.json of another vocabulary: Error{Model}.
class Tokenizer {
 public:
  // Reads tokenizer.model, and from tokenizer.json, added_tokens.json, special_tokens_map.json and
  // tokenizer_config.json the added tokens, `legacy`, add_bos_token and add_eos_token. Error{File, Model}.
  [[nodiscard]] static Tokenizer open(const std::filesystem::path& dir);
  // From contents already read; `where` names them in messages. Error{Model}.
  [[nodiscard]] static Tokenizer from_files(TokenizerFiles files, std::string_view where);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // The text is cut at special tokens (`<video>`, `</s>`, ...; leftmost, then longest), the pieces between go through
  // SentencePiece. With `legacy` every piece of text after a special token gets the dummy prefix `▁`, without it only
  // the very start does. Begins with `<s>` if adds_bos(). Invalid UTF-8 is read as U+FFFD, a byte at a time.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text) const;
  // As encode of the joined text, where a special token counts only if it lies within one span that allows it.
  [[nodiscard]] std::vector<std::int32_t> encode(std::span<const TextSpan> spans) const;
  // Nothing is taken for a special token and no `<s>` is put before. `at_start` as if the text began the prompt:
  // it gets the dummy prefix; otherwise as if it followed a special token.
  [[nodiscard]] std::vector<std::int32_t> encode_plain(std::string_view text, bool at_start) const;
  // Special tokens are left out; ids outside the vocabulary too. One space at the very start is taken off. As in
  // transformers, a run of byte pieces (special tokens don't end it) that is not valid UTF-8 as a whole becomes
  // U+FFFD for each of its bytes, the valid ones included. The result is always valid UTF-8.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

  [[nodiscard]] std::optional<std::int32_t> special_id(std::string_view token) const;  // of any added token
  [[nodiscard]] bool is_special(std::int32_t id) const;                                // left out by decode
  [[nodiscard]] std::string piece(std::int32_t id) const;  // for display: "▁red", "<0x0A>", "</s>"; "" if unknown
  [[nodiscard]] std::size_t size() const;                  // the largest id + 1
  [[nodiscard]] bool legacy() const;
  [[nodiscard]] bool adds_bos() const;

 private:
  friend class StreamDecoder;
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Turns ids into text as they come: never half a UTF-8 character, and the concatenation of all push() and the
// final flush() equals decode() of all ids. The tokenizer outlives it. One thread.
//
// Ordinary pieces come out at once. Byte pieces are held back while their run may still turn out either way, since
// one wrong byte makes U+FFFD of the whole run (see decode): until the next ordinary piece or flush(), or, once the
// run is beyond repair, not at all.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  [[nodiscard]] std::string push(std::int32_t id);
  // The rest; afterwards it is as new.
  [[nodiscard]] std::string flush();

 private:
  [[nodiscard]] std::string end_run();
  [[nodiscard]] std::string out(std::string text);

  const Tokenizer* tokenizer_;
  std::string pending_;       // a byte run that is valid so far, perhaps with an unfinished character at its end
  std::size_t complete_ = 0;  // bytes of it that are whole characters
  bool broken_ = false;       // the current run can't be valid any more; its U+FFFD are out
  bool at_start_ = true;
};

}  // namespace sparsight
