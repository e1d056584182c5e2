#include "core/model/families/llava.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/known_templates.h"

#include <array>

namespace sparsight {
namespace {

constexpr std::string_view kLlavaTower = "model.vision_tower.";

constexpr std::array kLlavaNames{
    Rename{"language_model.lm_head.", "lm_head."},     Rename{"lm_head.", "lm_head."},
    Rename{"language_model.model.", kDecoder},         Rename{"language_model.", kDecoder},
    Rename{"vision_tower.vision_model.", kLlavaTower}, Rename{"vision_tower.", kLlavaTower},
    Rename{"multi_modal_projector.", kProjector},
};

// LlavaConfig's tower where the file has none.
VisionConfig llava_tower_by_default() {
  VisionConfig out;
  out.hidden = 1024;
  out.intermediate = 4096;
  out.layers = 24;
  out.heads = 16;
  out.image_height = out.image_width = 336;
  out.patch_size = 14;
  return out;
}

ModelConfig read_llava(const JsonObject& top, const JsonObject& generation) {
  refuse_quantized(top);
  if (top.find("mm_hidden_size") != nullptr)
    top.refuse("mm_hidden_size",
               "a checkpoint of LLaVA's own code, without its tower; take the one that transformers "
               "reads (llava-hf/llava-1.5-7b-hf)");
  const nlohmann::json nothing = nlohmann::json::object();
  const JsonObject text = top.object("text_config").value_or(JsonObject(nothing, top.where(), "text_config."));
  const std::optional<JsonObject> vision = top.object("vision_config");
  ModelConfig out;
  out.text = read_llama(text);
  out.vision = vision ? read_clip(*vision) : llava_tower_by_default();
  out.text.tied_embeddings = out.text.tied_embeddings || top.boolean("tie_word_embeddings").value_or(false);

  const TokenPlaces places{&generation, &text, &top};
  out.bos = special_token(places, "bos_token_id").value_or(1);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places);
  out.image_token = out.video_token = placeholder_token(top, "image_token_index", "image_token_id", 32000);
  out.feature_layers = feature_layers(top, out.vision);
  out.image.cls = selects_cls(top);
  out.projector_activation = activation(top, "projector_hidden_act", Activation::Gelu);
  out.projector_bias = top.boolean("multimodal_projector_bias").value_or(true);
  return out;
}

}  // namespace

const Family& llava() {
  static const Family family{.model_type = "llava",
                             .models = "models of the class LlavaForConditionalGeneration",
                             .names = kLlavaNames,
                             .image_tower = kLlavaTower,
                             .video_tower = {},
                             .newline = {},
                             .chat = {.system_before = "",
                                      .system_after = " ",
                                      .question_before = "USER: ",
                                      .media_after = "\n",
                                      .question_after = " ASSISTANT:",
                                      .answer_before = " ",
                                      .answer_after = " ",
                                      .image = "<image>",
                                      .video = {}},
                             .templates = kVicunaTemplates,
                             .read = read_llava};
  return family;
}

const Family& llava_without_token() {
  static const Family family = [] {
    Family out = llava();
    out.chat.no_placeholder_token = true;
    return out;
  }();
  return family;
}

}  // namespace sparsight
