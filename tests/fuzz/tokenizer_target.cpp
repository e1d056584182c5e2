#include "tests/fuzz/targets.h"

#include "core/base/text.h"
#include "core/model/tokenizer/tokenizer.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::fuzz {
namespace {

enum PieceType : char { Normal = 1, Unknown = 2, Control = 3, Byte = 6 };

void append_piece(std::string& model, const std::string& piece, float score, PieceType type) {
  std::string body = std::string("\x0a") + static_cast<char>(piece.size()) + piece + '\x15';
  body.append(reinterpret_cast<const char*>(&score), sizeof score);
  body += {'\x18', type};
  model += std::string("\x0a") + static_cast<char>(body.size()) + body;
}

// A ModelProto of bytes and a few letters.
std::string small_model() {
  std::string model;
  append_piece(model, "<unk>", 0, Unknown);
  append_piece(model, "<s>", 0, Control);
  append_piece(model, "</s>", 0, Control);
  for (int byte = 0; byte < 256; ++byte) append_piece(model, fmt::format("<0x{:02X}>", byte), 0, Byte);
  float score = 0;
  for (const char* piece : {"\xe2\x96\x81"
                            "a",
                            "ab", "\xe2\x96\x81", "a", "b"})
    append_piece(model, piece, score--, Normal);
  const std::string trainer{"\x18\x02\x98\x02\x01", 5};  // model_type BPE, byte_fallback
  return model + '\x12' + static_cast<char>(trainer.size()) + trainer;
}

// The input's parts, each ended by a zero byte, the last by the end.
template <std::size_t N>
std::array<std::string, N> parts_of(std::span<const std::byte> input) {
  std::array<std::string, N> parts;
  std::size_t part = 0;
  for (const std::byte byte : input) {
    if (byte == std::byte{0} && part + 1 < parts.size())
      ++part;
    else
      parts[part] += static_cast<char>(byte);
  }
  return parts;
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// There and back again, whole and as it comes; half of the text is what somebody typed.
void round_trip(const TokenizerTexts& texts, std::string_view text) {
  const auto streamed = [](const Tokenizer& tokenizer, const std::vector<std::int32_t>& ids) {
    StreamDecoder stream(tokenizer);
    std::string whole;
    for (const auto id : ids) {
      const std::string piece = stream.push(id);
      SPARSIGHT_CHECK(utf8_of(piece) == Utf8::Valid);
      whole += piece;
    }
    return whole + stream.flush();
  };
  try {
    const Tokenizer tokenizer = Tokenizer::from_texts(texts, "fuzz");
    std::vector<std::int32_t> any;
    for (const char byte : text) any.push_back(static_cast<std::int32_t>(byte) * 3);
    SPARSIGHT_CHECK(streamed(tokenizer, any) == tokenizer.decode(any));
    const std::array<TextSpan, 2> spans = {TextSpan{text.substr(0, text.size() / 2), true},
                                           TextSpan{text.substr(text.size() / 2), false}};
    for (const auto& ids : {tokenizer.encode(text), tokenizer.encode(spans), tokenizer.encode_plain(text, false)}) {
      SPARSIGHT_CHECK(streamed(tokenizer, ids) == tokenizer.decode(ids));
      for (const auto id : ids) SPARSIGHT_CHECK(id >= 0 && static_cast<std::size_t>(id) < tokenizer.size());
    }
  } catch (const Error& error) {
    SPARSIGHT_CHECK(error.kind() == ErrorKind::Model);
    SPARSIGHT_CHECK(std::string_view(error.what()).size() < 2000);
  }
}

}  // namespace

void tokenizer(std::span<const std::byte> input) {
  static const std::string model = small_model();
  const auto parts = parts_of<3>(input);
  TokenizerTexts texts;
  texts.model = model;
  texts.config_json = unless_empty(parts[0]);
  texts.added_tokens_json = unless_empty(parts[1]);
  round_trip(texts, parts[2]);
}

void tokenizer_json(std::span<const std::byte> input) {
  const auto parts = parts_of<3>(input);
  TokenizerTexts texts;
  texts.tokenizer_json = parts[0];
  texts.config_json = unless_empty(parts[1]);
  round_trip(texts, parts[2]);
}

}  // namespace sparsight::fuzz
