#include "core/model/families/qwen2_5_vl.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/qwen.h"

namespace sparsight {
namespace {

constexpr std::size_t kWidestGatedTower = 1 << 20;

std::vector<std::size_t> whole_layers(const JsonObject& in, std::size_t layers) {
  constexpr const char* kKey = "fullatt_block_indexes";
  std::vector<std::size_t> out;
  const nlohmann::json* list = in.find(kKey);
  if (list == nullptr) return {7, 15, 23, 31};
  if (!list->is_array() || list->size() > layers) in.wrong(kKey, "a list of layers", *list);
  for (const nlohmann::json& value : *list) {
    const std::int64_t layer = in.as_integer(value, kKey);
    if (layer < 0 || layer >= static_cast<std::int64_t>(layers))
      in.wrong(kKey, fmt::format("layers, 0 to {}", layers - 1), value);
    out.push_back(static_cast<std::size_t>(layer));
  }
  return out;
}

VisionConfig read_qwen2_5_tower(const JsonObject& in, std::size_t text_hidden) {
  constexpr std::size_t kWidestWindow = 1 << 14;
  VisionConfig out = read_qwen_tower(in, "hidden_size", 3584);
  out.intermediate = in.size("intermediate_size", kWidestGatedTower).value_or(3420);
  out.gated = true;
  out.activation = activation(in, "hidden_act", Activation::Silu);
  const std::size_t pixels = in.size("window_size", kWidestWindow).value_or(112);
  out.window = pixels / out.merge / out.patch_size;
  if (out.window == 0)
    in.refuse("window_size", fmt::format("expected at least {}, a token's side, found {}", out.token_side(), pixels));
  out.whole_layers = whole_layers(in, out.layers);
  out.tokens_per_second = in.positive_number("tokens_per_second").value_or(4);
  if (const auto width = in.size("out_hidden_size", kWidestGatedTower); width && *width != text_hidden)
    in.refuse("out_hidden_size", fmt::format("expected the decoder's, {}, found {}", text_hidden, *width));
  return out;
}

ModelConfig read_qwen2_5_vl(const JsonObject& top, const JsonObject& generation) {
  return read_qwen(top, generation, read_qwen2_5_tower);
}

}  // namespace

const Family& qwen2_5_vl() {
  static const Family family = [] {
    Family made = qwen_family();
    made.model_type = "qwen2_5_vl";
    made.title = "Qwen2.5-VL";
    made.models = "models of the class Qwen2_5_VLForConditionalGeneration";
    made.read = read_qwen2_5_vl;
    return made;
  }();
  return family;
}

}  // namespace sparsight
