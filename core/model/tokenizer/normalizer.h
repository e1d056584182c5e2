// The normalizer of a tokenizer.json: what becomes of text before it is cut into pieces. Immutable; any thread.
#pragma once

#include "core/model/tokenizer/json_node.h"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight {

struct NormalizedText {
  std::string text;
  bool from_start = true;  // it begins with what the text began with, changed or not
};

class Normalizer {
 public:
  Normalizer() = default;  // leaves the text as it is
  // NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Prepend, Replace, Nmt, ByteLevel, or a Sequence of them.
  // Error{Model} for others, by name.
  [[nodiscard]] static Normalizer read(const JsonNode& node);

  [[nodiscard]] bool empty() const { return steps_.empty(); }
  [[nodiscard]] NormalizedText operator()(std::string_view text) const;  // valid UTF-8, and so is the result
  [[nodiscard]] bool prepends() const { return prepends_; }              // to every stretch of text
  [[nodiscard]] bool writes_bytes() const { return writes_bytes_; }      // its text is spelled by byte_characters()

 private:
  void add(const JsonNode& step);
  void add(std::function<void(NormalizedText&)> step) { steps_.push_back(std::move(step)); }

  std::vector<std::function<void(NormalizedText&)>> steps_;
  bool prepends_ = false;
  bool writes_bytes_ = false;
};

}  // namespace sparsight
