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

ModelConfig read_llava(const JsonObject& top, const JsonObject& generation) {
  if (top.find("mm_hidden_size") != nullptr)
    top.refuse("mm_hidden_size",
               "a checkpoint of LLaVA's own code, without its tower; take the one that transformers "
               "reads (llava-hf/llava-1.5-7b-hf)");
  ModelConfig out = read_llava_relative(top, generation, {});
  out.image.cls = selects_cls(top);
  return out;
}

}  // namespace

const Family& llava() {
  static const Family family{.model_type = "llava",
                             .title = "LLaVA-1.5",
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
