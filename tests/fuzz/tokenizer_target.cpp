#include "tests/fuzz/targets.h"

#include "core/model/tokenizer/tokenizer.h"
#include "core/model/tokenizer/tokenizer_files.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

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

}  // namespace

void tokenizer(std::span<const std::byte> input) {
  static const std::string model = small_model();
  std::array<std::string, 4> parts;
  std::size_t part = 0;
  for (const std::byte byte : input) {
    if (byte == std::byte{0} && part + 1 < parts.size())
      ++part;
    else
      parts[part] += static_cast<char>(byte);
  }
  TokenizerTexts texts;
  texts.model = model;
  if (!parts[0].empty()) texts.tokenizer_json = parts[0];
  if (!parts[1].empty()) texts.config_json = parts[1];
  if (!parts[2].empty()) texts.added_tokens_json = parts[2];
  try {
    const Tokenizer tokenizer = Tokenizer::from_files(parse_tokenizer_files(std::move(texts), "fuzz"), "fuzz");
    const auto ids = tokenizer.encode(parts[3]);
    StreamDecoder stream(tokenizer);
    std::string text;
    for (const auto id : ids) text += stream.push(id);
    if (text + stream.flush() != tokenizer.decode(ids)) std::abort();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Model) std::abort();
  }
}

}  // namespace sparsight::fuzz
