// What a step of a tokenizer.json looks for in text. Immutable; any thread.
#pragma once

#include "core/model/tokenizer/json_node.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

class Pattern {
 public:
  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // {"String": "..."} or {"Regex": "..."}. The latter are Oniguruma's, as the tokenizers library reads them, and are
  // carried out by PCRE2. Error{Model} for what is no pattern, or would mean something else there.
  [[nodiscard]] static Pattern read(const JsonNode& node);
  [[nodiscard]] static Pattern literal(std::string text);
  [[nodiscard]] static Pattern regex(std::string_view oniguruma, std::string place);

  // From left to right, none overlapping; an empty one never right behind another. The text is valid UTF-8.
  // Error{Model} if the expression takes too many steps on it.
  [[nodiscard]] std::vector<Match> find_all(std::string_view text) const;
  [[nodiscard]] std::string replace_all(std::string_view text, std::string_view by) const;
  // What is looked for, where that is a text.
  [[nodiscard]] const std::string* as_literal() const { return regex_ ? nullptr : &literal_; }

 private:
  struct Regex;
  struct Scratch;
  [[nodiscard]] std::optional<Match> find(std::string_view text, std::size_t from, const Scratch* scratch) const;

  std::string literal_;
  std::shared_ptr<const Regex> regex_;
};

// The same expression in PCRE2's words (compiled with UTF, UCP and MULTILINE); `place` names it in messages.
// Error{Model} for what PCRE2 has no words for.
[[nodiscard]] std::string pcre_of_oniguruma(std::string_view oniguruma, const std::string& place);

}  // namespace sparsight
