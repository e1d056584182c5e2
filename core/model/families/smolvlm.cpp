#include "core/model/families/smolvlm.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/known_templates.h"
#include "core/model/families/smolvlm_media.h"
#include "core/model/smolvlm_vision.h"

#include <array>

namespace sparsight {
namespace {

constexpr std::string_view kSmolvlmTower = "model.vision_tower.";
constexpr std::size_t kMostPatchesJoined = 64;

constexpr std::array kSmolvlmNames{
    Rename{"lm_head.", "lm_head."},
    Rename{"text_model.", kDecoder},
    Rename{"vision_model.", kSmolvlmTower},
    Rename{"connector.modality_projection.", kProjector},
};

// SmolVLMVisionConfig's.
VisionConfig smolvlm_tower_by_default() {
  VisionConfig out;
  out.hidden = 1152;
  out.intermediate = 3072;
  out.layers = 12;
  out.heads = 16;
  out.image_height = out.image_width = 224;
  out.patch_size = 32;
  out.norm_eps = 1e-6f;
  out.activation = Activation::GeluTanh;
  out.has_cls = false;
  out.patch_bias = true;
  out.pre_norm = false;
  return out;
}

// Those of SmolVLM's processors.
PreprocessConfig smolvlm_pixels() {
  PreprocessConfig out;
  out.center_crop = false;
  out.mean = out.std = {0.5f, 0.5f, 0.5f};
  out.filter = ResizeFilter::Lanczos;
  out.tile = 364;
  out.longest_edge = 4 * out.tile;
  out.frames_per_second = 1;
  out.max_frames = 64;
  return out;
}

ModelConfig read_smolvlm(const JsonObject& top, const JsonObject& generation) {
  refuse_quantized(top);
  const nlohmann::json nothing = nlohmann::json::object(), usual{{"rms_norm_eps", 1e-5}};
  const JsonObject text = top.object("text_config").value_or(JsonObject(usual, top.where(), "text_config."));
  const JsonObject vision = top.object("vision_config").value_or(JsonObject(nothing, top.where(), "vision_config."));
  ModelConfig out;
  out.text = read_llama(text);
  out.vision = read_vit(vision, "smolvlm_vision", smolvlm_tower_by_default());
  out.vision.merge = top.size("scale_factor", kMostPatchesJoined).value_or(2);
  if (out.vision.rows() % out.vision.merge != 0)
    top.refuse("scale_factor", fmt::format("expected a divisor of the {} patches in a row of a picture, found {}",
                                           out.vision.rows(), out.vision.merge));
  out.text.tied_embeddings = out.text.tied_embeddings || top.boolean("tie_word_embeddings").value_or(false);

  const TokenPlaces places{&generation, &text, &top};
  out.bos = special_token(places, "bos_token_id").value_or(1);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places);
  out.image_token = out.video_token = placeholder_token(top, "image_token_id", "image_token_index", 128257);
  out.feature_layers = {out.vision.layers};
  out.projector_bias = false;
  out.video.cls = false;
  return out;
}

}  // namespace

const Family& smolvlm() {
  static const Family family{.model_type = "smolvlm",
                             .title = "SmolVLM2",
                             .models = "models of the class SmolVLMForConditionalGeneration",
                             .names = kSmolvlmNames,
                             .image_tower = kSmolvlmTower,
                             .video_tower = kSmolvlmTower,
                             .newline = {},
                             .pixels = smolvlm_pixels(),
                             .chat = {.begin = "<|im_start|>",
                                      .system_before = "System: ",
                                      .system_after = "<end_of_utterance>\n",
                                      .question_before = "User:",
                                      .video_before = " ",
                                      .media_after = "",
                                      .without_media = " ",
                                      .question_after = "<end_of_utterance>\nAssistant:",
                                      .answer_before = " ",
                                      .answer_after = "<end_of_utterance>\n",
                                      .image = "<image>",
                                      .video = "<image>"},
                             .templates = kSmolVlmTemplates,
                             .read = read_smolvlm,
                             .look_at = look_at_smolvlm,
                             .lay_out = lay_out_smolvlm,
                             .vision = make_smolvlm_vision,
                             .placeholder_text = smolvlm_placeholder_text,
                             .frames = choose_smolvlm_frames};
  return family;
}

}  // namespace sparsight
