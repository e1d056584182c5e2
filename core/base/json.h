// Reads JSON of a checkpoint's files. Messages name the key:
//   `config.json: text_config.num_attention_heads: expected a positive integer, found "six"`.
// Internal to core; never included by a public header.
#pragma once

#include "kernels/error.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Text for messages: shortened, control characters replaced, so that a hostile name cannot flood or garble a terminal.
[[nodiscard]] std::string shown(std::string_view text);
[[nodiscard]] std::string describe(const nlohmann::json& value);

// Limits the nesting, so that no reader's stack overflows, and the number of lists and objects, which bounds memory.
// Error{Model} with `where`.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, std::string_view where);
// Regular files of at most 16 MB. Error{File, Model}; nullopt if there is no such file.
[[nodiscard]] std::optional<std::string> read_json_file(const std::filesystem::path& path);

// A view of one object; a null counts as a missing key. Valid as long as the value it was made from.
class JsonObject {
 public:
  // Error{Model} if `value` is no object. `path` is what precedes a key in messages: "" or "text_config.".
  JsonObject(const nlohmann::json& value, std::string_view where, std::string path = "");

  [[nodiscard]] const nlohmann::json* find(const char* key) const;  // nullptr: missing or null
  [[nodiscard]] std::optional<JsonObject> object(const char* key) const;
  [[nodiscard]] std::optional<std::string> string(const char* key) const;
  [[nodiscard]] std::optional<bool> boolean(const char* key) const;
  [[nodiscard]] std::optional<double> number(const char* key) const;  // finite as a float
  [[nodiscard]] std::optional<double> positive_number(const char* key) const;
  [[nodiscard]] std::optional<std::size_t> size(const char* key, std::size_t max) const;  // 1 .. max
  [[nodiscard]] std::optional<std::int64_t> integer(const char* key) const;

  // Like the getters above, for a value that was found under `key`.
  [[nodiscard]] std::size_t as_size(const nlohmann::json& value, std::string_view key, std::size_t max) const;
  [[nodiscard]] std::int64_t as_integer(const nlohmann::json& value, std::string_view key) const;
  [[nodiscard]] double as_number(const nlohmann::json& value, std::string_view key) const;

  [[noreturn]] void wrong(std::string_view key, std::string_view expected, const nlohmann::json& found) const;
  [[noreturn]] void refuse(std::string_view key, std::string_view why) const;
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  const nlohmann::json* value_;
  std::string where_;
  std::string path_;
};

}  // namespace sparsight
