#include "tests/grid_family.h"

#include <array>

namespace sparsight::test {
namespace {

constexpr std::string_view kTower = "model.eye.", kLineEnd = "model.line_end";

constexpr std::array kNames{
    Rename{"text.", kDecoder},     Rename{"head.", "lm_head."},  Rename{"eye.", kTower},
    Rename{"bridge.", kProjector}, Rename{"line_end", kLineEnd},
};

ModelConfig grid_config() {
  ModelConfig config;
  config.text.vocab = 576;
  config.text.hidden = 64;
  config.text.intermediate = 96;
  config.text.layers = 6;
  config.text.heads = 4;
  config.text.kv_heads = 2;
  config.text.head_dim = 16;
  config.text.max_positions = 2048;
  config.vision.hidden = 32;
  config.vision.intermediate = 48;
  config.vision.layers = 3;
  config.vision.heads = 2;
  config.vision.image_height = 42;
  config.vision.image_width = 70;
  config.vision.patch_size = 14;
  config.vision.has_cls = false;
  config.image_token = 512;
  config.video_token = 513;
  config.eos = {2};
  config.feature_layers = {2};
  config.image = config.video = {.cls = false, .newlines = true};
  return config;
}

ModelConfig read_grid(const JsonObject& /*config*/, const JsonObject& /*generation*/) { return grid_config(); }

PreprocessConfig grid_pixels() {
  PreprocessConfig pixels;
  pixels.mean = pixels.std = {0.5f, 0.5f, 0.5f};
  pixels.filter = ResizeFilter::Bilinear;
  return pixels;
}

}  // namespace

const Family& grid_family() {
  static const Family family{.model_type = "test_grid",
                             .models = "models that only tests know",
                             .names = kNames,
                             .image_tower = kTower,
                             .video_tower = kTower,
                             .newline = kLineEnd,
                             .pixels = grid_pixels(),
                             .pixels_in_code = true,
                             .chat = {.system_before = "System: ",
                                      .system_after = "\n",
                                      .default_system = "Answer in one word.",
                                      .question_before = "Q: ",
                                      .media_before = "[",
                                      .media_after = "] ",
                                      .without_media = "(nothing to see) ",
                                      .question_after = "\nA:",
                                      .answer_before = " ",
                                      .answer_after = "</s>",
                                      .image = "<image>",
                                      .video = "<video>"},
                             .read = read_grid};
  return family;
}

}  // namespace sparsight::test
