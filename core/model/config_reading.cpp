#include "core/model/config_reading.h"

#include <array>

namespace sparsight {
namespace {

// Far above any existing model, and low enough that no product of a few of them overflows 64 bits.
constexpr std::size_t kMaxWidth = 1 << 20;
constexpr std::size_t kMaxLayers = 4096;
constexpr std::size_t kMaxHeads = 1 << 16;
constexpr std::size_t kMaxVocab = 1 << 24;
constexpr std::size_t kMaxPositions = std::size_t{1} << 30;
constexpr std::size_t kMaxSide = 1 << 14;
constexpr std::size_t kMaxPinpoints = 1 << 12;

struct NamedActivation {
  std::string_view name;
  Activation activation;
};
// The names in transformers' ACT2FN, with the Activation that computes each.
constexpr std::array kActivations{
    NamedActivation{"gelu", Activation::Gelu},
    NamedActivation{"gelu_python", Activation::Gelu},
    NamedActivation{"gelu_new", Activation::GeluTanh},
    NamedActivation{"gelu_fast", Activation::GeluTanh},
    NamedActivation{"gelu_accurate", Activation::GeluTanh},
    NamedActivation{"gelu_pytorch_tanh", Activation::GeluTanh},
    NamedActivation{"gelu_python_tanh", Activation::GeluTanh},
    NamedActivation{"quick_gelu", Activation::QuickGelu},
    NamedActivation{"silu", Activation::Silu},
    NamedActivation{"swish", Activation::Silu},
    NamedActivation{"relu", Activation::Relu},
    NamedActivation{"linear", Activation::None},
};

void expect_type(const JsonObject& in, std::string_view expected, std::string_view why) {
  const std::optional<std::string> type = in.string("model_type");
  if (type && *type != expected)
    in.wrong("model_type", fmt::format("\"{}\" ({})", expected, why), *in.find("model_type"));
}

// Reads v5's `rope_parameters`, or v4's `rope_theta` and `rope_scaling`; v4's scaling has priority, as in transformers.
RopeConfig rope(const JsonObject& text, std::size_t max_positions) {
  RopeConfig out;
  const char* key = text.find("rope_scaling") != nullptr ? "rope_scaling" : "rope_parameters";
  const std::optional<JsonObject> parameters = text.object(key);
  const auto either = [&](const char* name) {
    const std::optional<double> inner = parameters ? parameters->positive_number(name) : std::nullopt;
    return inner ? inner : text.positive_number(name);
  };
  out.theta = either("rope_theta").value_or(out.theta);
  if (const std::optional<double> partial = either("partial_rotary_factor"); partial && *partial != 1.0)
    text.refuse("partial_rotary_factor", fmt::format("only 1 is supported, found {}", *partial));
  if (!parameters) return out;

  const char* type_key = parameters->find("rope_type") != nullptr ? "rope_type" : "type";
  const std::string type = parameters->string(type_key).value_or("default");
  const auto required = [&](const char* name) {
    const std::optional<double> value = parameters->positive_number(name);
    if (!value) parameters->refuse(name, fmt::format("expected a positive number for {}, the key is missing", type));
    return *value;
  };
  if (type == "linear") {
    out.kind = RopeConfig::Kind::Linear;
    out.factor = required("factor");
  } else if (type == "llama3") {
    out.kind = RopeConfig::Kind::Llama3;
    out.factor = required("factor");
    out.low_freq_factor = required("low_freq_factor");
    out.high_freq_factor = required("high_freq_factor");
    if (out.high_freq_factor <= out.low_freq_factor)
      parameters->wrong("high_freq_factor", "more than low_freq_factor", *parameters->find("high_freq_factor"));
    const char* original = "original_max_position_embeddings";
    const std::optional<std::size_t> outer = text.size(original, kMaxPositions);
    out.original_max_positions = outer ? *outer : parameters->size(original, kMaxPositions).value_or(max_positions);
  } else if (type != "default") {
    parameters->wrong(type_key, "default, linear or llama3", *parameters->find(type_key));
  }
  return out;
}

// A number, or a list of equal height and width.
std::size_t square_side(const JsonObject& in, const char* key, std::size_t fallback) {
  const nlohmann::json* v = in.find(key);
  if (v == nullptr) return fallback;
  if (!v->is_array()) return in.as_size(*v, key, kMaxSide);
  if (v->size() != 2 || (*v)[0] != (*v)[1]) in.wrong(key, "a positive integer, or two equal ones", *v);
  return in.as_size((*v)[0], key, kMaxSide);
}

std::vector<std::size_t> feature_layers_of(const JsonObject& in, std::size_t tower_layers) {
  constexpr const char* kKey = "vision_feature_layer";
  const auto states = static_cast<std::int64_t>(tower_layers) + 1;
  const auto resolve = [&](const nlohmann::json& value) {
    const std::int64_t index = in.as_integer(value, kKey);
    if (index < -states || index >= states)
      in.wrong(kKey, fmt::format("{} .. {}, as the tower has {} layers", -states, states - 1, tower_layers), value);
    return static_cast<std::size_t>(index < 0 ? index + states : index);
  };
  const nlohmann::json* v = in.find(kKey);
  if (v == nullptr) return {resolve(-2)};
  if (!v->is_array()) return {resolve(*v)};
  if (v->empty() || v->size() > kMaxLayers) in.wrong(kKey, "an integer or a list of some", *v);
  std::vector<std::size_t> out;
  for (const nlohmann::json& value : *v) out.push_back(resolve(value));
  return out;
}

std::optional<std::int32_t> token(const JsonObject& in, const nlohmann::json& value, const char* key) {
  const std::int64_t id = in.as_integer(value, key);
  if (id == -1) return std::nullopt;  // means "none" in early LLaMA checkpoints
  if (id < 0 || id > INT32_MAX) in.wrong(key, "a token id", value);
  return static_cast<std::int32_t>(id);
}

}  // namespace

Activation activation(const JsonObject& in, const char* key, Activation fallback) {
  const std::optional<std::string> name = in.string(key);
  if (!name) return fallback;
  for (const NamedActivation& a : kActivations)
    if (a.name == *name) return a.activation;
  in.wrong(key, "gelu, gelu_pytorch_tanh, quick_gelu, silu, relu or linear", *in.find(key));
}

void refuse_quantized(const JsonObject& in) {
  const std::optional<JsonObject> quantization = in.object("quantization_config");
  if (!quantization) return;
  in.refuse("quantization_config", fmt::format("a checkpoint quantised with {} cannot be read; take the float16, "
                                               "bfloat16 or float32 one",
                                               shown(quantization->string("quant_method").value_or("?"))));
}

TextConfig read_llama(const JsonObject& in) {
  expect_type(in, "llama", "the only decoder supported");
  refuse_quantized(in);
  TextConfig out;
  out.vocab = in.size("vocab_size", kMaxVocab).value_or(32000);
  out.hidden = in.size("hidden_size", kMaxWidth).value_or(4096);
  out.intermediate = in.size("intermediate_size", kMaxWidth).value_or(11008);
  out.layers = in.size("num_hidden_layers", kMaxLayers).value_or(32);
  out.heads = in.size("num_attention_heads", kMaxHeads).value_or(32);
  out.kv_heads = in.size("num_key_value_heads", kMaxHeads).value_or(out.heads);
  if (out.heads % out.kv_heads != 0)
    in.refuse("num_key_value_heads",
              fmt::format("expected a divisor of num_attention_heads, {}, found {}", out.heads, out.kv_heads));
  if (const std::optional<std::size_t> dim = in.size("head_dim", kMaxWidth))
    out.head_dim = *dim;
  else if (out.hidden % out.heads == 0)
    out.head_dim = out.hidden / out.heads;
  else
    in.refuse("hidden_size",
              fmt::format("expected a multiple of num_attention_heads, {}, found {}", out.heads, out.hidden));
  if (out.head_dim % 2 != 0) in.refuse("head_dim", fmt::format("expected an even number, found {}", out.head_dim));
  if (out.heads * out.head_dim > kMaxWidth)
    in.refuse("head_dim", fmt::format("{} heads of {} are wider than {}", out.heads, out.head_dim, kMaxWidth));
  out.rms_eps = static_cast<float>(in.positive_number("rms_norm_eps").value_or(1e-6));
  out.max_positions = in.size("max_position_embeddings", kMaxPositions).value_or(2048);
  out.rope = rope(in, out.max_positions);
  out.attention_bias = out.output_bias = in.boolean("attention_bias").value_or(false);
  out.mlp_bias = in.boolean("mlp_bias").value_or(false);
  out.activation = activation(in, "hidden_act", Activation::Silu);
  out.tied_embeddings = in.boolean("tie_word_embeddings").value_or(false);
  return out;
}

VisionConfig read_clip(const JsonObject& in) {
  expect_type(in, "clip_vision_model", "the only tower supported");
  refuse_quantized(in);
  VisionConfig out;
  out.hidden = in.size("hidden_size", kMaxWidth).value_or(768);
  out.intermediate = in.size("intermediate_size", kMaxWidth).value_or(3072);
  out.layers = in.size("num_hidden_layers", kMaxLayers).value_or(12);
  out.heads = in.size("num_attention_heads", kMaxHeads).value_or(12);
  if (out.hidden % out.heads != 0)
    in.refuse("hidden_size",
              fmt::format("expected a multiple of num_attention_heads, {}, found {}", out.heads, out.hidden));
  out.image_height = out.image_width = square_side(in, "image_size", 224);
  out.patch_size = square_side(in, "patch_size", 32);
  if (out.patch_size > out.image_height)
    in.refuse("patch_size", fmt::format("expected at most image_size, {}, found {}", out.image_height, out.patch_size));
  out.channels = in.size("num_channels", kMaxWidth).value_or(3);
  if (out.channels != 3) in.wrong("num_channels", "3: frames are RGB", *in.find("num_channels"));
  out.norm_eps = static_cast<float>(in.positive_number("layer_norm_eps").value_or(1e-5));
  out.activation = activation(in, "hidden_act", Activation::QuickGelu);
  return out;
}

std::vector<std::size_t> feature_layers(const JsonObject& in, const VisionConfig& tower) {
  std::vector<std::size_t> out = feature_layers_of(in, tower.layers);
  if (out.size() * tower.hidden > kMaxWidth)
    in.refuse("vision_feature_layer",
              fmt::format("{} layers of {} are wider than {}", out.size(), tower.hidden, kMaxWidth));
  return out;
}

bool selects_cls(const JsonObject& in) {
  constexpr const char* kKey = "vision_feature_select_strategy";
  const std::string strategy = in.string(kKey).value_or("default");
  if (strategy != "default" && strategy != "full") in.wrong(kKey, "default or full", strategy);
  return strategy == "full";
}

Pinpoints grid_pinpoints(const JsonObject& in, const char* key) {
  const nlohmann::json* list = in.find(key);
  if (list == nullptr) return {};
  if (!list->is_array() || list->empty() || list->size() > kMaxPinpoints)
    in.wrong(key, fmt::format("a list of 1 to {} pairs of height and width", kMaxPinpoints), *list);
  Pinpoints out;
  for (const nlohmann::json& pair : *list) {
    if (!pair.is_array() || pair.size() != 2) in.wrong(key, "pairs of height and width", pair);
    out.emplace_back(in.as_size(pair[0], key, kMaxSide), in.as_size(pair[1], key, kMaxSide));
  }
  return out;
}

std::optional<std::int32_t> special_token(const TokenPlaces& places, const char* key) {
  for (const JsonObject* in : places)
    if (const nlohmann::json* v = in->find(key)) {
      // Some files have a list with one id here.
      if (v->is_array() && v->size() == 1) return token(*in, (*v)[0], key);
      return token(*in, *v, key);
    }
  return std::nullopt;
}

std::vector<std::int32_t> end_tokens(const TokenPlaces& places) {
  constexpr const char* kKey = "eos_token_id";
  for (const JsonObject* in : places) {
    const nlohmann::json* v = in->find(kKey);
    if (v == nullptr) continue;
    std::vector<std::int32_t> out;
    const auto add = [&](const nlohmann::json& value) {
      if (const std::optional<std::int32_t> id = token(*in, value, kKey)) out.push_back(*id);
    };
    if (v->is_array())
      for (const nlohmann::json& value : *v) add(value);
    else
      add(*v);
    return out;
  }
  return {2};
}

std::int32_t placeholder_token(const JsonObject& in, const char* key, const char* other_key, std::int32_t fallback) {
  const char* found = in.find(key) != nullptr ? key : other_key;
  const nlohmann::json* v = in.find(found);
  if (v == nullptr) return fallback;
  const std::optional<std::int32_t> id = token(in, *v, found);
  if (!id) in.wrong(found, "a token id", *v);
  return *id;
}

}  // namespace sparsight
