#include "tests/grid_family.h"

#include "core/measure/bench.h"
#include "core/model/weights.h"
#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <array>
#include <vector>

namespace sparsight::test {
namespace {

constexpr std::string_view kEye = "model.eye.", kLineEnd = "model.line_end";

constexpr std::array kNames{
    Rename{"text.", kDecoder},     Rename{"head.", "lm_head."},  Rename{"eye.", kEye},
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
  pixels.filter = PreprocessConfig::Filter::Bilinear;
  return pixels;
}

// As the files of the family spell it.
std::string spelled(const std::string& name) {
  for (const Rename& r : kNames)
    if (name.starts_with(r.to)) return std::string(r.from) += name.substr(r.to.size());
  return name;
}

}  // namespace

const Family& grid_family() {
  static const Family family{.model_type = "test_grid",
                             .models = "models that only tests know",
                             .names = kNames,
                             .image_tower = kEye,
                             .video_tower = kEye,
                             .newline = kLineEnd,
                             .pixels = grid_pixels(),
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

Families with_grid_family() {
  static const std::vector<const Family*> all = [] {
    std::vector<const Family*> list(families().begin(), families().end());
    list.push_back(&grid_family());
    return list;
  }();
  return all;
}

void write_grid_model(const std::filesystem::path& dir) {
  std::filesystem::create_directories(dir);
  for (const char* name : {"tokenizer.model", "tokenizer.json", "tokenizer_config.json"})
    std::filesystem::copy_file(demo_model() / name, dir / name);
  write_file(dir / "config.json", R"({"model_type": "test_grid"})");
  ModelConfig config = grid_config();
  config.family = &grid_family();
  SafetensorsWriter file;
  for (const Weights& weights : {random_weights(config, DType::F32, 5), random_towers(config, DType::F32, 6)})
    for (const std::string& name : weights.names()) {
      const HostView tensor = weights.raw(name);
      std::vector<std::size_t> shape;
      for (std::size_t i = 0; i < tensor.shape().rank(); ++i) shape.push_back(tensor.shape()[i]);
      file.add(spelled(name), to_string(tensor.dtype()), shape,
               {static_cast<const char*>(tensor.data()), tensor.bytes()});
    }
  write_file(dir / "model.safetensors", file.str());
}

}  // namespace sparsight::test
