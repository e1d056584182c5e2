#include "core/model/tokenizer/json_node.h"

#include "core/base/json.h"
#include "core/model/tokenizer/unicode.h"
#include "kernels/error.h"

#include <limits>

namespace sparsight {

std::optional<JsonNode> JsonNode::find(const std::string& key) const {
  if (!value_->is_object()) mismatch("an object");
  const auto it = value_->find(key);
  if (it == value_->end() || it->is_null()) return std::nullopt;
  return JsonNode(*it, place_of(key));
}

std::string JsonNode::place_of(const std::string& key) const {
  return place_ + (place_.ends_with(": ") ? "" : ".") + key;
}

JsonNode JsonNode::at(const std::string& key) const {
  if (auto found = find(key)) return *std::move(found);
  fail(ErrorKind::Model, "{}: missing", place_of(key));
}

std::vector<JsonNode> JsonNode::items(std::size_t most) const {
  if (!value_->is_array()) mismatch("a list");
  if (value_->size() > most) mismatch(fmt::format("a list of at most {}", most));
  std::vector<JsonNode> result;
  result.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) result.emplace_back((*value_)[i], fmt::format("{}[{}]", place_, i));
  return result;
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
  if (!value_->is_object()) mismatch("an object");
  std::vector<std::pair<std::string, JsonNode>> result;
  result.reserve(value_->size());
  for (const auto& [key, value] : value_->items())
    result.emplace_back(key, JsonNode(value, fmt::format("{}[\"{}\"]", place_, shown(key))));
  return result;
}

std::string JsonNode::text() const {
  if (!value_->is_string()) mismatch("a string");
  return value_->get<std::string>();
}

std::string JsonNode::short_text() const {
  constexpr std::size_t kMost = 256;
  std::string result = text();
  if (result.size() > kMost)
    fail(ErrorKind::Model, "{}: expected at most {} bytes, found {}", place_, kMost, result.size());
  return result;
}

std::string JsonNode::character() const {
  std::string result = text();
  if (result.empty() || first_character(result).bytes != result.size()) mismatch("one character");
  return result;
}

bool JsonNode::flag() const {
  if (!value_->is_boolean()) mismatch("true or false");
  return value_->get<bool>();
}

bool JsonNode::flag_or(const std::string& key, bool fallback) const {
  const auto found = find(key);
  return found ? found->flag() : fallback;
}

std::int64_t JsonNode::id() const {
  if (!value_->is_number_integer()) mismatch("an id");
  const bool too_large =
      value_->is_number_unsigned() && value_->get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max();
  if (too_large || value_->get<std::int64_t>() < 0) mismatch("an id from 0 to 2147483647");
  return value_->get<std::int64_t>();
}

std::size_t JsonNode::count_or(const std::string& key, std::size_t fallback, std::size_t most) const {
  const auto found = find(key);
  if (!found) return fallback;
  if (!found->value_->is_number_unsigned() || found->value_->get<std::uint64_t>() > most)
    found->mismatch(fmt::format("a number from 0 to {}", most));
  return found->value_->get<std::size_t>();
}

std::vector<JsonNode> JsonNode::steps(const std::string& members) const {
  std::vector<JsonNode> out;
  add_steps(members, 0, out);
  return out;
}

void JsonNode::add_steps(const std::string& members, int depth, std::vector<JsonNode>& out) const {
  constexpr int kDeepest = 8;
  constexpr std::size_t kMostSteps = 64;
  if (out.size() == kMostSteps) fail(ErrorKind::Model, "{}: more than {} steps", place_, kMostSteps);
  if (type() != "Sequence") return out.push_back(*this);
  if (depth == kDeepest) fail(ErrorKind::Model, "{}: nested deeper than {} levels", place_, kDeepest);
  for (const JsonNode& item : at(members).items(kMostSteps)) item.add_steps(members, depth + 1, out);
}

void JsonNode::mismatch(std::string_view expected) const {
  std::string found = value_->is_structured() ? value_->type_name() : value_->dump(-1, ' ', true);
  if (found.size() > 60) found = found.substr(0, 60) + "...";
  fail(ErrorKind::Model, "{}: expected {}, found {}", place_, expected, found);
}

}  // namespace sparsight
