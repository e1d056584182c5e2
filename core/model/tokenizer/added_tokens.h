// Tokens outside of a model's segmentation: found in text by their spelling. Immutable; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool special = false;      // left out by decode, and never found in what somebody typed
  bool lstrip = false;       // swallows white space before it
  bool rstrip = false;       // swallows white space behind it
  bool single_word = false;  // only where no word character touches it
  bool normalized = false;   // looked for in the text that the normalizer made, as the normalizer spells it
};

struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

class AddedTokens {
 public:
  // A token, or the text before, between or behind tokens; none is empty.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    const AddedToken* token = nullptr;
  };

  AddedTokens() = default;
  // None has an empty content.
  explicit AddedTokens(std::vector<AddedToken> tokens);

  [[nodiscard]] bool has_special() const { return has_special_; }
  // The leftmost, then the longest; as in the tokenizers library also one of white space that the token before it
  // swallowed. A special token counts only if it lies within one of the ranges, which are sorted and do not overlap.
  // The text is valid UTF-8.
  [[nodiscard]] std::vector<Part> split(std::string_view text, std::span<const TextRange> special) const;

 private:
  [[nodiscard]] const AddedToken* longest(std::string_view text, std::size_t special_size) const;

  std::vector<AddedToken> tokens_;  // by content
  std::array<bool, 256> begins_{};
  bool has_special_ = false;
};

}  // namespace sparsight
