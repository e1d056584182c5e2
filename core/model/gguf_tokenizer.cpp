// A GGUF file's tokenizer as the files that a Hugging Face folder has: a tokenizer.json for byte-level BPE, a
// tokenizer.model for SentencePiece.
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/model/gguf_model.h"

#include <algorithm>
#include <array>
#include <bit>

namespace sparsight {
namespace {

using Json = nlohmann::json;
using TokenKind = GgufTokenizer::Kind;

// llama.cpp's names of the regular expressions that split text, with the steps of transformers that do the same.
struct GgufSplit {
  std::string_view name;
  std::string_view regex;  // empty: `digits` and GPT-2's
  bool digits = false;     // each digit by itself
  bool nfc = false;
  bool whole_words = false;  // a word that is a token is not taken apart
};
constexpr std::array kGgufSplits{
    GgufSplit{.name = "gpt-2", .regex = {}},
    GgufSplit{.name = "smollm", .regex = {}, .digits = true},
    GgufSplit{.name = "qwen2",
              .regex = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                       R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
              .nfc = true},
    GgufSplit{.name = "llama-bpe",
              .regex = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                       R"(\s*[\r\n]+|\s+(?!\S)|\s+)",
              .whole_words = true},
};

Json pre_tokenizer_of(const GgufSplit& split) {
  Json steps = Json::array();
  if (split.digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  if (!split.regex.empty())
    steps.push_back(
        {{"type", "Split"}, {"pattern", {{"Regex", split.regex}}}, {"behavior", "Isolated"}, {"invert", false}});
  steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", split.regex.empty()}});
  return {{"type", "Sequence"}, {"pretokenizers", steps}};
}

bool is_added(TokenKind kind) { return kind == TokenKind::Control || kind == TokenKind::UserDefined; }

// What is put around a text.
Json around(const GgufTokenizer& tokenizer) {
  Json single = Json::array(), known = Json::object();
  const auto put = [&](std::int32_t id) {
    const std::string name(tokenizer.tokens[static_cast<std::size_t>(id)]);
    single.push_back({{"SpecialToken", {{"id", name}, {"type_id", 0}}}});
    known[name] = {{"id", name}, {"ids", {id}}, {"tokens", {name}}};
  };
  if (tokenizer.bos && tokenizer.adds_bos.value_or(tokenizer.split == "llama-bpe")) put(*tokenizer.bos);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  if (tokenizer.eos && tokenizer.adds_eos.value_or(false)) put(*tokenizer.eos);
  return {{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", known}};
}

std::string byte_level_json(const GgufTokenizer& tokenizer, const GgufSplit& split) {
  Json vocabulary = Json::object(), added = Json::array();
  for (std::size_t id = 0; id < tokenizer.tokens.size(); ++id) {
    const std::string content(tokenizer.tokens[id]);
    if (is_added(tokenizer.kinds[id]))
      added.push_back({{"id", id},
                       {"content", content},
                       {"special", tokenizer.kinds[id] == TokenKind::Control},
                       {"normalized", false}});
    else if (tokenizer.kinds[id] != TokenKind::Unused)
      vocabulary.emplace(content, id);
  }
  Json merges = Json::array();
  for (const std::string_view merge : tokenizer.merges) merges.push_back(merge);
  Json out{
      {"version", "1.0"},
      {"added_tokens", added},
      {"normalizer", split.nfc ? Json{{"type", "NFC"}} : Json()},
      {"pre_tokenizer", pre_tokenizer_of(split)},
      {"post_processor", around(tokenizer)},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"ignore_merges", split.whole_words}, {"vocab", vocabulary}, {"merges", merges}}}};
  return out.dump();
}

// Fields of a protocol buffer.
class ProtoWriter {
 public:
  void number(unsigned field, std::uint64_t value) {
    varint(field << 3);
    varint(value);
  }
  void text(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    out_ += value;
  }
  void floating(unsigned field, float value) {
    varint(field << 3 | 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8) out_ += static_cast<char>(bits >> shift & 0xFF);
  }
  [[nodiscard]] const std::string& str() const { return out_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
  }
  std::string out_;
};

// SentencePiece's ModelProto, of type BPE with bytes for what has no piece.
std::string sentencepiece_model(const GgufTokenizer& tokenizer) {
  ProtoWriter model, trainer;
  for (std::size_t id = 0; id < tokenizer.tokens.size(); ++id) {
    ProtoWriter piece;
    piece.text(1, tokenizer.tokens[id]);
    piece.floating(2, tokenizer.scores[id]);
    piece.number(3, static_cast<std::uint64_t>(tokenizer.kinds[id]));
    model.text(1, piece.str());
  }
  trainer.number(3, 2);  // model_type: BPE
  trainer.number(35, std::ranges::count(tokenizer.kinds, TokenKind::Byte) != 0);
  trainer.number(40, static_cast<std::uint64_t>(tokenizer.unknown.value_or(0)));
  model.text(2, trainer.str());
  return model.str();
}

std::string sentencepiece_config(const GgufTokenizer& tokenizer) {
  const auto spelling = [&](std::optional<std::int32_t> id) {
    return id ? Json(tokenizer.tokens[static_cast<std::size_t>(*id)]) : Json();
  };
  const bool bos = tokenizer.bos && tokenizer.adds_bos.value_or(true);
  const bool eos = tokenizer.eos && tokenizer.adds_eos.value_or(false);
  return Json{{"bos_token", spelling(tokenizer.bos)},
              {"eos_token", spelling(tokenizer.eos)},
              {"add_bos_token", bos},
              {"add_eos_token", eos},
              {"legacy", true},  // llama.cpp puts a blank before every stretch of text
              {"add_prefix_space", tokenizer.adds_space_prefix.value_or(true)}}
      .dump();
}

}  // namespace

TokenizerTexts gguf_tokenizer_texts(const GgufFile& file) {
  const GgufTokenizer tokenizer = read_gguf_tokenizer(file);
  for (const std::string_view token : tokenizer.tokens)
    if (utf8_of(token) != Utf8::Valid) file.refuse("tokenizer.ggml.tokens", "expected tokens in UTF-8");
  for (const std::string_view merge : tokenizer.merges)
    if (utf8_of(merge) != Utf8::Valid) file.refuse("tokenizer.ggml.merges", "expected merges in UTF-8");
  TokenizerTexts out;
  if (tokenizer.model == "llama") {
    if (tokenizer.scores.empty()) file.refuse("tokenizer.ggml.scores", "expected the scores, the key is missing");
    out.model = sentencepiece_model(tokenizer);
    out.config_json = sentencepiece_config(tokenizer);
    return out;
  }
  const auto split = std::ranges::find(kGgufSplits, tokenizer.split, &GgufSplit::name);
  if (split == kGgufSplits.end())
    file.refuse("tokenizer.ggml.pre",
                fmt::format("expected gpt-2, smollm, qwen2 or llama-bpe, found \"{}\"", shown(tokenizer.split)));
  out.tokenizer_json = byte_level_json(tokenizer, *split);
  return out;
}

}  // namespace sparsight
