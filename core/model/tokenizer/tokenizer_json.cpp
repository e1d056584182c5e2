#include "core/model/tokenizer/tokenizer_json.h"

#include "core/base/json.h"
#include "core/model/tokenizer/bpe.h"
#include "core/model/tokenizer/normalizer.h"
#include "core/model/tokenizer/pre_tokenizer.h"
#include "core/model/tokenizer/tokenizer_config.h"
#include "kernels/error.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sparsight {
namespace {

// transformers' MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS, as far as such models may come here.
constexpr std::array<std::string_view, 12> kWrongClass = {"llava",  "llava_next", "vipllava", "molmo",
                                                          "molmo2", "smolvlm",    "phi3",     "phi3_v",
                                                          "qwen2",  "internlm2",  "minicpmv", "h2ovl_chat"};

constexpr std::size_t kMostAround = 256;  // tokens that a template puts around a text

class JsonSegmenter : public Segmenter {
 public:
  JsonSegmenter(Normalizer normalizer, AddedTokens added, PreTokenizer pre_tokenizer, Bpe bpe)
      : normalizer_(std::move(normalizer)),
        added_(std::move(added)),
        pre_tokenizer_(std::move(pre_tokenizer)),
        bpe_(std::move(bpe)) {}

  void append(const Stretch& stretch, std::vector<std::int32_t>& ids) const override {
    const auto [text, from_start] = normalizer_(stretch.text);
    const bool at_start = stretch.at_start && from_start;
    for (const AddedTokens::Part& part : added_.split(text, special_in(stretch, text.size()))) {
      if (part.token != nullptr) {
        ids.push_back(part.token->id);
        continue;
      }
      for (const auto& piece :
           pre_tokenizer_({text.substr(part.begin, part.end - part.begin), at_start && part.begin == 0}))
        bpe_.append(piece.text, ids);
    }
  }

 private:
  // Where special tokens may be found in the normalized text: an end of a range goes where the normalizer puts the end
  // of the text that is cut there.
  [[nodiscard]] std::vector<TextRange> special_in(const Stretch& stretch, std::size_t size) const {
    std::vector<TextRange> ranges;
    if (!added_.has_special()) return ranges;
    const auto moved = [&](std::size_t at) {
      if (at == stretch.text.size()) return size;
      return at == 0 ? 0 : std::min(size, normalizer_(stretch.text.substr(0, at)).text.size());
    };
    for (const TextRange& range : stretch.special) ranges.push_back({moved(range.begin), moved(range.end)});
    return ranges;
  }

  Normalizer normalizer_;
  AddedTokens added_;
  PreTokenizer pre_tokenizer_;
  Bpe bpe_;
};

Vocabulary read_vocabulary(const JsonNode& node) {
  const JsonNode::Json& entries = node.value();
  if (!entries.is_object()) node.mismatch("an object");
  if (entries.empty()) node.mismatch("pieces");
  Vocabulary vocabulary;
  vocabulary.reserve(entries.size());
  const auto most = static_cast<std::int64_t>(entries.size()) + kMaxIdGap;
  for (const auto& [piece, value] : entries.items()) {
    const auto place = [&, &key = piece] { return fmt::format("{}[\"{}\"]", node.place(), shown(key)); };
    const bool number = value.is_number_unsigned() && value.get<std::uint64_t>() < static_cast<std::uint64_t>(most);
    if (!number) JsonNode(value, place()).mismatch(fmt::format("an id below {}", most));
    const auto id = value.get<std::int32_t>();
    if (!vocabulary.add(piece, id))
      fail(ErrorKind::Model, "{}: the id {} is that of \"{}\" too", place(), id, shown(*vocabulary.piece(id)));
  }
  return vocabulary;
}

// What is put around a text.
class PostProcessor {
 public:
  explicit PostProcessor(TokenizerParts& parts) : parts_(parts) {}

  void read(const JsonNode& node) {
    for (const JsonNode& step : node.steps("processors")) {
      const std::string type = step.type();
      if (type == "TemplateProcessing")
        read_template(step);
      else if (type == "BertProcessing" || type == "RobertaProcessing")
        put({pair_id(step.at("cls"))}, {pair_id(step.at("sep"))});
      else if (type != "ByteLevel")  // which moves offsets alone
        fail(ErrorKind::Model, "{}.type: a post-processor that is not known: {}", step.place(), shown(type));
    }
  }

 private:
  void read_template(const JsonNode& node) {
    std::array<std::vector<std::int32_t>, 2> ids;
    bool behind = false;
    for (const JsonNode& item : node.at("single").items(kMostAround)) {
      if (const auto sequence = item.find("Sequence")) {
        if (behind) fail(ErrorKind::Model, "{}: the text a second time", item.place());
        if (sequence->at("id").text() != "A") sequence->at("id").mismatch("A");
        behind = true;
        continue;
      }
      const std::string name = item.at("SpecialToken").at("id").text();
      const auto tokens = node.at("special_tokens").find(name);
      if (!tokens)
        fail(ErrorKind::Model, "{}: \"{}\" is not in {}.special_tokens", item.place(), shown(name), node.place());
      for (const JsonNode& id : tokens->at("ids").items(kMostAround)) ids[behind ? 1 : 0].push_back(checked(id));
      if (ids[0].size() + ids[1].size() > kMostAround)
        fail(ErrorKind::Model, "{}: more than {} tokens around a text", item.place(), kMostAround);
    }
    if (!behind) fail(ErrorKind::Model, "{}.single: the text is not in it", node.place());
    put(ids[0], ids[1]);
  }

  std::int32_t pair_id(const JsonNode& node) {
    const auto items = node.items();
    if (items.size() != 2) node.mismatch("a token and its id");
    return checked(items[1]);
  }

  std::int32_t checked(const JsonNode& node) {
    const auto id = static_cast<std::int32_t>(node.id());
    const bool known =
        parts_.vocabulary->piece(id) != nullptr ||
        std::any_of(parts_.added.begin(), parts_.added.end(), [&](const AddedToken& token) { return token.id == id; });
    if (!known) node.mismatch("the id of a token");
    return id;
  }

  void put(const std::vector<std::int32_t>& before, const std::vector<std::int32_t>& behind) {
    parts_.before.insert(parts_.before.begin(), before.begin(), before.end());
    parts_.behind.insert(parts_.behind.end(), behind.begin(), behind.end());
  }

  TokenizerParts& parts_;
};

// Special tokens that have a name and nothing else: they become added tokens. Those that are some stay as they are.
void add_named(TokenizerConfig& config, const Vocabulary& vocabulary, const std::string& file) {
  auto next = static_cast<std::int32_t>(vocabulary.end());
  for (const AddedToken& known : config.added.tokens()) next = std::max(next, known.id + 1);
  for (const auto* names : {&config.named, &config.extra})
    for (const std::string& content : *names) {
      if (content.empty() || config.added.find(content) != nullptr) continue;
      const auto id = vocabulary.id(content);
      config.added.add({.content = content, .id = id ? *id : next++, .special = true}, file);
    }
}

PrependScheme llama_scheme(const TokenizerConfig& config) {
  if (!config.add_prefix_space) return PrependScheme::Never;
  return config.legacy.value_or(false) ? PrependScheme::Always : PrependScheme::First;
}

}  // namespace

TokenizerParts parts_of_tokenizer_json(const TokenizerTexts& texts, std::string_view where) {
  const std::string file = file_in(where, "tokenizer.json");
  const JsonNode::Json parsed = parse_json(*texts.tokenizer_json, file);
  if (!parsed.is_object()) fail(ErrorKind::Model, "{}: expected an object, found {}", file, describe(parsed));
  const JsonNode root(parsed, file + ": ");
  TokenizerConfig config = read_tokenizer_config(texts, &root, where);

  const JsonNode model = root.at("model");
  const auto type = model.find("type");
  if (type && type->text() != "BPE")
    fail(ErrorKind::Model, "{}: {} is no byte pair encoding, which is all that is understood here", type->place(),
         shown(type->text()));
  TokenizerParts parts;
  auto vocabulary = std::make_unique<Vocabulary>(read_vocabulary(model.at("vocab")));
  Bpe bpe(model, *vocabulary);
  check_added(config.added.tokens(), *vocabulary, file);
  add_named(config, *vocabulary, file_in(where, "tokenizer_config.json"));
  parts.vocabulary = std::move(vocabulary);
  parts.added = config.added.take();

  const bool byte_level = texts.tokenizer_json->find("\"ByteLevel\"") != std::string::npos;
  const bool wrong_class = std::find(kWrongClass.begin(), kWrongClass.end(), texts.model_type) != kWrongClass.end();
  const bool llama = !config.llama_class.empty() && !byte_level && !wrong_class;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  if (const auto node = root.find("normalizer")) normalizer = Normalizer::read(*node);
  if (const auto node = root.find("pre_tokenizer")) pre_tokenizer = PreTokenizer::read(*node);
  if (const auto node = root.find("decoder")) parts.decoder = TextDecoder::read(*node);
  if (const auto node = root.find("post_processor")) PostProcessor(parts).read(*node);
  if (llama) {
    bpe.use_llama_rules();
    normalizer = Normalizer();
    pre_tokenizer = PreTokenizer::metaspace(llama_scheme(config));
    parts.decoder = TextDecoder::llama(config.add_prefix_space);
  }
  parts.prefix_everywhere = normalizer.prepends() || pre_tokenizer.prepends_always();
  parts.spelled_in_bytes = normalizer.writes_bytes() || pre_tokenizer.writes_bytes();

  std::vector<AddedToken> normalized;
  for (const AddedToken& token : parts.added) {
    if (!token.normalized) {
      parts.sought.push_back(token);
      continue;
    }
    const std::string spelling = normalizer(token.content).text;
    if (spelling != token.content) parts.respelled.emplace(token.id, spelling);
    if (spelling.empty()) continue;
    normalized.push_back(token);
    normalized.back().content = spelling;
  }
  parts.segmenter = std::make_unique<JsonSegmenter>(std::move(normalizer), AddedTokens(std::move(normalized)),
                                                    std::move(pre_tokenizer), std::move(bpe));
  return parts;
}

}  // namespace sparsight
