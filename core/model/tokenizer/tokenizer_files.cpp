#include "core/model/tokenizer/tokenizer_files.h"

#include "core/base/json.h"
#include "kernels/error.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

namespace sparsight {
namespace {

using Json = nlohmann::json;

constexpr std::uintmax_t kMaxModelBytes = 256u << 20;
constexpr std::uintmax_t kMaxJsonBytes = 64u << 20;  // parsed values take about twenty times as much

// A value with its file and key, so that every message names its place.
class Node {
 public:
  Node(const Json& value, std::string place) : value_(&value), place_(std::move(place)) {}

  [[nodiscard]] const std::string& place() const { return place_; }
  [[nodiscard]] const Json& value() const { return *value_; }
  [[nodiscard]] bool is_object() const { return value_->is_object(); }
  [[nodiscard]] bool is_array() const { return value_->is_array(); }
  [[nodiscard]] bool is_string() const { return value_->is_string(); }

  // nullopt: missing or null.
  [[nodiscard]] std::optional<Node> find(const std::string& key) const {
    if (!value_->is_object()) mismatch("an object");
    const auto it = value_->find(key);
    if (it == value_->end() || it->is_null()) return std::nullopt;
    return Node(*it, place_ + (place_.ends_with(": ") ? "" : ".") + key);
  }
  [[nodiscard]] std::vector<Node> items() const {
    if (!value_->is_array()) mismatch("a list");
    std::vector<Node> result;
    result.reserve(value_->size());
    for (std::size_t i = 0; i < value_->size(); ++i)
      result.emplace_back((*value_)[i], fmt::format("{}[{}]", place_, i));
    return result;
  }
  [[nodiscard]] std::vector<std::pair<std::string, Node>> members() const {
    if (!value_->is_object()) mismatch("an object");
    std::vector<std::pair<std::string, Node>> result;
    result.reserve(value_->size());
    for (const auto& [key, value] : value_->items())
      result.emplace_back(key, Node(value, fmt::format("{}[\"{}\"]", place_, key)));
    return result;
  }
  [[nodiscard]] std::string text() const {
    if (!value_->is_string()) mismatch("a string");
    return value_->get<std::string>();
  }
  [[nodiscard]] bool flag() const {
    if (!value_->is_boolean()) mismatch("true or false");
    return value_->get<bool>();
  }
  [[nodiscard]] std::int64_t id() const {
    if (!value_->is_number_integer()) mismatch("an id");
    const bool too_large =
        value_->is_number_unsigned() && value_->get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max();
    if (too_large || value_->get<std::int64_t>() < 0) mismatch("an id from 0 to 2147483647");
    return value_->get<std::int64_t>();
  }

  [[noreturn]] void mismatch(std::string_view expected) const {
    std::string found = value_->is_structured() ? value_->type_name() : value_->dump(-1, ' ', true);
    if (found.size() > 60) found = found.substr(0, 60) + "...";
    fail(ErrorKind::Model, "{}: expected {}, found {}", place_, expected, found);
  }

 private:
  const Json* value_;
  std::string place_;
};

Json parse(const std::optional<std::string>& text, const std::string& file) {
  if (!text) return Json::object();
  Json json = parse_json(*text, file);
  if (!json.is_object()) fail(ErrorKind::Model, "{}: expected an object, found {}", file, describe(json));
  return json;
}

std::uint64_t read_varint(std::string_view data, std::size_t& at, const std::string& file) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at == data.size()) fail(ErrorKind::Model, "{}: ends inside a field at byte {}", file, at);
    const auto byte = static_cast<unsigned char>(data[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail(ErrorKind::Model, "{}: expected a number at byte {}, found more than 64 bits", file, at);
}

// Copies the top level of the ModelProto: checks bounds before the library sees the data, and keeps only the fields
// that LlamaTokenizer uses: pieces (1), trainer_spec (2), normalizer_spec (3). This drops the self-test, which would
// run at load, and the denormalizer.
std::string checked_model(std::string_view data, const std::string& file) {
  std::string kept;
  std::size_t pieces = 0;
  std::size_t at = 0;
  while (at < data.size()) {
    const std::size_t begin = at;
    const std::uint64_t tag = read_varint(data, at, file);
    std::uint64_t length = 0;
    switch (tag & 7) {
      case 0: read_varint(data, at, file); break;
      case 1: length = 8; break;
      case 2: length = read_varint(data, at, file); break;
      case 5: length = 4; break;
      default:
        fail(ErrorKind::Model, "{}: expected a SentencePiece model, found an unknown field at byte {}", file, begin);
    }
    if (length > data.size() - at)
      fail(ErrorKind::Model, "{}: cut off: the field at byte {} needs {} bytes, the file has {} left", file, begin,
           length, data.size() - at);
    at += static_cast<std::size_t>(length);
    const std::uint64_t field = tag >> 3;
    if (field == 1) ++pieces;
    if (field >= 1 && field <= 3) kept.append(data.substr(begin, at - begin));
  }
  if (pieces == 0) fail(ErrorKind::Model, "{}: expected a SentencePiece model, found no pieces", file);
  return kept;
}

class AddedTokens {
 public:
  void add(AddedToken token, const std::string& place) {
    if (token.content.empty()) fail(ErrorKind::Model, "{}: expected the spelling of a token, found none", place);
    for (AddedToken& known : tokens_) {
      if (known.id == token.id && known.content != token.content)
        fail(ErrorKind::Model, "{}: id {} is given to \"{}\", elsewhere to \"{}\"", place, token.id, token.content,
             known.content);
      if (known.content == token.content && known.id != token.id)
        fail(ErrorKind::Model, "{}: \"{}\" is given the id {}, elsewhere {}", place, token.content, token.id, known.id);
      if (known.id == token.id) {
        known.special = known.special || token.special;
        return;
      }
    }
    if (tokens_.size() == kMost) fail(ErrorKind::Model, "{}: expected at most {} added tokens", place, kMost);
    tokens_.push_back(std::move(token));
  }
  void mark_special(const std::string& content) {
    for (AddedToken& token : tokens_)
      if (token.content == content) token.special = true;
  }
  [[nodiscard]] std::vector<AddedToken> take() { return std::move(tokens_); }

 private:
  static constexpr std::size_t kMost = 4096;
  std::vector<AddedToken> tokens_;
};

bool flag_or(const Node& node, const std::string& key, bool fallback) {
  const auto found = node.find(key);
  return found ? found->flag() : fallback;
}

AddedToken read_added(const Node& node, std::int64_t id) {
  AddedToken token;
  const auto content = node.find("content");
  if (!content) fail(ErrorKind::Model, "{}.content: missing", node.place());
  token.content = content->text();
  token.id = static_cast<std::int32_t>(id);
  token.special = flag_or(node, "special", false);
  token.lstrip = flag_or(node, "lstrip", false);
  token.rstrip = flag_or(node, "rstrip", false);
  token.single_word = flag_or(node, "single_word", false);
  return token;
}

// A token given by its spelling or as an AddedToken object.
std::string spelling(const Node& node) {
  if (node.is_object()) {
    const auto content = node.find("content");
    if (!content) fail(ErrorKind::Model, "{}.content: missing", node.place());
    return content->text();
  }
  return node.text();
}

void mark_named(const Node& root, AddedTokens& tokens) {
  for (const char* key : {"bos_token", "eos_token", "unk_token", "pad_token", "image_token", "video_token"})
    if (const auto node = root.find(key)) tokens.mark_special(spelling(*node));
  for (const char* key : {"additional_special_tokens", "extra_special_tokens"}) {
    const auto node = root.find(key);
    if (!node) continue;
    if (node->is_object())
      for (const auto& [name, member] : node->members()) tokens.mark_special(spelling(member));
    else
      for (const Node& item : node->items()) tokens.mark_special(spelling(item));
  }
}

// The steps of a normalizer or pre-tokenizer: the members of a Sequence, or itself.
std::vector<Node> steps(const Node& root, const std::string& key, const std::string& members) {
  const auto node = root.find(key);
  if (!node) return {};
  if (const auto list = node->find(members)) return list->items();
  return {*node};
}

bool has_type(const Node& node, std::string_view type) {
  const auto found = node.find("type");
  return found && found->text() == type;
}

void read_prefix(const Node& json, const Node& config, TokenizerFiles& files) {
  for (const Node& step : steps(json, "pre_tokenizer", "pretokenizers")) {
    if (!has_type(step, "Metaspace")) continue;
    files.prefix_if_missing = true;
    const auto scheme = step.find("prepend_scheme");
    const std::string name = scheme ? scheme->text() : "always";
    if (name != "always" && name != "first" && name != "never") scheme->mismatch("always, first or never");
    files.prefix = name == "always" ? DummyPrefix::Every : name == "first" ? DummyPrefix::First : DummyPrefix::Never;
  }
  for (const Node& step : steps(json, "normalizer", "normalizers"))
    if (has_type(step, "Prepend")) files.prefix = DummyPrefix::Every;
  if (const auto legacy = config.find("legacy"))
    files.prefix = legacy->flag() ? DummyPrefix::Every : DummyPrefix::First;
  if (!flag_or(config, "add_prefix_space", true)) files.prefix = DummyPrefix::Never;
}

std::optional<std::string> read_text(const std::filesystem::path& path, std::uintmax_t most) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return std::nullopt;
  if (!std::filesystem::is_regular_file(status)) fail(ErrorKind::File, "{}: not a file", path.string());
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) fail(ErrorKind::File, "{}: {}", path.string(), error.message());
  if (size > most) fail(ErrorKind::Model, "{}: expected at most {} bytes, the file has {}", path.string(), most, size);
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.size() != size) fail(ErrorKind::File, "{}: cannot be read", path.string());
  return text;
}

}  // namespace

TokenizerFiles parse_tokenizer_files(TokenizerTexts texts, std::string_view where) {
  const auto file = [&](std::string_view name) {
    return where.empty() ? std::string(name) : fmt::format("{}/{}", where, name);
  };
  TokenizerFiles files;
  files.model = checked_model(texts.model, file("tokenizer.model"));

  const Json tokenizer_json = parse(texts.tokenizer_json, file("tokenizer.json"));
  const Json config_json = parse(texts.config_json, file("tokenizer_config.json"));
  const Json added_json = parse(texts.added_tokens_json, file("added_tokens.json"));
  const Json map_json = parse(texts.special_tokens_map_json, file("special_tokens_map.json"));
  const Node tokenizer(tokenizer_json, file("tokenizer.json: "));
  const Node config(config_json, file("tokenizer_config.json: "));
  const Node added(added_json, file("added_tokens.json: "));
  const Node map(map_json, file("special_tokens_map.json: "));

  AddedTokens tokens;
  if (const auto list = tokenizer.find("added_tokens")) {
    for (const Node& item : list->items()) {
      const auto id = item.find("id");
      if (!id) fail(ErrorKind::Model, "{}.id: missing", item.place());
      tokens.add(read_added(item, id->id()), item.place());
    }
  }
  if (const auto decoder = config.find("added_tokens_decoder")) {
    for (const auto& [key, item] : decoder->members()) {
      const bool digits = !key.empty() && key.size() <= 9 && key.find_first_not_of("0123456789") == std::string::npos;
      if (!digits) fail(ErrorKind::Model, "{}: expected an id as the key", item.place());
      tokens.add(read_added(item, std::stoll(key)), item.place());
    }
  }
  for (const auto& [content, item] : added.members()) {
    AddedToken token;
    token.content = content;
    token.id = static_cast<std::int32_t>(item.id());
    tokens.add(std::move(token), item.place());
  }
  mark_named(config, tokens);
  mark_named(map, tokens);
  files.added = tokens.take();

  read_prefix(tokenizer, config, files);
  files.add_bos = flag_or(config, "add_bos_token", true);
  files.add_eos = flag_or(config, "add_eos_token", false);
  if (const auto bos = config.find("bos_token")) files.bos = spelling(*bos);
  if (const auto eos = config.find("eos_token")) files.eos = spelling(*eos);

  if (const auto model = tokenizer.find("model")) {
    if (const auto vocabulary = model->find("vocab"); vocabulary && vocabulary->is_object()) {
      files.vocabulary.reserve(vocabulary->value().size());
      for (const auto& [piece, id] : vocabulary->members()) files.vocabulary.push_back({piece, id.id()});
    }
  }
  return files;
}

TokenizerFiles read_tokenizer_files(const std::filesystem::path& dir) {
  TokenizerTexts texts;
  auto model = read_text(dir / "tokenizer.model", kMaxModelBytes);
  if (!model) fail(ErrorKind::File, "{}: not found", (dir / "tokenizer.model").string());
  texts.model = std::move(*model);
  texts.tokenizer_json = read_text(dir / "tokenizer.json", kMaxJsonBytes);
  texts.config_json = read_text(dir / "tokenizer_config.json", kMaxJsonBytes);
  texts.added_tokens_json = read_text(dir / "added_tokens.json", kMaxJsonBytes);
  texts.special_tokens_map_json = read_text(dir / "special_tokens_map.json", kMaxJsonBytes);
  return parse_tokenizer_files(std::move(texts), dir.string());
}

}  // namespace sparsight
