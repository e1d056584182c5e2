#include "core/model/families/family.h"

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/chat_template.h"

#include <algorithm>

namespace sparsight {

namespace {

bool speaks(const Family& family, std::string_view chat_template) {
  if (std::ranges::count(family.templates, template_digest(chat_template)) != 0) return true;
  const bool has_none = family.chat_template.empty() && !family.templates.empty();
  return !has_none && trimmed_end(chat_template, " \t\r\n") == trimmed_end(family.chat_template, " \t\r\n");
}

}  // namespace

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

const Family& family_of(const JsonObject& config, Families families,
                        const std::function<std::string()>& chat_template) {
  constexpr const char* kKey = "model_type";
  std::string types, models, silent;
  for (const Family* family : families) {
    const std::string type = fmt::format("\"{}\"", family->model_type);
    if (types.find(type) == std::string::npos) types += (types.empty() ? "" : " or ") + type;
    models += fmt::format("{}{}", models.empty() ? "" : "; ", family->models);
  }
  if (config.find(kKey) == nullptr) config.refuse(kKey, fmt::format("expected {}, the key is missing", types));
  const std::optional<std::string> type = config.string(kKey);
  const Family* found = nullptr;
  std::optional<std::string> spoken;
  for (const Family* family : families) {
    if (type != family->model_type) continue;
    const bool marked = !family->mark.empty();
    if (marked && config.find(std::string(family->mark).c_str()) == nullptr) continue;
    if (!family->sees()) {
      if (!spoken) spoken = chat_template ? chat_template() : "";
      if (!speaks(*family, *spoken)) {
        silent += fmt::format("{}{}", silent.empty() ? "" : "; ", family->models);
        continue;
      }
    }
    if (found == nullptr || (marked && found->mark.empty())) found = family;
  }
  if (found != nullptr) return *found;
  if (!silent.empty())
    fail(ErrorKind::Model, "{}: the chat template of this model is not known here; expected one of these: {}",
         config.where(), silent);
  config.wrong(kKey, fmt::format("{} ({})", types, models), *config.find(kKey));
}

std::string chat_template_in(const std::filesystem::path& dir) {
  if (std::optional<std::string> text = read_json_file(dir / "chat_template.jinja")) return *std::move(text);
  constexpr const char* kKey = "chat_template";
  const std::filesystem::path path = dir / "tokenizer_config.json";
  const std::optional<std::string> text = read_json_file(path);
  if (!text) return "";
  const nlohmann::json document = parse_json(*text, path.string());
  const JsonObject top(document, path.string());
  const nlohmann::json* found = top.find(kKey);
  if (found == nullptr || !found->is_array()) return top.string(kKey).value_or("");
  for (const nlohmann::json& item : *found) {  // several, with names
    const JsonObject named(item, path.string(), "chat_template.");
    if (named.string("name") == "default") return named.string("template").value_or("");
  }
  return "";
}

}  // namespace sparsight
