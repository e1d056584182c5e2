#include "core/model/families/qwen2_vl.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/qwen.h"

namespace sparsight {
namespace {

constexpr std::size_t kWidestTower = 1 << 20;

VisionConfig read_qwen2_tower(const JsonObject& in, std::size_t text_hidden) {
  VisionConfig out = read_qwen_tower(in, "embed_dim", 1280);
  const double ratio = in.positive_number("mlp_ratio").value_or(4);
  const double intermediate = static_cast<double>(out.hidden) * ratio;
  if (intermediate < 1 || intermediate > kWidestTower)
    in.refuse("mlp_ratio", fmt::format("{} times {} (embed_dim): expected 1 to {}", ratio, out.hidden, kWidestTower));
  out.intermediate = static_cast<std::size_t>(intermediate);
  out.activation = activation(in, "hidden_act", Activation::QuickGelu);
  if (const auto width = in.size("hidden_size", kWidestTower); width && *width != text_hidden)
    in.refuse("hidden_size", fmt::format("expected the decoder's, {}, found {}", text_hidden, *width));
  return out;
}

ModelConfig read_qwen2_vl(const JsonObject& top, const JsonObject& generation) {
  return read_qwen(top, generation, read_qwen2_tower);
}

}  // namespace

const Family& qwen2_vl() {
  static const Family family = [] {
    Family made = qwen_family();
    made.model_type = "qwen2_vl";
    made.title = "Qwen2-VL";
    made.models = "models of the class Qwen2VLForConditionalGeneration";
    made.read = read_qwen2_vl;
    return made;
  }();
  return family;
}

}  // namespace sparsight
