#include "core/model/families/video_llava.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/known_templates.h"

#include <array>

namespace sparsight {
namespace {

constexpr std::string_view kImageTower = "model.image_tower.", kVideoTower = "model.video_tower.";

constexpr std::array kVideoLlavaNames{
    Rename{"language_model.lm_head.", "lm_head."},
    Rename{"lm_head.", "lm_head."},
    Rename{"language_model.model.", kDecoder},
    Rename{"language_model.", kDecoder},
    Rename{"embed_tokens.", kDecoder, "embed_tokens."},  // a decoder alone, with LlamaForCausalLM's names
    Rename{"layers.", kDecoder, "layers."},
    Rename{"norm.", kDecoder, "norm."},
    Rename{"video_tower.vision_model.", kVideoTower},
    Rename{"video_tower.", kVideoTower},
    Rename{"image_tower.vision_model.", kImageTower},
    Rename{"image_tower.", kImageTower},
    Rename{"multi_modal_projector.", kProjector},
};

// VideoLlavaConfig's defaults without a vision_config; an empty vision_config means CLIP's defaults.
VisionConfig towers_by_default() {
  VisionConfig out;
  out.hidden = 1024;
  out.intermediate = 4096;
  out.layers = 24;
  out.heads = 16;
  out.image_height = out.image_width = 224;
  out.patch_size = 14;
  return out;
}

ModelConfig read_video_llava(const JsonObject& top, const JsonObject& generation) {
  refuse_quantized(top);
  const nlohmann::json nothing = nlohmann::json::object();
  const JsonObject text = top.object("text_config").value_or(JsonObject(nothing, top.where(), "text_config."));
  const std::optional<JsonObject> vision = top.object("vision_config");
  ModelConfig out;
  out.text = read_llama(text);
  out.vision = vision ? read_clip(*vision) : towers_by_default();
  out.text.tied_embeddings = out.text.tied_embeddings || top.boolean("tie_word_embeddings").value_or(false);

  const TokenPlaces places{&generation, &text, &top};
  out.bos = special_token(places, "bos_token_id").value_or(1);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places);
  out.image_token = placeholder_token(top, "image_token_index", "image_token_id", 32000);
  out.video_token = placeholder_token(top, "video_token_index", "video_token_id", 32001);
  if (out.image_token == out.video_token)
    top.refuse("video_token_index",
               fmt::format("expected another id than image_token_index, found {}", out.video_token));

  out.feature_layers = feature_layers(top, out.vision);
  out.image.cls = selects_cls(top);
  out.video.cls = true;
  out.projector_activation = activation(top, "projector_hidden_act", Activation::Gelu);
  out.projector_bias = top.boolean("multimodal_projector_bias").value_or(true);
  return out;
}

}  // namespace

const Family& video_llava() {
  static const Family family{.model_type = "video_llava",
                             .models = "models of the class VideoLlavaForConditionalGeneration",
                             .names = kVideoLlavaNames,
                             .image_tower = kImageTower,
                             .video_tower = kVideoTower,
                             .newline = {},
                             .pixels = {},
                             .chat = {.system_before = "",
                                      .system_after = " ",
                                      .question_before = "USER: ",
                                      .media_after = "\n",
                                      .question_after = " ASSISTANT:",
                                      .answer_before = " ",
                                      .answer_after = "</s>",
                                      .image = "<image>",
                                      .video = "<video>"},
                             .templates = kVicunaTemplates,
                             .read = read_video_llava};
  return family;
}

}  // namespace sparsight
