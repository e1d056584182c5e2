#include "core/model/tokenizer/vocabulary.h"

namespace sparsight {

bool Vocabulary::add(std::string_view piece, std::int32_t id) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= pieces_.size()) pieces_.resize(index + 1);
  const auto [it, fresh] = ids_.try_emplace(std::string(piece), id);
  if (it->second != id || (pieces_[index] != nullptr && pieces_[index] != &it->first)) {
    if (fresh) ids_.erase(it);
    return false;
  }
  pieces_[index] = &it->first;
  return true;
}

std::optional<std::int32_t> Vocabulary::id(std::string_view piece) const {
  const auto it = ids_.find(piece);
  return it == ids_.end() ? std::nullopt : std::optional(it->second);
}

const std::string* Vocabulary::piece(std::int32_t id) const {
  return id >= 0 && static_cast<std::size_t>(id) < pieces_.size() ? pieces_[static_cast<std::size_t>(id)] : nullptr;
}

}  // namespace sparsight
