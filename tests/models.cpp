#include "tests/models.h"

#include "core/model/families/qwen2_5_vl.h"
#include "core/model/families/qwen2_vl.h"
#include "tests/support.h"

namespace sparsight::test {

ModelConfig small_config() {
  ModelConfig config;
  config.text.vocab = 70;
  config.text.hidden = 64;
  config.text.intermediate = 90;
  config.text.layers = 4;
  config.text.heads = 4;
  config.text.kv_heads = 2;
  config.text.head_dim = 16;
  config.text.max_positions = 512;
  config.vision.image_height = config.vision.image_width = 56;
  config.vision.patch_size = 14;
  return config;
}

ModelConfig small_qwen(bool gated) {
  ModelConfig config;
  config.family = gated ? &qwen2_5_vl() : &qwen2_vl();
  config.text.hidden = 24;
  VisionConfig& c = config.vision;
  c.hidden = 16;
  c.intermediate = 20;
  c.layers = 2;
  c.heads = 2;
  c.patch_size = 4;
  c.merge = 2;
  c.frames_a_patch = 2;
  c.image_height = c.image_width = 8;
  c.has_cls = false;
  c.norm_eps = 1e-6f;
  c.gated = gated;
  c.activation = gated ? Activation::Silu : Activation::QuickGelu;
  c.window = gated ? 2 : 0;
  return config;
}

std::filesystem::path demo_model() { return source_dir() / "resources/models/sparsight-demo"; }

void copy_demo_model(const std::filesystem::path& to) {
  std::filesystem::create_directories(to);
  for (const auto& file : std::filesystem::directory_iterator(demo_model()))
    std::filesystem::copy_file(file.path(), to / file.path().filename());
}

Answer ask(Engine& engine, std::shared_ptr<const EncodedMedia> media, const std::string& text,
           const PruningOptions& pruning) {
  return engine.answer({.media = std::move(media),
                        .system = {},
                        .turns = {{text, ""}},
                        .sampling = {},
                        .max_new_tokens = 16,
                        .pruning = pruning});
}

}  // namespace sparsight::test
