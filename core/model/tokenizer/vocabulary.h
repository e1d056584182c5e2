// The pieces of a tokenizer and their ids. Immutable once made; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sparsight {

class Vocabulary {
 public:
  // False if the id is taken, or the piece has another one.
  bool add(std::string_view piece, std::int32_t id);
  void reserve(std::size_t pieces) { ids_.reserve(pieces); }

  [[nodiscard]] std::optional<std::int32_t> id(std::string_view piece) const;
  [[nodiscard]] const std::string* piece(std::int32_t id) const;    // nullptr: none
  [[nodiscard]] std::size_t end() const { return pieces_.size(); }  // the largest id + 1
  [[nodiscard]] std::size_t count() const { return ids_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Ids = std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>>;
  Ids ids_;
  std::vector<const std::string*> pieces_;  // by id; they lie in the nodes of ids_
};

}  // namespace sparsight
