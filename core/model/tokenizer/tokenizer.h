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

// A part of a prompt. With `special` false (typed text) nothing in it counts as a special token.
struct TextSpan {
  std::string_view text;
  bool special = true;
};

// Immutable after open; any thread.
//
// If files disagree or say nothing:
// - dummy prefix: tokenizer_config.json's `legacy`, else what tokenizer.json does, else legacy;
// - `<s>` and `</s>` around a text: tokenizer_config.json's add_bos_token and add_eos_token, else true and false;
// - one added token with two ids, one id for two tokens, a tokenizer.json of another vocabulary: Error{Model}.
class Tokenizer {
 public:
  // Reads tokenizer.model, and the added tokens, `legacy`, add_bos_token and add_eos_token from tokenizer.json,
  // added_tokens.json, special_tokens_map.json and tokenizer_config.json. Error{File, Model}.
  [[nodiscard]] static Tokenizer open(const std::filesystem::path& dir);
  // From files already read; `where` names them in messages. Error{Model}.
  [[nodiscard]] static Tokenizer from_files(TokenizerFiles files, std::string_view where);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Splits the text at special tokens (`<video>`, `</s>`, ...; leftmost, then longest) and gives the pieces between
  // them to SentencePiece. With `legacy` every piece after a special token gets the dummy prefix `▁`, without it only
  // the very start does. Begins with `<s>` if adds_bos(). Each invalid byte of UTF-8 counts as U+FFFD.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text) const;
  // Like encode of the joined text, but a special token counts only within one span that allows it.
  [[nodiscard]] std::vector<std::int32_t> encode(std::span<const TextSpan> spans) const;
  // Ignores special tokens and adds no `<s>`. `at_start`: as if the text began the prompt, so it gets the dummy prefix;
  // else as if it followed a special token.
  [[nodiscard]] std::vector<std::int32_t> encode_plain(std::string_view text, bool at_start) const;
  // Leaves out special tokens and ids outside the vocabulary, and removes one space at the very start. As in
  // transformers, a run of byte pieces (special tokens don't end it) that is not valid UTF-8 as a whole becomes U+FFFD
  // for each of its bytes, even the valid ones. The result is always valid UTF-8.
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

// Decodes ids one by one: never gives half a UTF-8 character, and all push() results and the final flush() together
// equal decode() of all ids. The tokenizer must outlive it. Used by one thread.
//
// Ordinary pieces are given at once. Byte pieces are held back while their run may become valid or invalid, since one
// wrong byte turns the whole run into U+FFFD (see decode): until the next ordinary piece or flush(). Once the run is
// invalid, its bytes are not held back.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  [[nodiscard]] std::string push(std::int32_t id);
  // Returns the rest and resets the decoder.
  [[nodiscard]] std::string flush();

 private:
  [[nodiscard]] std::string end_run();
  [[nodiscard]] std::string out(std::string text);

  const Tokenizer* tokenizer_;
  std::string pending_;       // a byte run that is valid so far, perhaps ending within a character
  std::size_t complete_ = 0;  // bytes of pending_ that form whole characters
  bool broken_ = false;       // the current run is invalid; its U+FFFD were returned
  bool at_start_ = true;
};

}  // namespace sparsight
