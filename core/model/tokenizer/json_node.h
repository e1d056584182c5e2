// A value of a tokenizer's JSON file with the file and key it was found at, so that every complaint names its place.
// Lives as long as the value. Internal to this folder.
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight {

class JsonNode {
 public:
  using Json = nlohmann::json;

  // `place`: what stands before the key in messages, such as "tokenizer.json: ".
  JsonNode(const Json& value, std::string place) : value_(&value), place_(std::move(place)) {}

  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] bool is_object() const { return value_->is_object(); }
  [[nodiscard]] bool is_string() const { return value_->is_string(); }

  // All of them: Error{Model} where the value is of another type. Absent and null are the same.
  [[nodiscard]] std::optional<JsonNode> find(const std::string& key) const;
  [[nodiscard]] JsonNode at(const std::string& key) const;  // must be there
  [[nodiscard]] std::vector<JsonNode> items(std::size_t most = 65536) const;
  [[nodiscard]] std::vector<std::pair<std::string, JsonNode>> members() const;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string character() const;   // a text of one
  [[nodiscard]] std::string short_text() const;  // at most 256 bytes: it may be put in many times
  [[nodiscard]] bool flag() const;
  [[nodiscard]] bool flag_or(const std::string& key, bool fallback) const;
  [[nodiscard]] std::int64_t id() const;
  [[nodiscard]] std::size_t count_or(const std::string& key, std::size_t fallback, std::size_t most) const;
  [[nodiscard]] std::string type() const { return at("type").text(); }
  // What is done one after the other: itself, or what the list `members` of a Sequence holds, and so on.
  [[nodiscard]] std::vector<JsonNode> steps(const std::string& members) const;

  [[noreturn]] void mismatch(std::string_view expected) const;

 private:
  [[nodiscard]] std::string place_of(const std::string& key) const;
  void add_steps(const std::string& members, int depth, std::vector<JsonNode>& out) const;

  const Json* value_;
  std::string place_;
};

}  // namespace sparsight
