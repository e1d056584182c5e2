// The pre-tokenizer of a tokenizer.json: cuts text into the pieces that are encoded each by itself. Immutable; any
// thread.
#pragma once

#include "core/model/tokenizer/json_node.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Which stretches of text get a blank put before them.
enum class PrependScheme { Always, First, Never };
[[nodiscard]] PrependScheme read_prepend_scheme(const JsonNode& metaspace);

class PreTokenizer {
 public:
  struct Piece {
    std::string text;       // not empty
    bool at_start = false;  // nothing of the whole text stands before it
  };

  PreTokenizer() = default;  // does not cut
  // Split, Digits, ByteLevel, Metaspace, Whitespace, WhitespaceSplit, Punctuation, BertPreTokenizer,
  // CharDelimiterSplit, FixedLength, or a Sequence of them. Error{Model} for others, by name.
  [[nodiscard]] static PreTokenizer read(const JsonNode& node);
  // LlamaTokenizer's: `▁` for blanks, and one before the text.
  [[nodiscard]] static PreTokenizer metaspace(PrependScheme scheme);

  [[nodiscard]] std::vector<Piece> operator()(Piece text) const;  // of valid UTF-8
  [[nodiscard]] bool prepends_always() const { return prepends_always_; }
  [[nodiscard]] bool writes_bytes() const { return writes_bytes_; }  // its pieces are spelled by byte_characters()

 private:
  using Cut = std::function<void(Piece&&, std::vector<Piece>&)>;
  void add(const JsonNode& step);
  void add_metaspace(const std::string& sign, PrependScheme scheme, bool split);
  void add_byte_level(bool prefix, bool split);

  std::vector<Cut> steps_;
  bool prepends_always_ = false;
  bool writes_bytes_ = false;
};

}  // namespace sparsight
