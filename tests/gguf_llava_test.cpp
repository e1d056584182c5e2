// A LLaVA as two GGUF files, as llama.cpp's converter makes them, or with its tower in safetensors: the same model.
#include "core/engine.h"
#include "core/model/families/family.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"
#include "core/model/weights.h"
#include "kernels/backends.h"
#include "tests/decoder_alone.h"
#include "tests/models.h"
#include "tests/safetensors_writer.h"
#include "tests/support.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstring>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using GgufType = GgufValue::Type;

// llama.cpp's names, by what stands in transformers' place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kLlavaNames{{
    {"language_model.model.", ""},
    {"language_model.", ""},
    {"vision_tower.vision_model.", "vision_tower."},
    {"vision_tower.encoder.layers.", "v.blk."},
    {"vision_tower.embeddings.class_embedding", "v.class_embd"},
    {"vision_tower.embeddings.patch_embedding", "v.patch_embd"},
    {"vision_tower.embeddings.position_embedding", "v.position_embd"},
    {"vision_tower.pre_layrnorm", "v.pre_ln"},
    {"vision_tower.post_layernorm", "v.post_ln"},
    {"multi_modal_projector.linear_1", "mm.0"},
    {"multi_modal_projector.linear_2", "mm.2"},
    {"lm_head", "output"},
    {"embed_tokens", "token_embd"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"self_attn.out_proj", "attn_out"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"mlp.fc1", "ffn_up"},
    {"mlp.fc2", "ffn_down"},
    {"layer_norm1", "ln1"},
    {"layer_norm2", "ln2"},
}};

std::string llava_gguf_name(std::string name) {
  if (name.starts_with("model.")) name.erase(0, 6);
  for (const auto& [from, to] : kLlavaNames)
    if (const std::size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  const auto replace = [&](std::string_view from, std::string_view to) {
    if (const std::size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  };
  replace("input_layernorm", "attn_norm");
  replace("post_attention_layernorm", "ffn_norm");
  if (name.starts_with("layers.")) name.replace(0, 7, "blk.");
  if (name.starts_with("norm.")) name.replace(0, 5, "output_norm.");
  return name;
}

// Writes the tensor with the same type, F32 or BF16; q and k of the decoder with the halves of a head interleaved.
void add_tensor(GgufWriter& out, const std::string& name, HostView tensor, std::size_t heads) {
  std::vector<std::uint64_t> dims;
  for (std::size_t i = tensor.shape().rank(); i-- > 0;) dims.push_back(tensor.shape()[i]);
  std::string bytes(static_cast<const char*>(tensor.data()), tensor.bytes());
  const bool rotated = name.starts_with("blk.") &&
                       (name.find("attn_q.") != std::string::npos || name.find("attn_k.") != std::string::npos);
  if (rotated) {
    const std::size_t rows = tensor.rows(), row = tensor.bytes() / rows, half = rows / heads / 2;
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t in = r % (2 * half), source = r - in + in % 2 * half + in / 2;
      std::memcpy(bytes.data() + r * row, static_cast<const char*>(tensor.data()) + source * row, row);
    }
  }
  out.tensor(name, dims, tensor.dtype() == DType::BF16 ? 30 : 0, bytes);
}

struct LlavaFiles {
  explicit LlavaFiles(const fs::path& from)
      : model(Weights::open(from)),
        config(read_config(from)),
        words(gguf_of_pieces(read_file(from / "tokenizer.model"))) {}

  void write_decoder(const fs::path& to) const {
    GgufWriter out = words;
    const TextConfig& text = config.text;
    out.string("general.architecture", "llama");
    for (const auto& [key, value] : {std::pair("block_count", text.layers),
                                     {"context_length", text.max_positions},
                                     {"embedding_length", text.hidden},
                                     {"feed_forward_length", text.intermediate},
                                     {"attention.head_count", text.heads},
                                     {"attention.head_count_kv", text.kv_heads}})
      out.number(std::string("llama.") + key, static_cast<std::uint32_t>(value));
    out.floating("llama.attention.layer_norm_rms_epsilon", text.rms_eps);
    out.floating("llama.rope.freq_base", static_cast<float>(text.rope.theta));
    add(out, [](const std::string& name) { return !name.starts_with("v.") && !name.starts_with("mm."); });
    write_file(to, out.str());
  }
  void write_tower(const fs::path& to) const {
    GgufWriter out;
    const VisionConfig& vision = config.vision;
    out.string("general.architecture", "clip");
    out.string("clip.projector_type", "mlp");
    for (const auto& [key, value] : {std::pair("embedding_length", vision.hidden),
                                     {"attention.head_count", vision.heads},
                                     {"image_size", vision.image_height},
                                     {"patch_size", vision.patch_size},
                                     {"projection_dim", config.text.hidden}})
      out.number(std::string("clip.vision.") + key, static_cast<std::uint32_t>(value));
    out.floating("clip.vision.attention.layer_norm_epsilon", vision.norm_eps);
    out.array("clip.vision.image_mean", GgufType::F32, 3, bytes_of(std::vector{0.48145466f, 0.4578275f, 0.40821073f}));
    out.array("clip.vision.image_std", GgufType::F32, 3, bytes_of(std::vector{0.26862954f, 0.26130258f, 0.27577711f}));
    // The converter leaves out what is not needed: the layers after the feature layer.
    const std::string behind = fmt::format("v.blk.{}.", config.feature_layers.front());
    add(out, [&](const std::string& name) {
      return (name.starts_with("v.") || name.starts_with("mm.")) && !name.starts_with(behind);
    });
    write_file(to, out.str());
  }

  Weights model;
  ModelConfig config;
  GgufWriter words;

 private:
  template <typename Wanted>
  void add(GgufWriter& out, const Wanted& wanted) const {
    for (const std::string& name : model.names())
      if (const std::string theirs = llava_gguf_name(name); wanted(theirs))
        add_tensor(out, theirs, model.raw(name), config.text.heads);
  }
};

Answer answer_about_picture(const fs::path& model, const fs::path& picture) {
  const auto engine = Engine::load({.model = model, .backend = cpu_backend({.threads = 2})});
  Question asked{.media = engine->open(picture).encoded,
                 .system = {},
                 .turns = {{"What is there?", ""}},
                 .sampling = {},
                 .max_new_tokens = 12};
  asked.first_logits = true;
  return engine->answer(asked);
}

}  // namespace

TEST_CASE("a LLaVA as GGUF answers as its folder does, to the bit", "[gguf][golden-families]") {
  const fs::path folder = shared_dir() / "families/llava";
  if (!fs::exists(folder)) return skip("no checkpoint of a LLaVA in ../shared");
  const TempDir temp;
  const fs::path picture = temp / "picture.png";
  if (run({"ffmpeg", "-v", "error", "-i", demo_clip().string(), "-frames:v", "1", picture.string()}).exit_code != 0)
    return skip("no ffmpeg program");
  const LlavaFiles files(folder);
  const Answer expected = answer_about_picture(folder, picture);
  CHECK(expected.visual_tokens == 9);

  fs::create_directories(temp / "gguf");
  files.write_decoder(temp / "gguf" / "model-BF16.gguf");
  files.write_tower(temp / "gguf" / "mmproj-model-BF16.gguf");
  // Both in GGUF. The pieces of tokenizer.model have no <image>: the decoder is prompted without it.
  const ModelConfig alone = read_config(temp / "gguf");
  CHECK(alone.family->chat.no_placeholder_token);
  CHECK(alone.vision.layers == 3);
  CHECK(alone.vision.not_stored == 1);
  CHECK(alone.feature_layers == std::vector<std::size_t>{2});
  CHECK(alone.vision.intermediate == files.config.vision.intermediate);
  const Answer from_gguf = answer_about_picture(temp / "gguf", picture);
  CHECK(from_gguf.visual_tokens == 9);
  CHECK(from_gguf.first_log_probs.size() == expected.first_log_probs.size());

  // The decoder in GGUF, all else from the folder: the tokenizer too, so that the prompt is the same.
  fs::create_directories(temp / "mixed");
  for (const char* name : {"config.json", "generation_config.json", "tokenizer.json", "tokenizer.model",
                           "tokenizer_config.json", "processor_config.json"})
    if (fs::exists(folder / name)) fs::copy_file(folder / name, temp / "mixed" / name);
  files.write_decoder(temp / "mixed" / "decoder.gguf");
  SafetensorsWriter towers;
  for (const std::string& name : files.model.names()) {
    const HostView tensor = files.model.raw(name);
    std::vector<std::size_t> shape;
    for (std::size_t i = 0; i < tensor.shape().rank(); ++i) shape.push_back(tensor.shape()[i]);
    if (name.find("language_model") == std::string::npos && name.find("lm_head") == std::string::npos)
      towers.add(name, to_string(tensor.dtype()), shape, {static_cast<const char*>(tensor.data()), tensor.bytes()});
  }
  write_file(temp / "mixed" / "model.safetensors", towers.str());
  // Both files in GGUF, with the folder's configuration and tokenizer.
  fs::create_directories(temp / "both");
  for (const auto& entry : fs::directory_iterator(temp / "mixed"))
    if (entry.path().extension() == ".json" || entry.path().extension() == ".model")
      fs::copy_file(entry.path(), temp / "both" / entry.path().filename());
  files.write_decoder(temp / "both" / "decoder.gguf");
  files.write_tower(temp / "both" / "mmproj.gguf");
  for (const char* name : {"mixed", "both"}) {
    INFO(name);
    const Answer answer = answer_about_picture(temp / name, picture);
    CHECK(answer.prompt_ids == expected.prompt_ids);
    CHECK(answer.generated_ids == expected.generated_ids);
    CHECK(answer.first_log_probs == expected.first_log_probs);
  }
}

TEST_CASE("GGUF towers that do not fit", "[gguf]") {
  const TempDir temp;
  DecoderAlone().write_gguf(temp / "model.gguf");
  fs::copy_file(source_dir() / "tests/data/gguf/mmproj-qwen2vl.gguf", temp / "mmproj.gguf");
  CHECK(tower_gguf(temp.path()) == temp / "mmproj.gguf");
  CHECK(tower_gguf(temp / "model.gguf") == std::nullopt);
  CHECK_THROWS_WITH(read_config(temp.path()), Catch::Contains("general.architecture: expected qwen2vl beside") &&
                                                  Catch::Contains("mmproj.gguf, found llama"));
  // A projector for another decoder.
  std::string tower = read_file(source_dir() / "tests/data/gguf/mmproj-llava.gguf");
  const std::string_view key = "clip.vision.projection_dim";
  tower.replace(tower.find(key) + key.size() + 4, 4, little_endian(12345, 4));  // behind the number's type
  write_file(temp / "mmproj.gguf", tower);
  CHECK_THROWS_WITH(read_config(temp.path()),
                    Catch::Contains("mmproj.gguf") && Catch::Contains("clip.vision.projection_dim") &&
                        Catch::Contains("expected the decoder's width") && Catch::Contains("found 12345"));
  // The decoder's file by itself takes text.
  CHECK_FALSE(read_config(temp / "model.gguf").family->sees());
}

}  // namespace sparsight::test
