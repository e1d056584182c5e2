#include "core/model/gguf_model.h"

#include "core/base/json.h"
#include "core/model/families/family.h"
#include "core/model/families/llava.h"
#include "core/model/families/qwen2_5_vl.h"
#include "core/model/families/qwen2_vl.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace sparsight {
namespace {

using GgufKind = GgufValue::Type;

// The same limits as config.json's.
constexpr std::size_t kMaxGgufWidth = 1 << 20, kMaxGgufLayers = 4096, kMaxGgufHeads = 1 << 16, kMaxGgufSide = 1 << 14;
constexpr std::size_t kMaxGgufPositions = std::size_t{1} << 30, kMaxGgufMerged = 64;

constexpr std::string_view kQwenWithTower = "qwen2vl";

// The keys of an architecture: "llama.block_count".
class GgufKeys {
 public:
  GgufKeys(const GgufFile& file, std::string prefix) : file_(&file), prefix_(std::move(prefix)) {}
  [[nodiscard]] std::string key(std::string_view name) const { return prefix_ + std::string(name); }
  [[nodiscard]] std::optional<std::size_t> size(std::string_view name, std::size_t max) const {
    return file_->size(key(name), max);
  }
  [[nodiscard]] std::size_t required_size(std::string_view name, std::size_t max) const {
    const std::optional<std::size_t> found = size(name, max);
    if (!found) refuse(name, "expected a number, the key is missing");
    return *found;
  }
  [[nodiscard]] std::optional<double> number(std::string_view name) const { return file_->number(key(name)); }
  [[nodiscard]] double positive(std::string_view name, double fallback) const {
    const double found = number(name).value_or(fallback);
    if (!(static_cast<float>(found) > 0)) refuse(name, "expected a positive number");
    return found;
  }
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const { file_->refuse(key(name), why); }

 private:
  const GgufFile* file_;
  std::string prefix_;
};

// ---- Rotary positions

// The file holds the divisors, not the parameters that they were made with. These are the same in all LLaMA 3 models,
// except the factor.
RopeConfig llama3_rope(const GgufFile& file, const GgufTensor& factors, const TextConfig& text) {
  const auto wrong = [&](std::string_view why) { file.refuse(kGgufRopeFactors, why); };
  if (factors.shape != std::vector<std::size_t>{text.head_dim / 2})
    wrong(fmt::format("expected {} factors", text.head_dim / 2));
  std::vector<float> divisors(text.head_dim / 2);
  factors.read_row(0, divisors.data());
  TextConfig scaled = text;
  scaled.rope.kind = RopeConfig::Kind::Llama3;
  scaled.rope.factor = static_cast<double>(divisors.back());
  scaled.rope.low_freq_factor = 1;
  scaled.rope.high_freq_factor = 4;
  scaled.rope.original_max_positions = 8192;
  if (!(scaled.rope.factor >= 1) || !std::isfinite(scaled.rope.factor)) wrong("expected finite factors of at least 1");
  const std::vector<float> plain = text.inv_freq(), ours = scaled.inv_freq();
  for (std::size_t i = 0; i < divisors.size(); ++i)
    if (!(std::abs(ours[i] * divisors[i] - plain[i]) <= 1e-4f * plain[i]))
      wrong("expected the factors of LLaMA 3's rotary embedding");
  return scaled.rope;
}

RopeConfig gguf_rope(const GgufFile& file, const GgufKeys& keys, const TextConfig& text) {
  RopeConfig out;
  out.theta = keys.positive("rope.freq_base", out.theta);
  const std::string_view type = file.text(keys.key("rope.scaling.type")).value_or("linear");
  const double factor = keys.positive("rope.scaling.factor", keys.positive("rope.scale_linear", 1));
  if (type == "linear" && factor != 1) {
    out.kind = RopeConfig::Kind::Linear;
    out.factor = factor;
  } else if (type != "linear" && type != "none") {
    keys.refuse("rope.scaling.type", fmt::format("expected none or linear, found \"{}\"", shown(type)));
  }
  const GgufTensor* factors = file.tensor(kGgufRopeFactors);
  if (factors == nullptr) return out;
  if (out.kind != RopeConfig::Kind::Default)
    file.refuse(kGgufRopeFactors, "expected either these factors or a linear scaling, found both");
  TextConfig plain = text;
  plain.rope = out;
  return llama3_rope(file, *factors, plain);
}

// M-RoPE's, of which the file has a fourth that is 0.
std::array<std::size_t, 3> gguf_sections(const GgufFile& file, const GgufKeys& keys, std::size_t frequencies) {
  constexpr const char* kKey = "rope.dimension_sections";
  const GgufValue* list = file.array(keys.key(kKey), GgufKind::I32);
  std::array<std::int64_t, 3> found{};
  for (std::size_t i = 0; list != nullptr && i < std::min<std::size_t>(list->count, found.size()); ++i)
    found[i] = list->integer(i).value_or(0);
  const auto all = static_cast<std::int64_t>(frequencies);
  for (const std::int64_t each : found)
    if (each < 1 || each > all || found[0] + found[1] + found[2] != all)
      keys.refuse(
          kKey, fmt::format("expected three positive integers with the sum {}, found {}", all, fmt::join(found, ", ")));
  return {static_cast<std::size_t>(found[0]), static_cast<std::size_t>(found[1]), static_cast<std::size_t>(found[2])};
}

// One more than the highest number of a layer that has tensors.
std::size_t blocks_in(const GgufFile& file) {
  constexpr std::string_view kBlock = "blk.";
  std::size_t blocks = 0;
  for (auto at = file.tensors.lower_bound(kBlock); at != file.tensors.end() && at->first.starts_with(kBlock); ++at) {
    std::size_t layer = 0;
    const char* const end = at->first.data() + at->first.size();
    const auto read = std::from_chars(at->first.data() + kBlock.size(), end, layer);
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == '.' && layer < kMaxGgufLayers)
      blocks = std::max(blocks, layer + 1);
  }
  return blocks;
}

}  // namespace

GgufDecoder read_gguf_decoder(const GgufFile& file) {
  GgufDecoder out;
  out.architecture = file.text("general.architecture").value_or("");
  if (out.architecture != "llama" && out.architecture != "qwen2" && out.architecture != "qwen2vl")
    file.refuse("general.architecture",
                fmt::format("expected llama, qwen2 or qwen2vl, found \"{}\"", shown(out.architecture)));
  const GgufKeys keys(file, out.architecture + ".");
  if (const auto parts = file.size("split.count", 65535); parts && *parts > 1)
    file.refuse("split.count", "the model is split into several files; merge them with `llama-gguf-split --merge`");
  if (const GgufValue* experts = file.find(keys.key("expert_count")); experts != nullptr && experts->integer() != 0)
    keys.refuse("expert_count", "a mixture of experts is not supported");

  TextConfig& text = out.text;
  text.layers = keys.required_size("block_count", kMaxGgufLayers);
  text.hidden = keys.required_size("embedding_length", kMaxGgufWidth);
  text.intermediate = keys.required_size("feed_forward_length", kMaxGgufWidth);
  text.heads = keys.required_size("attention.head_count", kMaxGgufHeads);
  text.kv_heads = keys.size("attention.head_count_kv", kMaxGgufHeads).value_or(text.heads);
  text.head_dim = keys.size("attention.key_length", kMaxGgufWidth).value_or(text.hidden / text.heads);
  text.rms_eps = static_cast<float>(keys.positive("attention.layer_norm_rms_epsilon", 1e-5));
  text.max_positions = keys.required_size("context_length", kMaxGgufPositions);
  if (text.heads % text.kv_heads != 0) keys.refuse("attention.head_count_kv", "expected a divisor of head_count");
  if (text.head_dim == 0 || text.head_dim % 2 != 0) keys.refuse("attention.key_length", "expected an even width");
  for (const char* same : {"attention.value_length", "rope.dimension_count"})
    if (keys.size(same, kMaxGgufWidth).value_or(text.head_dim) != text.head_dim)
      keys.refuse(same, fmt::format("expected a head's width, {}", text.head_dim));
  text.rope = gguf_rope(file, keys, text);
  if (out.architecture == kQwenWithTower) text.rope.sections = gguf_sections(file, keys, text.head_dim / 2);

  if (const std::size_t stored = blocks_in(file); stored > text.layers)
    keys.refuse("block_count",
                fmt::format("expected {}, the number of layers in the file, found {}", stored, text.layers));
  const GgufTensor* embeddings = file.tensor("token_embd.weight");
  if (embeddings == nullptr || embeddings->shape.size() != 2)
    file.refuse("token_embd.weight", "expected a tensor [vocabulary, width]");
  text.vocab = embeddings->shape[0];
  text.tied_embeddings = file.tensor("output.weight") == nullptr;
  text.output_bias = file.tensor("blk.0.attn_output.bias") != nullptr;
  text.attention_bias = file.tensor("blk.0.attn_q.bias") != nullptr;
  text.mlp_bias = file.tensor("blk.0.ffn_down.bias") != nullptr;
  return out;
}

namespace {

std::optional<std::int32_t> id_of(const GgufTokenizer& words, std::string_view token) {
  const auto found = std::ranges::find(words.tokens, token);
  if (found == words.tokens.end()) return std::nullopt;
  return static_cast<std::int32_t>(found - words.tokens.begin());
}

std::string_view type_with(const GgufTower& tower) {
  switch (tower.kind) {
    case GgufTower::Kind::Llava: break;
    case GgufTower::Kind::Qwen2Vl: return qwen2_vl().model_type;
    case GgufTower::Kind::Qwen25Vl: return qwen2_5_vl().model_type;
  }
  return llava().model_type;
}

// A decoder whose vocabulary has no `<image>` is prompted without it.
void add_llava(const GgufFile& file, const GgufTower& tower, const GgufTokenizer& words, ModelConfig& out) {
  out.vision = tower.vision;
  out.feature_layers = tower.feature_layers;
  if (out.feature_layers ==
      std::vector{out.vision.layers}) {  // the converter left out the last one, as LLaVA does not use it
    ++out.vision.layers;
    out.vision.not_stored = 1;
  }
  out.image.cls = false;
  out.projector_activation = Activation::Gelu;
  out.projector_bias = file.tensor("mm.0.bias") != nullptr;
  if (const auto image = id_of(words, out.family->chat.image))
    out.image_token = out.video_token = *image;
  else
    out.family = &llava_without_token();
}

// `decoder`: the file of `words`.
void add_qwen(const GgufFile& file, const GgufTower& tower, const GgufFile& decoder, const GgufTokenizer& words,
              ModelConfig& out) {
  constexpr double kTokensPerSecond = 2;  // not in the file, and the same in all published checkpoints
  const GgufKeys keys(file, "clip.vision.");
  VisionConfig& c = out.vision;
  c = tower.vision;
  if (c.hidden / c.heads % 4 != 0) keys.refuse("attention.head_count", "expected heads of a multiple of 4");
  c.merge = tower.merge;
  c.frames_a_patch = 2;
  c.image_height = c.image_width = c.token_side();
  c.has_cls = false;
  if (tower.kind == GgufTower::Kind::Qwen25Vl) {
    c.gated = true;
    c.tokens_per_second = kTokensPerSecond;
    c.window = tower.window / c.merge / c.patch_size;
    if (c.window == 0)
      keys.refuse("window_size",
                  fmt::format("expected at least {}, a token's side, found {}", c.token_side(), tower.window));
    for (std::size_t layer = tower.full_attention_every; layer <= c.layers; layer += tower.full_attention_every)
      c.whole_layers.push_back(layer - 1);
  }
  out.feature_layers = {c.layers};
  out.image.cls = out.video.cls = false;
  const auto placeholder = [&](std::string_view token) {
    const std::optional<std::int32_t> found = id_of(words, token);
    if (!found) decoder.refuse("tokenizer.ggml.tokens", fmt::format("expected the token {}", token));
    return *found;
  };
  out.image_token = placeholder(out.family->chat.image);
  out.video_token = placeholder(out.family->chat.video);
}

// Qwen's answers also end here, as generation_config.json has it in its checkpoints.
constexpr std::string_view kQwenEnd = "<|endoftext|>";

}  // namespace

ModelConfig gguf_config(const GgufFile& file, const GgufFile* tower_file, Families families) {
  const GgufDecoder decoder = read_gguf_decoder(file);
  const GgufTokenizer tokenizer = read_gguf_tokenizer(file);
  const std::string& architecture = decoder.architecture;
  std::optional<GgufTower> tower;
  if (tower_file != nullptr) tower = read_gguf_tower(*tower_file);
  if (tower) {
    const std::string_view wanted = tower->kind == GgufTower::Kind::Llava ? "llama" : kQwenWithTower;
    if (architecture != wanted)
      file.refuse("general.architecture", fmt::format("expected {} beside the vision tower in {}, found {}", wanted,
                                                      tower_file->where, architecture));
  }
  const nlohmann::json type{{"model_type", tower                            ? type_with(*tower)
                                           : architecture == kQwenWithTower ? qwen2_vl().model_type
                                                                            : architecture}};
  ModelConfig out;
  out.family = &family_of(JsonObject(type, file.where), families, [&] { return std::string(tokenizer.chat_template); });
  if (out.family->sees() && !tower)
    file.refuse("general.architecture", "expected the file of its vision tower (mmproj) beside it");
  out.text = decoder.text;
  out.bos = tokenizer.bos.value_or(kNoTokenId);
  out.pad = tokenizer.pad;
  const std::optional<std::int32_t> end = architecture == "llama" ? std::nullopt : id_of(tokenizer, kQwenEnd);
  for (const std::optional<std::int32_t>& id : {tokenizer.eos, tokenizer.end_of_turn, end})
    if (id && std::ranges::count(out.eos, *id) == 0) out.eos.push_back(*id);
  out.image_token = out.video_token = kNoTokenId;
  if (tower && tower->projected != out.text.hidden)
    tower_file->refuse("clip.vision.projection_dim",
                       fmt::format("expected the decoder's width, {}, found {}", out.text.hidden, tower->projected));
  if (tower && tower->kind == GgufTower::Kind::Llava)
    add_llava(*tower_file, *tower, tokenizer, out);
  else if (tower)
    add_qwen(*tower_file, *tower, file, tokenizer, out);
  return out;
}

GgufTokenizer read_gguf_tokenizer(const GgufFile& file) {
  GgufTokenizer out;
  out.model = file.text("tokenizer.ggml.model").value_or("");
  if (out.model != "llama" && out.model != "gpt2")
    file.refuse("tokenizer.ggml.model", fmt::format("expected llama or gpt2, found \"{}\"", shown(out.model)));
  out.split = file.text("tokenizer.ggml.pre").value_or("");
  const GgufValue* tokens = file.array("tokenizer.ggml.tokens", GgufKind::Text);
  if (tokens == nullptr) file.refuse("tokenizer.ggml.tokens", "expected the tokens, the key is missing");
  out.tokens = tokens->texts;

  const auto one_each = [&](const char* key, GgufKind type) {
    const GgufValue* found = file.array(key, type);
    if (found != nullptr && found->count != out.tokens.size())
      file.refuse(key, fmt::format("{} entries for {} tokens", found->count, out.tokens.size()));
    return found;
  };
  constexpr const char* kKinds = "tokenizer.ggml.token_type";
  out.kinds.assign(out.tokens.size(), GgufTokenizer::Kind::Normal);
  if (const GgufValue* kinds = one_each(kKinds, GgufKind::I32))
    for (std::size_t i = 0; i < kinds->count; ++i) {
      const std::int64_t kind = kinds->integer(i).value_or(0);
      if (kind < 1 || kind > 6) file.refuse(kKinds, fmt::format("expected 1 to 6, found {} of token {}", kind, i));
      out.kinds[i] = static_cast<GgufTokenizer::Kind>(kind);
    }
  if (const GgufValue* scores = one_each("tokenizer.ggml.scores", GgufKind::F32))
    for (std::size_t i = 0; i < scores->count; ++i)
      out.scores.push_back(static_cast<float>(scores->number(i).value_or(0)));
  if (const GgufValue* merges = file.array("tokenizer.ggml.merges", GgufKind::Text)) out.merges = merges->texts;

  const auto id = [&](const char* key) {
    const std::optional<std::int32_t> found = file.id(key);
    if (found && static_cast<std::size_t>(*found) >= out.tokens.size())
      file.refuse(key, fmt::format("expected the id of a token, found {}", *found));
    return found;
  };
  out.bos = id("tokenizer.ggml.bos_token_id");
  out.eos = id("tokenizer.ggml.eos_token_id");
  out.unknown = id("tokenizer.ggml.unknown_token_id");
  out.pad = id("tokenizer.ggml.padding_token_id");
  out.end_of_turn = id("tokenizer.ggml.eot_token_id");
  out.adds_bos = file.boolean("tokenizer.ggml.add_bos_token");
  out.adds_eos = file.boolean("tokenizer.ggml.add_eos_token");
  out.adds_space_prefix = file.boolean("tokenizer.ggml.add_space_prefix");
  out.chat_template = file.text("tokenizer.chat_template").value_or("");
  return out;
}

GgufTower read_gguf_tower(const GgufFile& file) {
  if (file.text("general.architecture") != "clip")
    file.refuse("general.architecture", "expected clip, as in llama.cpp's files named mmproj");
  GgufTower out;
  const GgufKeys keys(file, "clip.vision.");
  const std::string_view type =
      file.text("clip.projector_type").value_or(file.text("clip.vision.projector_type").value_or("mlp"));
  if (type == "qwen2vl_merger") {
    out.kind = GgufTower::Kind::Qwen2Vl;
  } else if (type == "qwen2.5vl_merger") {
    out.kind = GgufTower::Kind::Qwen25Vl;
  } else if (type != "mlp") {
    file.refuse("clip.projector_type",
                fmt::format("expected mlp, qwen2vl_merger or qwen2.5vl_merger, found \"{}\"", shown(type)));
  }
  VisionConfig& vision = out.vision;
  vision.hidden = keys.required_size("embedding_length", kMaxGgufWidth);
  vision.heads = keys.required_size("attention.head_count", kMaxGgufHeads);
  if (vision.hidden % vision.heads != 0) keys.refuse("attention.head_count", "expected a divisor of embedding_length");
  vision.image_height = vision.image_width = keys.required_size("image_size", kMaxGgufSide);
  vision.patch_size = keys.required_size("patch_size", kMaxGgufSide);
  if (vision.patches() == 0) keys.refuse("patch_size", "expected no more than image_size");
  vision.norm_eps = static_cast<float>(keys.positive("attention.layer_norm_epsilon", 1e-5));
  vision.has_cls = file.tensor("v.class_embd") != nullptr;
  vision.activation = file.boolean("clip.use_silu").value_or(false)   ? Activation::Silu
                      : file.boolean("clip.use_gelu").value_or(false) ? Activation::Gelu
                                                                      : Activation::QuickGelu;
  while (vision.layers < kMaxGgufLayers && file.tensor(fmt::format("v.blk.{}.ln1.weight", vision.layers)) != nullptr)
    ++vision.layers;
  const GgufTensor* up = file.tensor("v.blk.0.ffn_up.weight");
  if (up == nullptr || up->shape.size() != 2)
    file.refuse("v.blk.0.ffn_up.weight", "expected a tensor of two dimensions");
  vision.intermediate = up->shape[0] == vision.hidden ? up->shape[1] : up->shape[0];

  out.projected = keys.required_size("projection_dim", kMaxGgufWidth);
  out.merge = out.kind == GgufTower::Kind::Llava ? 1 : keys.size("spatial_merge_size", kMaxGgufMerged).value_or(2);
  if (out.kind == GgufTower::Kind::Qwen25Vl) {
    out.window = keys.size("window_size", kMaxGgufSide).value_or(112);
    out.full_attention_every = keys.required_size("n_wa_pattern", kMaxGgufLayers);
  }
  const auto by_channel = [&](const char* name) {
    std::vector<float> values;
    const GgufValue* found = file.array(keys.key(name), GgufKind::F32);
    for (std::size_t i = 0; found != nullptr && i < std::min<std::size_t>(found->count, 4); ++i)
      values.push_back(static_cast<float>(found->number(i).value_or(0)));
    if (found != nullptr && values.size() != vision.channels) keys.refuse(name, "expected three numbers");
    return values;
  };
  if (const GgufValue* layers = file.array(keys.key("feature_layer"), GgufKind::I32)) {
    for (std::size_t i = 0; i < std::min<std::size_t>(layers->count, kMaxGgufLayers); ++i) {
      const std::int64_t layer = layers->integer(i).value_or(-1);
      if (layer < 0 || static_cast<std::size_t>(layer) > vision.layers)
        keys.refuse("feature_layer", fmt::format("expected 0 to {}, found {}", vision.layers, layer));
      out.feature_layers.push_back(static_cast<std::size_t>(layer));
    }
    if (out.feature_layers.empty() || out.feature_layers.size() * vision.hidden > kMaxGgufWidth)
      keys.refuse("feature_layer", "expected some layers, no wider than 1048576 together");
  } else {
    out.feature_layers = {vision.layers};
  }
  out.mean = by_channel("image_mean");
  out.std = by_channel("image_std");
  for (const float each : out.std)
    if (!(each > 0) || !std::isfinite(each)) keys.refuse("image_std", "expected positive numbers");
  for (const float each : out.mean)
    if (!std::isfinite(each)) keys.refuse("image_mean", "expected finite numbers");
  return out;
}

}  // namespace sparsight
