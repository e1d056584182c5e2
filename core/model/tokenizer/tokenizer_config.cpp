#include "core/model/tokenizer/tokenizer_config.h"

#include "core/base/json.h"
#include "core/model/tokenizer/parts.h"
#include "kernels/error.h"

#include <algorithm>
#include <utility>

namespace sparsight {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostAdded = 65536;

Json parse(const std::optional<std::string>& text, const std::string& file) {
  if (!text) return Json::object();
  Json parsed = parse_json(*text, file);
  if (!parsed.is_object()) fail(ErrorKind::Model, "{}: expected an object, found {}", file, describe(parsed));
  return parsed;
}

AddedToken read_added(const JsonNode& node, std::int64_t id) {
  AddedToken token;
  token.content = node.at("content").text();
  token.id = static_cast<std::int32_t>(id);
  token.special = node.flag_or("special", false);
  token.lstrip = node.flag_or("lstrip", false);
  token.rstrip = node.flag_or("rstrip", false);
  token.single_word = node.flag_or("single_word", false);
  token.normalized = node.flag_or("normalized", !token.special);
  return token;
}

void read_decoder(const JsonNode& decoder, bool decides, AddedTokenList& tokens) {
  for (const auto& [key, item] : decoder.members()) {
    const bool digits = !key.empty() && key.size() <= 9 && key.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) fail(ErrorKind::Model, "{}: expected an id as the key", item.place());
    tokens.add(read_added(item, std::stoll(key)), item.place(), decides);
  }
}

// A token named by its spelling, or by an AddedToken object.
std::string spelling(const JsonNode& node) { return node.is_object() ? node.at("content").text() : node.text(); }

void read_names(const JsonNode& root, TokenizerConfig& config) {
  for (const auto& [key, value] : root.value().items()) {
    if (!key.ends_with("_token") || !(value.is_string() || value.is_object())) continue;
    config.named.push_back(spelling(root.at(key)));
  }
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    const auto node = root.find(key);
    if (!node) continue;
    if (node->is_object())
      for (const auto& [name, member] : node->members()) config.named.push_back(spelling(member));
    else
      for (const JsonNode& item : node->items()) config.extra.push_back(spelling(item));
  }
}

}  // namespace

std::string file_in(std::string_view where, std::string_view name) {
  return where.empty() ? std::string(name) : fmt::format("{}/{}", where, name);
}

void check_added(const std::vector<AddedToken>& tokens, const Vocabulary& vocabulary, const std::string& file) {
  const std::int64_t most = static_cast<std::int64_t>(vocabulary.end()) + kMaxIdGap;
  for (const AddedToken& token : tokens) {
    if (const std::string* piece = vocabulary.piece(token.id); piece != nullptr && *piece != token.content)
      fail(ErrorKind::Model, "{}: added token \"{}\": its id {} is that of \"{}\"", file, shown(token.content),
           token.id, shown(*piece));
    if (const auto id = vocabulary.id(token.content); id && *id != token.id)
      fail(ErrorKind::Model, "{}: added token \"{}\": its id is {}, in the vocabulary it is {}", file,
           shown(token.content), token.id, *id);
    if (token.id >= most)
      fail(ErrorKind::Model, "{}: added token \"{}\": expected an id below {}, found {}", file, shown(token.content),
           most, token.id);
  }
}

void AddedTokenList::add(AddedToken token, const std::string& place, bool decides) {
  if (token.content.empty()) fail(ErrorKind::Model, "{}: expected the spelling of a token, found none", place);
  const auto same_id = by_id_.find(token.id);
  if (same_id != by_id_.end() && tokens_[same_id->second].content != token.content)
    fail(ErrorKind::Model, "{}: id {} is given to \"{}\", elsewhere to \"{}\"", place, token.id, shown(token.content),
         shown(tokens_[same_id->second].content));
  if (AddedToken* known = find(token.content)) {
    if (known->id != token.id)
      fail(ErrorKind::Model, "{}: \"{}\" is given the id {}, elsewhere {}", place, shown(token.content), token.id,
           known->id);
    token.special = token.special || known->special;
    known->special = token.special;
    if (decides) *known = std::move(token);
    return;
  }
  if (tokens_.size() == kMostAdded) fail(ErrorKind::Model, "{}: expected at most {} added tokens", place, kMostAdded);
  by_id_.emplace(token.id, tokens_.size());
  by_content_.emplace(token.content, tokens_.size());
  tokens_.push_back(std::move(token));
}

AddedToken* AddedTokenList::find(std::string_view content) {
  const auto it = by_content_.find(std::string(content));
  return it == by_content_.end() ? nullptr : &tokens_[it->second];
}

TokenizerConfig read_tokenizer_config(const TokenizerTexts& texts, const JsonNode* tokenizer_json,
                                      std::string_view where) {
  const std::string config_file = file_in(where, "tokenizer_config.json");
  const std::string added_file = file_in(where, "added_tokens.json");
  const std::string map_file = file_in(where, "special_tokens_map.json");
  const Json config_json = parse(texts.config_json, config_file);
  const Json added_json = parse(texts.added_tokens_json, added_file);
  const Json map_json = parse(texts.special_tokens_map_json, map_file);
  const JsonNode root(config_json, config_file + ": ");
  const JsonNode added(added_json, added_file + ": ");
  const JsonNode map(map_json, map_file + ": ");

  TokenizerConfig config;
  const bool beside_json = tokenizer_json != nullptr;
  if (const auto list = beside_json ? tokenizer_json->find("added_tokens") : std::nullopt)
    for (const JsonNode& item : list->items()) config.added.add(read_added(item, item.at("id").id()), item.place());
  const auto decoder = root.find("added_tokens_decoder");
  if (decoder) read_decoder(*decoder, beside_json, config.added);
  read_names(root, config);
  // With tokenizer.json, transformers reads the older files only where tokenizer_config.json lists no tokens.
  if (!beside_json || !decoder) {
    read_names(map, config);
    for (const auto& [content, item] : added.members()) {
      AddedToken token;
      token.content = content;
      token.id = static_cast<std::int32_t>(item.id());
      if (beside_json && config.added.find(content) == nullptr) {
        const auto named = [&](const std::vector<std::string>& names) {
          return std::find(names.begin(), names.end(), token.content) != names.end();
        };
        token.special = named(config.named) || named(config.extra);
        token.normalized = !token.special;
      }
      config.added.add(std::move(token), item.place());
    }
  }

  if (const auto name = root.find("tokenizer_class"); name && name->is_string())
    if (const std::string text = name->text(); text == "LlamaTokenizer" || text == "LlamaTokenizerFast")
      config.llama_class = text;
  if (const auto legacy = root.find("legacy")) config.legacy = legacy->flag();
  config.add_prefix_space = root.flag_or("add_prefix_space", true);
  config.add_bos = root.flag_or("add_bos_token", true);
  config.add_eos = root.flag_or("add_eos_token", false);
  if (const auto bos = root.find("bos_token")) config.bos = spelling(*bos);
  if (const auto eos = root.find("eos_token")) config.eos = spelling(*eos);
  return config;
}

}  // namespace sparsight
