// The decoder of a tokenizer: what becomes of pieces on their way to text, as they come. A TextDecoder is immutable
// (any thread); each text has a TextDecoderRun of its own.
#pragma once

#include "core/model/tokenizer/json_node.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// One step. Pieces go in, and come out changed, split, or later; out of a step that fuses comes one piece, a part at a
// time. All are valid UTF-8.
class TextDecoderStage {
 public:
  using Sink = std::function<void(std::string_view)>;
  virtual ~TextDecoderStage() = default;
  virtual void push(std::string_view piece, const Sink& out) = 0;
  virtual void end(const Sink& out) = 0;  // of the text: what was held back
};

class TextDecoderRun {
 public:
  explicit TextDecoderRun(std::vector<std::unique_ptr<TextDecoderStage>> stages) : stages_(std::move(stages)) {}
  [[nodiscard]] std::string push(std::string_view piece);
  [[nodiscard]] std::string end();

 private:
  void pass(std::string_view piece, std::size_t stage, std::string& text);
  std::vector<std::unique_ptr<TextDecoderStage>> stages_;
};

class TextDecoder {
 public:
  // Joins pieces with blanks: a tokenizer.json without a decoder.
  TextDecoder();
  // ByteLevel, ByteFallback, Metaspace, Replace, Strip, Fuse, BPEDecoder, WordPiece, or a Sequence of them.
  // Error{Model} for others, by name.
  [[nodiscard]] static TextDecoder read(const JsonNode& node);
  // LlamaTokenizer's: `▁` is a blank, pieces such as <0x0A> are bytes, and with `strip` the first blank goes.
  [[nodiscard]] static TextDecoder llama(bool strip);

  [[nodiscard]] TextDecoderRun run() const;

 private:
  using Stage = std::function<std::unique_ptr<TextDecoderStage>()>;
  struct Empty {};
  explicit TextDecoder(Empty) {}
  void add(const JsonNode& step);
  // `fused`: how it takes a piece that comes in parts; without it, it waits for the whole.
  void add(const Stage& stage, const Stage& fused = nullptr);
  void add_fuse();

  std::vector<Stage> stages_;
  bool fused_ = false;  // what comes out of the last one is one piece
};

}  // namespace sparsight
