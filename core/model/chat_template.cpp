#include "core/model/chat_template.h"

#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/text.h"
#include "core/model/families/family.h"
#include "core/model/gguf.h"
#include "core/model/model_folder.h"

#include <algorithm>
#include <optional>

namespace sparsight {
namespace {

struct FoundTemplate {
  std::filesystem::path file;
  std::string text;
};

// A text, or a list of named ones, of which the one for chats is called "default".
std::optional<std::string> template_in(const std::filesystem::path& file) {
  const std::optional<std::string> json = read_json_file(file);
  if (!json) return std::nullopt;
  const nlohmann::json document = parse_json(*json, file.string());
  const JsonObject top(document, file.string());
  const nlohmann::json* value = top.find("chat_template");
  if (value == nullptr) return std::nullopt;
  if (!value->is_array()) return top.string("chat_template");
  for (const nlohmann::json& one : *value) {
    const JsonObject named(one, file.string(), "chat_template.");
    if (named.string("name") == "default") return named.string("template");
  }
  return std::nullopt;
}

std::optional<FoundTemplate> find_template(const std::filesystem::path& dir) {
  const std::filesystem::path plain = dir / "chat_template.jinja";
  if (std::optional<std::string> text = read_json_file(plain)) return FoundTemplate{plain, std::move(*text)};
  for (const char* name : {"chat_template.json", "tokenizer_config.json"})
    if (std::optional<std::string> text = template_in(dir / name)) return FoundTemplate{dir / name, std::move(*text)};
  if (const auto gguf = decoder_gguf(dir)) {
    const MappedFile file = MappedFile::open(*gguf);
    const GgufFile parsed = parse_gguf(file.bytes(), gguf->string());
    if (const auto text = parsed.text("tokenizer.chat_template")) return FoundTemplate{*gguf, std::string(*text)};
  }
  return std::nullopt;
}

}  // namespace

std::string template_digest(std::string_view text) {
  std::string rest;
  while (!text.empty()) {
    const std::size_t comment = std::min(text.find("{#"), text.size());
    std::ranges::copy_if(text.substr(0, comment), std::back_inserter(rest), [](char c) { return c != '\r'; });
    const std::size_t end = text.find("#}", std::min(comment + 2, text.size()));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return Digest().add(trimmed_end(rest, " \t\n\v\f")).hex();
}

void warn_about_template(const std::filesystem::path& dir, const Family& family, std::vector<std::string>& warnings) {
  if (!family.sees()) return;  // the template decided which family it is
  try {
    const std::optional<FoundTemplate> found = find_template(dir);
    if (found && std::ranges::count(family.templates, template_digest(found->text)) == 0)
      warnings.push_back(fmt::format("{}: this chat template is not known; prompts are written as for other {}",
                                     found->file.string(), family.models));
  } catch (const Error& error) {
    warnings.emplace_back(error.what());
  }
}

}  // namespace sparsight
