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

ModelConfig read_video_llava(const JsonObject& top, const JsonObject& generation) {
  ModelConfig out = read_llava_relative(top, generation, {.image_side = 224, .video_token = 32001});
  out.image.cls = selects_cls(top);
  out.video.cls = true;
  return out;
}

constexpr std::array kVideoLlavaNotes{note(
    "In transformers' form, Video-LLaVA has no temporal attention in its video tower and computes quick_gelu there "
    "in place of gelu: its answers differ from those of the original Video-LLaVA-7B, which Sparsight reads, too.")};

}  // namespace

const Family& video_llava() {
  static const Family family{.model_type = "video_llava",
                             .title = "Video-LLaVA",
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
                             .read = read_video_llava,
                             .notes = kVideoLlavaNotes};
  return family;
}

}  // namespace sparsight
