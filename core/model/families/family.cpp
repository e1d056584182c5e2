#include "core/model/families/family.h"

#include "core/base/json.h"

namespace sparsight {

const Family& default_family() { return *families().front(); }
TensorNames default_names() { return default_family().names; }

std::string_view ChatTemplate::placeholder(MediaKind media) const {
  switch (media) {
    case MediaKind::None: break;
    case MediaKind::Image: return image;
    case MediaKind::Video: return video;
  }
  return {};
}

const Family& family_of(const JsonObject& config, Families families) {
  constexpr const char* kKey = "model_type";
  std::string types, models;
  for (const Family* family : families) {
    const std::string type = fmt::format("\"{}\"", family->model_type);
    if (types.find(type) == std::string::npos) types += (types.empty() ? "" : " or ") + type;
    models += fmt::format("{}{}", models.empty() ? "" : "; ", family->models);
  }
  if (config.find(kKey) == nullptr) config.refuse(kKey, fmt::format("expected {}, the key is missing", types));
  const std::optional<std::string> type = config.string(kKey);
  const Family* found = nullptr;
  for (const Family* family : families) {
    if (type != family->model_type) continue;
    const bool marked = !family->mark.empty();
    if (marked && config.find(std::string(family->mark).c_str()) == nullptr) continue;
    if (found == nullptr || (marked && found->mark.empty())) found = family;
  }
  if (found != nullptr) return *found;
  config.wrong(kKey, fmt::format("{} ({})", types, models), *config.find(kKey));
}

const Family& family_of(const std::filesystem::path& dir, Families families) {
  const std::filesystem::path path = dir / "config.json";
  const std::optional<std::string> text = read_json_file(path);
  if (!text) return *families.front();
  const nlohmann::json document = parse_json(*text, path.string());
  return family_of(JsonObject(document, path.string()), families);
}

}  // namespace sparsight
