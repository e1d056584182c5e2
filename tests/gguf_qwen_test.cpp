// Qwen2-VL and Qwen2.5-VL as GGUF files, in the layout of llama.cpp's converter, by themselves or beside files of the
// folder: the same models.
#include "core/engine.h"
#include "core/model/families/family.h"
#include "core/model/families/qwen2_5_vl.h"
#include "core/model/families/qwen2_vl.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"
#include "core/model/weights.h"
#include "core/model_check.h"
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
using Catch::Contains;
using GgufType = GgufValue::Type;

// llama.cpp's names, by what stands in transformers' place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> kGgufNamesOfQwen{{
    {"model.", ""},
    {"visual.blocks.", "v.blk."},
    {"visual.patch_embed.proj", "v.patch_embd"},
    {"visual.merger.ln_q", "v.post_ln"},
    {"visual.merger.mlp.", "mm."},
    {"lm_head", "output"},
    {"embed_tokens", "token_embd"},
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"attn.qkv", "attn_qkv"},
    {"attn.proj", "attn_out"},
    {"norm1", "ln1"},
    {"norm2", "ln2"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"mlp.fc1", "ffn_up"},
    {"mlp.fc2", "ffn_down"},
    {"input_layernorm", "attn_norm"},
    {"post_attention_layernorm", "ffn_norm"},
    {"layers.", "blk."},
}};

std::string gguf_name_of_qwen(std::string name) {
  for (const auto& [from, to] : kGgufNamesOfQwen)
    if (const std::size_t at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
  return name.starts_with("norm.") ? "output_" + name : name;
}

// Vectors as F32, as the converter has them, matrices in their own type.
void put_tensor(GgufWriter& out, const std::string& name, std::vector<std::uint64_t> dims, DType dtype,
                std::string_view bytes) {
  if (dims.size() > 1 || dtype == DType::F32) return out.tensor(name, dims, dtype == DType::BF16 ? 30 : 0, bytes);
  REQUIRE(dtype == DType::BF16);
  std::string wide;
  for (std::size_t i = 0; i < bytes.size(); i += 2) wide.append(2, '\0').append(bytes.substr(i, 2));
  out.tensor(name, dims, 0, wide);
}

// Splits what the converter splits: q, k and v of the tower, and the two frames of its patches.
void put_converted(GgufWriter& out, const std::string& name, HostView tensor) {
  std::vector<std::uint64_t> dims;
  for (std::size_t i = tensor.shape().rank(); i-- > 0;) dims.push_back(tensor.shape()[i]);
  const std::string_view bytes(static_cast<const char*>(tensor.data()), tensor.bytes());
  if (const std::size_t at = name.find("attn_qkv"); at != std::string::npos) {
    dims.back() /= 3;
    for (std::size_t i = 0; i < 3; ++i)
      put_tensor(out, std::string(name).replace(at, 8, fmt::format("attn_{}", "qkv"[i])), dims, tensor.dtype(),
                 bytes.substr(i * bytes.size() / 3, bytes.size() / 3));
  } else if (dims.size() == 5) {
    const std::size_t plane = dims[0] * dims[1] * size_of(tensor.dtype());
    dims.erase(dims.begin() + 2);
    for (std::size_t frame = 0; frame < 2; ++frame) {
      std::string one;
      for (std::size_t from = frame * plane; from < bytes.size(); from += 2 * plane) one += bytes.substr(from, plane);
      put_tensor(out, frame == 0 ? name : name + ".1", dims, tensor.dtype(), one);
    }
  } else {
    put_tensor(out, name, dims, tensor.dtype(), bytes);
  }
}

struct QwenFiles {
  explicit QwenFiles(const fs::path& from)
      : folder(from), model(Weights::open(from, qwen2_vl().names)), config(read_config(from)) {}

  [[nodiscard]] bool gated() const { return config.vision.gated; }
  void write_decoder(const fs::path& to) const {
    const TextConfig& text = config.text;
    GgufWriter out = gguf_of_tokenizer(nlohmann::json::parse(read_file(folder / "tokenizer.json")), "qwen2");
    out.string("general.architecture", "qwen2vl");
    for (const auto& [key, value] : {std::pair("block_count", text.layers),
                                     {"context_length", text.max_positions},
                                     {"embedding_length", text.hidden},
                                     {"feed_forward_length", text.intermediate},
                                     {"attention.head_count", text.heads},
                                     {"attention.head_count_kv", text.kv_heads}})
      out.number(std::string("qwen2vl.") + key, static_cast<std::uint32_t>(value));
    out.floating("qwen2vl.attention.layer_norm_rms_epsilon", text.rms_eps);
    out.floating("qwen2vl.rope.freq_base", static_cast<float>(text.rope.theta));
    std::vector<std::int32_t> sections(text.rope.sections.begin(), text.rope.sections.end());
    sections.push_back(0);
    out.array("qwen2vl.rope.dimension_sections", GgufType::I32, sections.size(), bytes_of(sections));
    out.number("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(config.eos.front()));
    out.string("tokenizer.chat_template", chat_template);
    add(out, [](const std::string& name) { return !name.starts_with("v.") && !name.starts_with("mm."); });
    write_file(to, out.str());
  }
  void write_tower(
      const fs::path& to, const std::function<void(GgufWriter&)>& more = [](GgufWriter&) {}) const {
    GgufWriter out;
    const VisionConfig& vision = config.vision;
    out.string("general.architecture", "clip");
    out.string("clip.projector_type", gated() ? "qwen2.5vl_merger" : "qwen2vl_merger");
    for (const auto& [key, value] : {std::pair("embedding_length", vision.hidden),
                                     {"attention.head_count", vision.heads},
                                     {"block_count", vision.layers},
                                     {"feed_forward_length", config.text.hidden},
                                     {"image_size", 560},
                                     {"patch_size", vision.patch_size},
                                     {"projection_dim", config.text.hidden}})
      out.number(std::string("clip.vision.") + key, static_cast<std::uint32_t>(value));
    out.floating("clip.vision.attention.layer_norm_epsilon", vision.norm_eps);
    out.array("clip.vision.image_mean", GgufType::F32, 3, bytes_of(std::vector{0.48145466f, 0.4578275f, 0.40821073f}));
    out.array("clip.vision.image_std", GgufType::F32, 3, bytes_of(std::vector{0.26862954f, 0.26130258f, 0.27577711f}));
    if (gated()) {
      out.value("clip.use_silu", GgufType::Bool, std::string(1, '\1'));
      out.number("clip.vision.n_wa_pattern", 2);
      out.number("clip.vision.window_size", 56);
    }
    more(out);
    add(out, [](const std::string& name) { return name.starts_with("v.") || name.starts_with("mm."); });
    write_file(to, out.str());
  }
  void copy(const fs::path& to, std::initializer_list<const char*> names) const {
    fs::create_directories(to);
    for (const char* name : names)
      if (fs::exists(folder / name)) fs::copy_file(folder / name, to / name);
  }

  fs::path folder;
  Weights model;
  ModelConfig config;
  std::string chat_template = read_file(folder / "chat_template.jinja");

 private:
  template <typename Wanted>
  void add(GgufWriter& out, const Wanted& wanted) const {
    for (const std::string& name : model.names())
      if (const std::string theirs = gguf_name_of_qwen(name); wanted(theirs))
        put_converted(out, theirs, model.raw(name));
  }
};

Answer answer_of_qwen(const fs::path& model, const fs::path& media) {
  const auto engine = Engine::load({.model = model, .backend = cpu_backend({.threads = 2})});
  Question asked{.media = engine->open(media).encoded,
                 .system = {},
                 .turns = {{"What is there?", ""}},
                 .sampling = {},
                 .max_new_tokens = 12};
  asked.first_logits = true;
  return engine->answer(asked);
}

std::optional<fs::path> qwen_checkpoint(const char* name) {
  const fs::path folder = shared_dir() / "families" / name;
  return fs::exists(folder) ? std::optional(folder) : std::nullopt;
}

}  // namespace

TEST_CASE("Qwen2-VL and Qwen2.5-VL as GGUF answer as their folders do, to the bit", "[gguf][golden-families]") {
  const std::string name = GENERATE("qwen2_vl", "qwen2_5_vl");
  INFO(name);
  const auto folder = qwen_checkpoint(name.c_str());
  if (!folder) return skip("no checkpoint of Qwen2-VL in ../shared");
  const TempDir temp;
  const fs::path picture = temp / "picture.png";
  if (run({"ffmpeg", "-v", "error", "-i", demo_clip().string(), "-frames:v", "1", picture.string()}).exit_code != 0)
    return skip("no ffmpeg program");
  const QwenFiles files(*folder);

  // Both in GGUF, with the sizes of pictures that the small checkpoint has; what else is in its folder is in them.
  files.copy(temp / "gguf", {"processor_config.json"});
  files.write_decoder(temp / "gguf" / "model-BF16.gguf");
  files.write_tower(temp / "gguf" / "mmproj-model-BF16.gguf");
  // The same with the folder's configuration and tokenizer.
  files.copy(temp / "both", {"processor_config.json", "config.json", "generation_config.json", "tokenizer.json"});
  files.write_decoder(temp / "both" / "decoder.gguf");
  files.write_tower(temp / "both" / "mmproj.gguf");
  // The decoder alone in GGUF.
  files.copy(temp / "mixed", {"processor_config.json", "config.json", "generation_config.json", "tokenizer.json"});
  files.write_decoder(temp / "mixed" / "decoder.gguf");
  SafetensorsWriter towers;
  for (const std::string& tensor_name : files.model.names()) {
    const HostView tensor = files.model.raw(tensor_name);
    std::vector<std::size_t> shape;
    for (std::size_t i = 0; i < tensor.shape().rank(); ++i) shape.push_back(tensor.shape()[i]);
    if (tensor_name.starts_with("visual."))
      towers.add(tensor_name, to_string(tensor.dtype()), shape,
                 {static_cast<const char*>(tensor.data()), tensor.bytes()});
  }
  write_file(temp / "mixed" / "model.safetensors", towers.str());

  const ModelConfig alone = read_config(temp / "gguf");
  const ModelConfig& wanted = files.config;
  CHECK(alone.family == wanted.family);
  CHECK(alone.image_token == wanted.image_token);
  CHECK(alone.video_token == wanted.video_token);
  CHECK(alone.text.rope.sections == wanted.text.rope.sections);
  CHECK(alone.feature_layers == wanted.feature_layers);
  CHECK(alone.vision.gated == wanted.vision.gated);
  CHECK(alone.vision.window == wanted.vision.window);
  CHECK(alone.vision.whole_layers == wanted.vision.whole_layers);
  CHECK(alone.vision.tokens_per_second == wanted.vision.tokens_per_second);
  CHECK(alone.vision.activation == wanted.vision.activation);
  CHECK(alone.vision.norm_eps == wanted.vision.norm_eps);
  CHECK(check_model(temp / "gguf", 8).problem.empty());
  CHECK(check_model(temp / "gguf", 8).info.warnings.empty());

  for (const fs::path& media : {picture, demo_clip()}) {
    INFO(media);
    const Answer expected = answer_of_qwen(*folder, media);
    CHECK(expected.visual_tokens > 0);
    for (const char* made : {"gguf", "both", "mixed"}) {
      INFO(made);
      const Answer answer = answer_of_qwen(temp / made, media);
      CHECK(answer.prompt_ids == expected.prompt_ids);
      CHECK(answer.generated_ids == expected.generated_ids);
      CHECK(answer.first_log_probs == expected.first_log_probs);
    }
  }
}

TEST_CASE("GGUF files of Qwen that do not fit", "[gguf]") {
  const auto folder = qwen_checkpoint("qwen2_5_vl");
  if (!folder) return skip("no checkpoint of Qwen2.5-VL in ../shared");
  const TempDir temp;
  QwenFiles files(*folder);
  files.write_decoder(temp / "decoder.gguf");
  CHECK_THROWS_WITH(read_config(temp.path()), Contains("decoder.gguf: general.architecture: expected the file of its"));
  CHECK_THROWS_WITH(read_config(temp / "decoder.gguf"), Contains("(mmproj) beside it"));
  const auto with = [&](const char* key, std::uint32_t number) {
    files.write_tower(temp / "mmproj.gguf");
    // The key's number stands behind its length, its name and its type.
    std::string content = read_file(temp / "mmproj.gguf");
    const std::size_t at = content.find(key) + std::strlen(key) + 4;
    content.replace(at, 4, little_endian(number, 4));
    write_file(temp / "mmproj.gguf", content);
    try {
      static_cast<void>(read_config(temp.path()));
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::Model);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(with("clip.vision.image_size", 28).empty());
  CHECK_THAT(with("clip.vision.window_size", 20),
             Contains("clip.vision.window_size: expected at least 28, a token's side, found 20"));
  CHECK_THAT(with("clip.vision.attention.head_count", 16), Contains("expected heads of a multiple of 4"));
  CHECK_THAT(with("clip.vision.projection_dim", 32), Contains("expected the decoder's width, 64, found 32"));
  CHECK_THAT(with("clip.vision.n_wa_pattern", 0), Contains("clip.vision.n_wa_pattern"));
  CHECK(with("clip.vision.n_wa_pattern", 4096).empty());
  files.write_tower(temp / "mmproj.gguf", [](GgufWriter& w) { w.number("clip.vision.spatial_merge_size", 65); });
  CHECK_THROWS_WITH(read_config(temp.path()), Contains("spatial_merge_size"));

  // A vocabulary without the tokens that pictures stand in.
  files.write_tower(temp / "mmproj.gguf");
  std::string content = read_file(temp / "decoder.gguf");
  content.replace(content.find("<|video_pad|>"), 13, "<|other_pad|>");
  write_file(temp / "decoder.gguf", content);
  CHECK_THROWS_WITH(read_config(temp.path()),
                    Contains("decoder.gguf: tokenizer.ggml.tokens: expected the token <|video_pad|>"));

  // A chat template that is not known is said.
  files.chat_template = "{{ messages }}";
  files.write_decoder(temp / "decoder.gguf");
  const ModelCheck check = check_model(temp.path(), 8);
  CHECK(check.problem.empty());
  REQUIRE(check.info.warnings.size() == 1);
  CHECK_THAT(check.info.warnings.front(), Contains("decoder.gguf: this chat template is not known"));

  DecoderAlone().write_gguf(temp / "decoder.gguf");
  CHECK_THROWS_WITH(read_config(temp.path()), Contains("expected qwen2vl beside the vision tower in"));
}

}  // namespace sparsight::test
