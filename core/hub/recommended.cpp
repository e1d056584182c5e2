#include "core/hub/recommended.h"

#include "core/base/json.h"
#include "core/base/resources.h"
#include "core/base/text.h"
#include "core/hub/checksum.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <set>

namespace sparsight {
namespace {

constexpr std::size_t kMostModels = 200, kMostListedFiles = 2'000, kMostLanguages = 100;
constexpr std::size_t kMost = std::size_t{1} << 46;  // bytes or parameters

std::string line_at(const JsonObject& in, const char* key) {
  const std::optional<std::string> text = in.string(key);
  if (!text || text->empty()) in.refuse(key, "expected a text, found none");
  return one_line(*text);
}

// A text by language; English must be there.
std::map<std::string, std::string> texts_at(const JsonObject& in, const char* key) {
  const nlohmann::json* value = in.find(key);
  if (value == nullptr || !value->is_object() || !value->contains("en") || value->size() > kMostLanguages)
    in.refuse(key, "expected texts by language, \"en\" among them");
  std::map<std::string, std::string> texts;
  for (const auto& [language, text] : value->items()) {
    if (!text.is_string()) in.refuse(key, "expected texts by language");
    texts[language] = one_line(text.get<std::string>());
  }
  return texts;
}

std::string in_language(const std::map<std::string, std::string>& texts, const std::string& language) {
  const auto at = texts.contains(language) ? texts.find(language) : texts.find("en");
  return at == texts.end() ? std::string() : at->second;
}

HubFile file_of(const nlohmann::json& entry, const std::string& where) {
  const JsonObject in(entry, where, "files.");
  HubFile file{.name = line_at(in, "name"), .hash = line_at(in, "sha256")};
  file.bytes = in.size("bytes", kMost).value_or(0);
  if (checksum_kind(file.hash) != ChecksumKind::Sha256) in.refuse("sha256", "expected 64 digits");
  return file;
}

RecommendedModel model_of(const nlohmann::json& entry, const std::string& where) {
  const JsonObject in(entry, where, "models.");
  RecommendedModel model{.name = line_at(in, "name"),
                         .id = line_at(in, "id"),
                         .revision = line_at(in, "revision"),
                         .model_type = line_at(in, "model_type"),
                         .licence = line_at(in, "licence"),
                         .licence_link = line_at(in, "licence_link"),
                         .good_at = texts_at(in, "good_at")};
  if (in.find("licence_note") != nullptr) model.licence_note = texts_at(in, "licence_note");
  try {
    check_hub_id(model.id);
    check_hub_revision(model.revision);
  } catch (const Error& error) {
    in.refuse("id", error.what());
  }
  model.shape = one_line(in.string("shape").value_or(""));
  model.parameters = in.size("parameters", kMost).value_or(0);
  model.download_bytes = in.size("download_bytes", kMost).value_or(0);
  model.verified = in.boolean("verified").value_or(false);
  if (const nlohmann::json* files = in.find("files")) {
    if (!files->is_array() || files->size() > kMostListedFiles) in.refuse("files", "expected a list of files");
    for (const nlohmann::json& file : *files) model.files.push_back(file_of(file, where));
  }
  return model;
}

std::string in_lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// "name" of "owner/name".
std::string_view own_name(std::string_view id) {
  const std::size_t slash = id.rfind('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

// Letters to add, leave out or replace (Levenshtein).
std::size_t letters_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t before = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = before + (a[i] == b[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, before + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string RecommendedModel::good_at_in(const std::string& language) const { return in_language(good_at, language); }

std::string RecommendedModel::licence_in(const std::string& language) const {
  const std::string note = in_language(licence_note, language);
  return note.empty() ? licence : licence + ": " + note;
}

std::vector<RecommendedModel> parse_recommended(std::string_view json, std::string_view where) {
  const nlohmann::json document = parse_json(json, where);
  const std::string named(where);
  const JsonObject top(document, named);
  if (top.string("format") != "sparsight-models") top.refuse("format", "expected \"sparsight-models\"");
  if (top.integer("version") != 1) top.refuse("version", "expected 1; a newer Sparsight may have written it");
  const nlohmann::json* list = top.find("models");
  if (list == nullptr || !list->is_array() || list->size() > kMostModels)
    top.refuse("models", "expected a list of models");
  std::vector<RecommendedModel> models;
  std::set<std::string> ids;
  for (const nlohmann::json& entry : *list) {
    models.push_back(model_of(entry, named));
    if (!ids.insert(models.back().id).second) top.refuse("models", models.back().id + " stands there twice");
  }
  return models;
}

std::string meant_id(const std::string& id, const std::vector<std::string>& known) {
  constexpr std::size_t kLongest = 200, kLeastPart = 4;
  if (id.size() > kLongest) return {};
  const std::string given = in_lower_case(id);
  const std::string_view name = own_name(given);
  std::string best;
  std::size_t least = std::min(std::max<std::size_t>(2, name.size() / 5), name.size() / 2) + 1;
  for (const std::string& one : known) {
    const std::string whole = in_lower_case(one.substr(0, kLongest));
    const std::string_view own = own_name(whole);
    std::size_t distance = std::min(letters_between(given, whole), letters_between(name, own));
    if (name.size() >= kLeastPart && std::search(own.begin(), own.end(), name.begin(), name.end()) != own.end())
      distance = std::min<std::size_t>(distance, 2);
    if (distance < least && !name.empty()) {
      least = distance;
      best = one;
    }
  }
  return best;
}

std::string meant_recommended(const std::string& id) {
  std::vector<std::string> known;
  try {
    for (const RecommendedModel& model : recommended_models()) known.push_back(model.id);
  } catch (const Error&) {
    return {};  // no list
  }
  return meant_id(id, known);
}

std::vector<RecommendedModel> recommended_models() {
  const std::filesystem::path file = resource_dir() / "models.json";
  const std::optional<std::string> text = read_json_file(file);
  if (!text) fail(ErrorKind::File, "{}: no such file", file.string());
  return parse_recommended(*text, file.string());
}

}  // namespace sparsight
