// Turns text into ids and back, exactly as transformers does, for both kinds of tokenizer files.
#pragma once

#include "core/model/tokenizer/tokenizer_files.h"

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

class TextDecoderRun;

// A part of a prompt. With `special` false (typed text) nothing in it counts as a special token.
struct TextSpan {
  std::string_view text;
  bool special = true;
};

// The tokens that a tokenizer adds before and after each text, such as `<s>`.
enum class Around { Put, Omit };

// Immutable after open; any thread.
class Tokenizer {
 public:
  // Reads tokenizer.json (byte pair encoding, with byte fallback or byte-level) if the folder has it, else
  // tokenizer.model. Reads added tokens also from tokenizer_config.json and the older files beside it. The rules are in
  // core/model/tokenizer/tokenizer_json.h and core/model/tokenizer/sentencepiece.h. Where a model is a GGUF file
  // (decoder_gguf()) and has neither, that file's. Error{File, Model}.
  [[nodiscard]] static Tokenizer open(const std::filesystem::path& dir);
  // From files already read; `where` names them in messages. Error{Model}.
  [[nodiscard]] static Tokenizer from_texts(const TokenizerTexts& texts, std::string_view where);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // Splits the text at added tokens (`<video>`, `</s>`, ...; leftmost, then longest) and encodes the pieces between
  // them one by one. Each invalid byte of UTF-8 counts as U+FFFD. Error{Model} if a regular expression of
  // tokenizer.json takes too many steps on the text, or its steps make far more of the text than real ones do.
  [[nodiscard]] std::vector<std::int32_t> encode(std::string_view text, Around around = Around::Put) const;
  // Like encode of the joined text, but a special token counts only within one span that allows it.
  [[nodiscard]] std::vector<std::int32_t> encode(std::span<const TextSpan> spans, Around around = Around::Put) const;
  // Ignores special tokens and adds nothing around the text. `at_start`: as if the text began the prompt, so it may get
  // the dummy prefix; else as if it followed a special token.
  [[nodiscard]] std::vector<std::int32_t> encode_plain(std::string_view text, bool at_start) const;
  // Leaves out special tokens and ids outside the vocabulary. As in transformers, a run of byte pieces (`<0x0A>`;
  // special tokens don't end it) that is not valid UTF-8 as a whole becomes U+FFFD for each of its bytes, even the
  // valid ones. Of byte-level pieces, only the invalid bytes become U+FFFD. The result is always valid UTF-8.
  // Error{Model} if a step of the decoder makes more than a megabyte at once.
  [[nodiscard]] std::string decode(std::span<const std::int32_t> ids) const;

  [[nodiscard]] std::optional<std::int32_t> special_id(std::string_view token) const;  // of any added token
  [[nodiscard]] bool is_special(std::int32_t id) const;                                // left out by decode
  // For display: "▁red" (byte-level pieces too), "<0x0A>" of a single byte, "</s>"; "" if unknown.
  [[nodiscard]] std::string piece(std::int32_t id) const;
  [[nodiscard]] std::size_t size() const;  // the largest id + 1
  [[nodiscard]] bool legacy() const;       // every piece of text gets the dummy prefix, not only the first
  [[nodiscard]] bool adds_bos() const;     // encode adds something before a text

 private:
  friend class StreamDecoder;
  struct Impl;
  explicit Tokenizer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Decodes ids one by one: never gives half a UTF-8 character, and all push() results and the final flush() together
// equal decode() of all ids. The tokenizer must outlive it. Used by one thread.
//
// Gives text at once, unless it may still change: the first bytes of a character, a run of byte pieces until the next
// other piece (see decode), and text that a step of the tokenizer's decoder waits for.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer);
  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;
  ~StreamDecoder();
  [[nodiscard]] std::string push(std::int32_t id);
  // Returns the rest and resets the decoder.
  [[nodiscard]] std::string flush();

 private:
  const Tokenizer* tokenizer_;
  std::unique_ptr<TextDecoderRun> run_;
};

}  // namespace sparsight
