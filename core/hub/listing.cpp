#include "core/hub/listing.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/hub/checksum.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

namespace sparsight {
namespace {

constexpr std::size_t kMostListed = 20'000;                 // files
constexpr std::size_t kMostFiles = 2'000;                   // that are fetched
constexpr std::int64_t kMostBytes = std::int64_t{1} << 44;  // of a file

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, text) != names.end();
}

// Names that Windows keeps for devices, with any extension.
bool is_device_name(std::string name) {
  name.resize(std::min(name.find('.'), name.size()));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool numbered = name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) &&
                        std::isdigit(static_cast<unsigned char>(name[3])) != 0;
  return numbered || is_one_of(name, {"con", "prn", "aux", "nul"});
}

// Whether a file of that name would be written outside of the model's folder, on some system.
bool leaves_folder(const std::string& name) {
  const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\' || c == 0x7F; };
  if (name.empty() || name.size() > 1000 || std::ranges::any_of(name, bad)) return true;
  if (name.size() > 1 && name[1] == ':') return true;  // "C:x"
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    if (is_one_of(std::string_view(name).substr(at, end - at), {"", ".", ".."})) return true;
    at = end + 1;
  }
  return false;
}

// Whether every system can write a file of that name.
bool is_name_everywhere(const std::string& name) {
  return name.size() <= 200 && name.find_first_of(":*?\"<>|") == std::string::npos && name.back() != '.' &&
         name.back() != ' ' && !is_device_name(name);
}

bool matches_name(const std::string& name, const char* pattern) { return std::regex_match(name, std::regex(pattern)); }

bool is_pickled_weight(const std::string& name) {
  return matches_name(name, R"((pytorch_model|mm_projector|model)(-\d+-of-\d+)?\.bin)");
}

// What belongs to a model beside its weights.
bool is_small_part(const std::string& name) {
  if (name.ends_with(".index.json")) return false;
  for (const char* ending : {".json", ".jinja", ".txt"})
    if (name.ends_with(ending)) return true;
  return name == "tokenizer.model" || name == "LICENSE" || name == "NOTICE";
}

// As transformers chooses: one file of safetensors before shards, these before pickles.
std::vector<HubFile> needed(const std::vector<HubFile>& listed) {
  const auto has = [&](const char* name) { return std::ranges::find(listed, name, &HubFile::name) != listed.end(); };
  const bool whole = has("model.safetensors"), sharded = has("model.safetensors.index.json");
  const bool safetensors = std::ranges::any_of(
      listed, [](const HubFile& file) { return matches_name(file.name, R"(model(-\d+-of-\d+)?\.safetensors)"); });
  const auto is_weight = [&](const std::string& name) {
    if (whole) return name == "model.safetensors";
    if (sharded)
      return name == "model.safetensors.index.json" || matches_name(name, R"(model-\d+-of-\d+\.safetensors)");
    if (safetensors) return matches_name(name, R"(model(-\d+-of-\d+)?\.safetensors)");
    return is_pickled_weight(name) || name == "pytorch_model.bin.index.json";
  };
  std::vector<HubFile> files;
  bool weights = false;
  for (const HubFile& file : listed) {
    const bool weight = is_weight(file.name);
    weights = weights || weight;
    if (weight || is_small_part(file.name)) files.push_back(file);
  }
  if (!weights) files.clear();
  std::ranges::stable_sort(files, {}, &HubFile::bytes);
  return files;
}

// Fields that the hub leaves out, or that mean nothing here, are as if they were empty.
std::string text_at(const nlohmann::json& in, const char* key) {
  const auto at = in.is_object() ? in.find(key) : in.end();
  if (!in.is_object() || at == in.end()) return {};
  if (at->is_array() && !at->empty() && at->front().is_string()) return one_line(at->front().get<std::string>(), 200);
  return at->is_string() ? one_line(at->get<std::string>(), 200) : std::string();
}

void read_licence(const nlohmann::json& answer, HubModel& model) {
  const nlohmann::json none;
  const nlohmann::json& card = answer.contains("cardData") ? answer.at("cardData") : none;
  model.licence = text_at(card, "license");
  model.licence_link = text_at(card, "license_link");
  if (const std::string name = text_at(card, "license_name"); !name.empty()) model.licence = name;
  if (!model.licence.empty() || !answer.contains("tags") || !answer.at("tags").is_array()) return;
  constexpr std::string_view kTag = "license:";
  for (const nlohmann::json& tag : answer.at("tags"))
    if (tag.is_string() && tag.get_ref<const std::string&>().starts_with(kTag))
      model.licence = one_line(tag.get<std::string>().substr(kTag.size()), 200);
}

HubFile read_file(const nlohmann::json& entry, const std::string& where) {
  const JsonObject object(entry, where, "siblings.");
  HubFile file;
  const std::optional<std::string> name = object.string("rfilename");
  if (!name) object.refuse("rfilename", "expected the name of a file, found none");
  file.name = *name;
  if (leaves_folder(file.name))
    object.refuse("rfilename", fmt::format("{} would be written outside of the model's folder", shown(*name)));
  const std::optional<std::int64_t> bytes = object.integer("size");
  if (!bytes || *bytes < 0 || *bytes > kMostBytes)
    object.refuse("size", fmt::format("expected the number of bytes of {}, found {}", shown(*name),
                                      bytes ? std::to_string(*bytes) : "none"));
  file.bytes = static_cast<std::uint64_t>(*bytes);
  if (const std::optional<JsonObject> lfs = object.object("lfs"))
    file.hash = lfs->string("sha256").value_or("");
  else
    file.hash = object.string("blobId").value_or("");
  if (!file.hash.empty() && !checksum_kind(file.hash)) object.refuse("blobId", "expected a SHA-256 or SHA-1");
  return file;
}

bool is_commit(const std::string& text) { return checksum_kind(text) == ChecksumKind::GitBlob; }

}  // namespace

void read_listing(std::string_view text, HubModel& model) {
  const std::string where = model.host + "/" + model.id;
  const nlohmann::json answer = parse_json(text, where);
  const JsonObject top(answer, where);
  model.commit = top.string("sha").value_or("");
  if (!is_commit(model.commit)) top.refuse("sha", "expected a commit of 40 digits");
  const nlohmann::json* gated = top.find("gated");
  model.gated = gated != nullptr && (gated->is_string() || (gated->is_boolean() && gated->get<bool>()));
  read_licence(answer, model);
  if (answer.contains("config")) model.model_type = text_at(answer.at("config"), "model_type");
  if (const std::optional<JsonObject> weights = top.object("safetensors"))
    model.parameters = weights->size("total", std::size_t{1} << 44).value_or(0);
  const nlohmann::json* listed = top.find("siblings");
  if (listed == nullptr || !listed->is_array() || listed->size() > kMostListed)
    top.refuse("siblings", "expected a list of files");
  std::vector<HubFile> files;
  for (const nlohmann::json& entry : *listed) {
    HubFile file = read_file(entry, where);
    if (file.name.find('/') == std::string::npos) files.push_back(std::move(file));
  }
  model.files = needed(files);
  std::set<std::string> names;
  for (const HubFile& file : model.files) {
    if (!is_name_everywhere(file.name))
      top.refuse("siblings", fmt::format("{} is no name of a file", shown(file.name)));
    if (!names.insert(file.name).second) top.refuse("siblings", fmt::format("{} stands there twice", shown(file.name)));
  }
  if (model.files.size() > kMostFiles) top.refuse("siblings", "more files than any model has");
}

}  // namespace sparsight
