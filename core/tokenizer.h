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

// Immutable after open; any thread.
class Tokenizer {
 public:
  // Reads tokenizer.model, and from tokenizer.json, added_tokens.json or tokenizer_config.json the added tokens, `legacy`,
  // add_bos_token and add_eos_token. Error{File, Model}.
  [[nodiscard]] static Tokenizer open(const std::filesystem::path& dir);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // The text is cut at special tokens (`<video>`, `</s>`, ...), the pieces between go through SentencePiece. With
  // `legacy` every piece of text after a special token gets the dummy prefix `▁`, without it only the very start does.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text) const;
  // As encode, but nothing in the text is taken for a special token: for what a user typed.
  [[nodiscard]] std::vector<std::int32_t> encode_plain(std::string_view text, bool at_start) const;
  // Special tokens are left out; ids outside the vocabulary too. Invalid UTF-8 becomes U+FFFD, as in transformers.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

  [[nodiscard]] std::optional<std::int32_t> special_id(std::string_view token) const;
  [[nodiscard]] bool is_special(std::int32_t id) const;
  [[nodiscard]] std::string piece(std::int32_t id) const;  // for display: "▁red", "<0x0A>", "<video>"
  [[nodiscard]] std::size_t size() const;                  // pieces and added tokens
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
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer) : tokenizer_(&tokenizer) {}
  [[nodiscard]] std::string push(std::int32_t id);
  [[nodiscard]] std::string flush();

 private:
  const Tokenizer* tokenizer_;
  std::string pending_;  // bytes of a character that is not complete yet
  bool at_start_ = true;
};

}  // namespace sparsight
