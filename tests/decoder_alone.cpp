#include "tests/decoder_alone.h"

#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sparsight::test {
namespace {

using nlohmann::json;
using GgufType = GgufValue::Type;

constexpr std::size_t kWidth = 32, kInner = 48, kHeads = 4, kKvHeads = 2, kLayers = 2, kHeadDim = kWidth / kHeads;
constexpr std::size_t kControls = 3;
// Of Qwen2's tokenizer.json.
constexpr const char* kQwenSplit =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// The character that byte-level BPE writes for a byte: those of Latin-1 that can be seen are themselves, the others
// come after U+00FF.
std::string byte_character(int byte) {
  const auto seen = [](int b) { return (b > ' ' && b < 0x7F) || (b > 0xA0 && b != 0xAD); };
  int code = byte;
  if (!seen(byte)) {
    code = 0x100;
    for (int before = 0; before < byte; ++before) code += seen(before) ? 0 : 1;
  }
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xC0 | code >> 6), static_cast<char>(0x80 | (code & 0x3F))};
}

void add_texts(GgufWriter& to, std::string_view key, const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) bytes += GgufWriter::text(text);
  to.array(key, GgufType::Text, texts.size(), bytes);
}

void add_ids(GgufWriter& to, std::string_view key, const std::vector<std::int32_t>& ids) {
  to.array(key, GgufType::I32, ids.size(), bytes_of(ids));
}

// The rows of q or k as llama.cpp's converter orders them: the halves of a head interleaved.
std::vector<float> interleaved(const DecoderAlone::Values& from, std::size_t heads) {
  const std::size_t rows = from.shape[0], columns = from.shape[1], half = rows / heads / 2;
  std::vector<float> out;
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t head = row / (2 * half), in = row % (2 * half);
    const std::size_t source = head * 2 * half + in % 2 * half + in / 2;
    const auto begin = from.values.begin() + static_cast<std::ptrdiff_t>(source * columns);
    out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(columns));
  }
  return out;
}

std::string gguf_name(std::string name) {
  const auto replace = [&](std::string_view from, std::string_view to) {
    if (const std::size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  };
  replace("model.layers.", "blk.");
  replace("model.embed_tokens", "token_embd");
  replace("model.norm", "output_norm");
  replace("input_layernorm", "attn_norm");
  replace("post_attention_layernorm", "ffn_norm");
  replace("self_attn.o_proj", "attn_output");
  for (const char* part : {"q", "k", "v"})
    replace(fmt::format("self_attn.{}_proj", part), fmt::format("attn_{}", part));
  for (const char* part : {"gate", "up", "down"})
    replace(fmt::format("mlp.{}_proj", part), fmt::format("ffn_{}", part));
  return name;
}

}  // namespace

DecoderAlone::DecoderAlone(std::string of)
    : architecture(std::move(of)),
      chat_template(architecture == "llama" ? llama_smollm2().chat_template : qwen2_text().chat_template) {
  tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  for (int byte = 0; byte < 256; ++byte) tokens.push_back(byte_character(byte));
  for (const auto& [left, right] : {std::pair("o", "r"), {"w", "or"}, {"wor", "d"}, {"\u0120", "word"}}) {
    merges.push_back(std::string(left) + " " + right);
    tokens.push_back(std::string(left) + right);
  }
  unsigned seed = 7;
  const auto add = [&](const std::string& name, std::vector<std::size_t> shape, float scale) {
    const HostTensor random = random_tensor(Shape(std::span<const std::size_t>(shape)), seed++);
    std::vector<float> values(random.f32(), random.f32() + random.shape().elements());
    for (float& value : values) value = shape.size() == 1 ? 1 + 0.1f * value : scale * value;
    tensors[name] = {std::move(shape), std::move(values)};
  };
  add("model.embed_tokens.weight", {tokens.size(), kWidth}, 1);
  add("model.norm.weight", {kWidth}, 1);
  for (std::size_t i = 0; i < kLayers; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    add(layer + "input_layernorm.weight", {kWidth}, 1);
    add(layer + "post_attention_layernorm.weight", {kWidth}, 1);
    if (architecture == "qwen2")
      for (const auto& [part, rows] : {std::pair("q", kHeads), {"k", kKvHeads}, {"v", kKvHeads}})
        add(fmt::format("{}self_attn.{}_proj.bias", layer, part), {rows * kHeadDim}, 1);
    add(layer + "self_attn.q_proj.weight", {kHeads * kHeadDim, kWidth}, 0.3f);
    add(layer + "self_attn.k_proj.weight", {kKvHeads * kHeadDim, kWidth}, 0.3f);
    add(layer + "self_attn.v_proj.weight", {kKvHeads * kHeadDim, kWidth}, 0.3f);
    add(layer + "self_attn.o_proj.weight", {kWidth, kHeads * kHeadDim}, 0.3f);
    add(layer + "mlp.gate_proj.weight", {kInner, kWidth}, 0.3f);
    add(layer + "mlp.up_proj.weight", {kInner, kWidth}, 0.3f);
    add(layer + "mlp.down_proj.weight", {kWidth, kInner}, 0.3f);
  }
}

void DecoderAlone::write_folder(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", json{{"model_type", architecture},
                                          {"vocab_size", tokens.size()},
                                          {"hidden_size", kWidth},
                                          {"intermediate_size", kInner},
                                          {"num_hidden_layers", kLayers},
                                          {"num_attention_heads", kHeads},
                                          {"num_key_value_heads", kKvHeads},
                                          {"rms_norm_eps", 1e-5},
                                          {"rope_theta", 5000.0},
                                          {"max_position_embeddings", 2048},
                                          {"tie_word_embeddings", true},
                                          {"bos_token_id", 1},
                                          {"eos_token_id", 2}}
                                         .dump());
  if (architecture == "qwen2") write_file(folder / "generation_config.json", R"({"eos_token_id": [2, 0]})");
  json vocabulary = json::object(), added = json::array();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (id < kControls)
      added.push_back({{"id", id}, {"content", tokens[id]}, {"special", true}, {"normalized", false}});
    else
      vocabulary[tokens[id]] = id;
  }
  json split{{"type", "Digits"}, {"individual_digits", true}};
  if (architecture == "qwen2")
    split = {{"type", "Split"}, {"pattern", {{"Regex", kQwenSplit}}}, {"behavior", "Isolated"}, {"invert", false}};
  write_file(
      folder / "tokenizer.json",
      json{{"added_tokens", added},
           {"normalizer", architecture == "qwen2" ? json{{"type", "NFC"}} : json()},
           {"pre_tokenizer",
            {{"type", "Sequence"},
             {"pretokenizers",
              {split, {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", architecture == "llama"}}}}}},
           {"decoder", {{"type", "ByteLevel"}}},
           {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}}
          .dump());
  json config = json::object();
  if (!chat_template.empty()) config["chat_template"] = chat_template;
  write_file(folder / "tokenizer_config.json", config.dump());
  SafetensorsWriter weights;
  for (const auto& [name, tensor] : tensors) weights.add(name, "F32", tensor.shape, bytes_of(tensor.values));
  write_file(folder / "model.safetensors", weights.str());
}

void DecoderAlone::write_gguf(const std::filesystem::path& file) const {
  GgufWriter out;
  const bool llama = architecture == "llama";
  out.string("general.architecture", architecture);
  for (const auto& [key, value] : {std::pair("block_count", kLayers),
                                   {"context_length", 2048},
                                   {"embedding_length", kWidth},
                                   {"feed_forward_length", kInner},
                                   {"attention.head_count", kHeads},
                                   {"attention.head_count_kv", kKvHeads}})
    out.number(fmt::format("{}.{}", architecture, key), static_cast<std::uint32_t>(value));
  out.floating(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
  out.floating(architecture + ".rope.freq_base", 5000);
  out.string("tokenizer.ggml.model", "gpt2");
  out.string("tokenizer.ggml.pre", llama ? "smollm" : "qwen2");
  add_texts(out, "tokenizer.ggml.tokens", tokens);
  add_texts(out, "tokenizer.ggml.merges", merges);
  std::vector<std::int32_t> kinds(tokens.size(), 1);
  std::fill_n(kinds.begin(), kControls, 3);
  add_ids(out, "tokenizer.ggml.token_type", kinds);
  out.number("tokenizer.ggml.bos_token_id", 1);
  out.number("tokenizer.ggml.eos_token_id", 2);
  if (!chat_template.empty()) out.string("tokenizer.chat_template", chat_template);
  for (const auto& [name, tensor] : tensors) {
    const std::vector<std::uint64_t> dims(tensor.shape.rbegin(), tensor.shape.rend());
    const bool q = llama && name.find("q_proj") != std::string::npos;
    const bool k = llama && name.find("k_proj") != std::string::npos;
    out.tensor(gguf_name(name), dims, 0, bytes_of(q || k ? interleaved(tensor, q ? kHeads : kKvHeads) : tensor.values));
  }
  write_file(file, out.str());
}

GgufWriter gguf_of_tokenizer(const json& tokenizer, std::string_view split) {
  std::map<std::int32_t, std::pair<std::string, std::int32_t>> by_id;  // spelling, kind
  for (const auto& [piece, id] : tokenizer.at("model").at("vocab").items()) by_id[id] = {piece, 1};
  for (const json& added : tokenizer.at("added_tokens"))
    by_id[added.at("id")] = {added.at("content"), added.at("special") ? 3 : 4};
  std::vector<std::string> tokens, merges;
  std::vector<std::int32_t> kinds;
  for (const auto& [id, token] : by_id) {
    while (std::cmp_less(tokens.size(), id)) {
      tokens.push_back(fmt::format("[PAD{}]", tokens.size()));
      kinds.push_back(5);
    }
    tokens.push_back(token.first);
    kinds.push_back(token.second);
  }
  for (const json& merge : tokenizer.at("model").at("merges"))
    merges.push_back(merge.is_string() ? merge.get<std::string>()
                                       : merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>());
  GgufWriter out;
  out.string("tokenizer.ggml.model", "gpt2");
  out.string("tokenizer.ggml.pre", split);
  add_texts(out, "tokenizer.ggml.tokens", tokens);
  add_texts(out, "tokenizer.ggml.merges", merges);
  add_ids(out, "tokenizer.ggml.token_type", kinds);
  return out;
}

GgufWriter gguf_of_pieces(std::string_view model) {
  std::size_t at = 0;
  const auto varint = [&](std::string_view from, std::size_t& i) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(from.at(i++));
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  };
  std::vector<std::string> tokens;
  std::vector<std::int32_t> kinds;
  std::vector<float> scores;
  while (at < model.size()) {
    const std::uint64_t field = varint(model, at) >> 3, length = varint(model, at);
    const std::string_view part = model.substr(at, length);
    at += length;
    if (field != 1) continue;
    std::string piece;
    float score = 0;
    std::int32_t kind = 1;
    for (std::size_t i = 0; i < part.size();) {
      const std::uint64_t tag = varint(part, i);
      if (tag >> 3 == 1) {
        const std::uint64_t size = varint(part, i);
        piece = part.substr(i, size);
        i += size;
      } else if (tag >> 3 == 2) {
        std::memcpy(&score, part.data() + i, sizeof score);
        i += sizeof score;
      } else {
        kind = static_cast<std::int32_t>(varint(part, i));
      }
    }
    tokens.push_back(piece);
    scores.push_back(score);
    kinds.push_back(kind);
  }
  GgufWriter out;
  out.string("tokenizer.ggml.model", "llama");
  add_texts(out, "tokenizer.ggml.tokens", tokens);
  out.array("tokenizer.ggml.scores", GgufType::F32, scores.size(), bytes_of(scores));
  add_ids(out, "tokenizer.ggml.token_type", kinds);
  out.number("tokenizer.ggml.bos_token_id", 1);
  out.number("tokenizer.ggml.eos_token_id", 2);
  return out;
}

}  // namespace sparsight::test
