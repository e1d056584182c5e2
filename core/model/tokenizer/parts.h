// What a tokenizer is made of, whichever files it comes from. Internal to this folder.
#pragma once

#include "core/model/tokenizer/added_tokens.h"
#include "core/model/tokenizer/text_decoder.h"
#include "core/model/tokenizer/vocabulary.h"
#include "kernels/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sparsight {

// The largest id may lie so far behind the vocabulary.
inline constexpr std::int64_t kMaxIdGap = 65536;

// Error{Model} if the steps of a tokenizer make far more of a text than real ones do.
inline void check_growth(std::size_t from, std::size_t to) {
  if (to > 64 * from + 65536) fail(ErrorKind::Model, "a tokenizer makes {} bytes of a text of {}", to, from);
}

// A stretch of text between added tokens: valid UTF-8, not empty.
struct Stretch {
  std::string_view text;
  bool at_start = false;               // nothing stands before it
  std::span<const TextRange> special;  // where special tokens may be found, if the segmenter looks for any
};

// Text to ids. Immutable; any thread.
class Segmenter {
 public:
  Segmenter() = default;
  Segmenter(const Segmenter&) = delete;
  Segmenter& operator=(const Segmenter&) = delete;
  virtual ~Segmenter() = default;
  virtual void append(const Stretch& stretch, std::vector<std::int32_t>& ids) const = 0;
};

struct TokenizerParts {
  std::unique_ptr<const Vocabulary> vocabulary;  // without the added tokens that are no pieces
  std::vector<AddedToken> added;
  std::vector<AddedToken> sought;  // those of them that are looked for before the segmenter gets the text
  std::unordered_map<std::int32_t, std::string> respelled;  // added tokens whose spelling the normalizer changes
  std::unique_ptr<const Segmenter> segmenter;
  TextDecoder decoder;
  std::vector<std::int32_t> before;  // put around a text
  std::vector<std::int32_t> behind;
  bool prefix_everywhere = false;  // every stretch gets a dummy prefix, not only the first
  bool spelled_in_bytes = false;   // pieces are spelled by byte_characters()
};

}  // namespace sparsight
