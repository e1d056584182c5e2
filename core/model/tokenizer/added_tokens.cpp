#include "core/model/tokenizer/added_tokens.h"

#include "core/model/tokenizer/unicode.h"

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

bool stands_alone(std::string_view before, std::string_view behind) {
  return (before.empty() || !is_word(last_character(before).code)) &&
         (behind.empty() || !is_word(first_character(behind).code));
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
  std::stable_sort(tokens_.begin(), tokens_.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.content < b.content; });
  for (const AddedToken& token : tokens_) {
    begins_[static_cast<unsigned char>(token.content[0])] = true;
    has_special_ = has_special_ || token.special;
  }
}

// The longest that `text` begins with; a special one only within its first `special_size` bytes.
const AddedToken* AddedTokens::longest(std::string_view text, std::size_t special_size) const {
  const AddedToken* best = nullptr;
  auto low = tokens_.begin();
  auto high = tokens_.end();
  for (std::size_t size = 0; low != high; ++size) {
    // Those from low to high begin with the first `size` bytes of the text; one that is no longer comes first.
    if (low->content.size() == size) {
      if (!low->special || size <= special_size) best = &*low;
      while (low != high && low->content.size() == size) ++low;
    }
    if (size == text.size()) break;
    const auto next = static_cast<unsigned char>(text[size]);
    low = std::partition_point(
        low, high, [&](const AddedToken& token) { return static_cast<unsigned char>(token.content[size]) < next; });
    high = std::partition_point(
        low, high, [&](const AddedToken& token) { return static_cast<unsigned char>(token.content[size]) == next; });
  }
  return best;
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text, std::span<const TextRange> special) const {
  std::vector<Part> parts;
  std::size_t done = 0;
  auto range = special.begin();
  for (std::size_t at = 0; at < text.size();) {
    while (range != special.end() && range->end <= at) ++range;
    const bool within = range != special.end() && range->begin <= at;
    const AddedToken* token = begins_[static_cast<unsigned char>(text[at])]
                                  ? longest(text.substr(at), within ? range->end - at : 0)
                                  : nullptr;
    if (token == nullptr) {
      ++at;
      continue;
    }
    std::size_t first = at;
    std::size_t last = at + token->content.size();
    at = last;
    if (token->single_word && !stands_alone(text.substr(0, first), text.substr(last))) continue;
    if (token->lstrip && done < first) first -= white_at_end(text.substr(done, first - done));
    if (token->rstrip) last += white_at_start(text.substr(last));
    if (done < first) parts.push_back({done, first, nullptr});
    parts.push_back({first, last, token});
    done = last;
  }
  if (done < text.size()) parts.push_back({done, text.size(), nullptr});
  return parts;
}

}  // namespace sparsight
