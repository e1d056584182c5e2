#include "core/base/json.h"

#include "core/base/mapped_file.h"
#include "core/base/text.h"

#include <cmath>
#include <limits>

namespace sparsight {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxContainers = std::size_t{1} << 23;
constexpr std::size_t kMaxShown = 120;
constexpr std::size_t kMaxJsonFile = 16 * 1024 * 1024;

}  // namespace

std::string shown(std::string_view text) { return one_line(text, kMaxShown, "...", "?"); }

std::string describe(const nlohmann::json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return fmt::format("a list of {}", value.size());
  if (value.is_string()) return fmt::format("\"{}\"", shown(value.get_ref<const std::string&>()));
  return value.dump();
}

nlohmann::json parse_json(std::string_view text, std::string_view where) {
  if (text.starts_with("version https://git-lfs"))
    fail(ErrorKind::Model, "{}: this is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`", where);
  std::size_t containers = 0;
  const auto limit = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json&) {
    using Event = nlohmann::json::parse_event_t;
    containers += event == Event::object_start || event == Event::array_start ? 1 : 0;
    if (containers > kMaxContainers)
      fail(ErrorKind::Model, "{}: expected JSON of at most {} lists and objects, found more", where, kMaxContainers);
    if (depth > kMaxDepth) fail(ErrorKind::Model, "{}: JSON nested deeper than {} levels", where, kMaxDepth);
    return true;
  };
  try {
    return nlohmann::json::parse(text, limit);
  } catch (const nlohmann::json::parse_error& e) {
    fail(ErrorKind::Model, "{}: not valid JSON at byte {}", where, e.byte);
  } catch (const nlohmann::json::exception& e) {
    fail(ErrorKind::Model, "{}: not valid JSON: {}", where, shown(std::string_view(e.what())));
  }
}

std::optional<std::string> read_json_file(const std::filesystem::path& path) {
  const std::optional<MappedFile> file = MappedFile::open_if_present(path);
  if (!file) return std::nullopt;
  const auto bytes = file->bytes();
  if (bytes.size() > kMaxJsonFile)
    fail(ErrorKind::Model, "{}: expected a file of at most {} bytes, found {}", path.string(), kMaxJsonFile,
         bytes.size());
  if (bytes.empty()) return "";
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  file->check();
  return text;
}

JsonObject::JsonObject(const nlohmann::json& value, std::string_view where, std::string path)
    : value_(&value), where_(where), path_(std::move(path)) {
  if (!value.is_object())
    fail(ErrorKind::Model, "{}: {}expected an object, found {}", where_,
         path_.empty() ? "" : path_.substr(0, path_.size() - 1) + ": ", describe(value));
}

const nlohmann::json* JsonObject::find(const char* key) const {
  const auto it = value_->find(key);
  return it == value_->end() || it->is_null() ? nullptr : &*it;
}

std::optional<JsonObject> JsonObject::object(const char* key) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  return JsonObject(*v, where_, path_ + key + ".");
}

std::optional<std::string> JsonObject::string(const char* key) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  if (!v->is_string()) wrong(key, "a string", *v);
  return v->get<std::string>();
}

std::optional<bool> JsonObject::boolean(const char* key) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  if (!v->is_boolean()) wrong(key, "true or false", *v);
  return v->get<bool>();
}

std::optional<double> JsonObject::number(const char* key) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  return as_number(*v, key);
}

std::optional<double> JsonObject::positive_number(const char* key) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  const double number = as_number(*v, key);
  // Checked as float, since the kernels compute with float.
  if (!(static_cast<float>(number) > 0)) wrong(key, "a positive number", *v);
  return number;
}

std::optional<std::size_t> JsonObject::size(const char* key, std::size_t max) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  return as_size(*v, key, max);
}

std::optional<std::int64_t> JsonObject::integer(const char* key) const {
  const nlohmann::json* v = find(key);
  if (v == nullptr) return std::nullopt;
  return as_integer(*v, key);
}

std::size_t JsonObject::as_size(const nlohmann::json& value, std::string_view key, std::size_t max) const {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() == 0) wrong(key, "a positive integer", value);
  if (value.get<std::uint64_t>() > max) wrong(key, fmt::format("a positive integer up to {}", max), value);
  return static_cast<std::size_t>(value.get<std::uint64_t>());
}

std::int64_t JsonObject::as_integer(const nlohmann::json& value, std::string_view key) const {
  const bool too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || too_large) wrong(key, "an integer", value);
  return value.get<std::int64_t>();
}

double JsonObject::as_number(const nlohmann::json& value, std::string_view key) const {
  if (!value.is_number()) wrong(key, "a number", value);
  const double number = value.get<double>();
  if (!(std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max()))) wrong(key, "a number", value);
  return number;
}

void JsonObject::wrong(std::string_view key, std::string_view expected, const nlohmann::json& found) const {
  fail(ErrorKind::Model, "{}: {}{}: expected {}, found {}", where_, path_, key, expected, describe(found));
}

void JsonObject::refuse(std::string_view key, std::string_view why) const {
  fail(ErrorKind::Model, "{}: {}{}: {}", where_, path_, key, why);
}

}  // namespace sparsight
