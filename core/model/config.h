// The checkpoint's config.json as data, validated once. No shape of a model stands anywhere in code.
// Follows transformers' VideoLlavaConfig, CLIPVisionConfig and LlamaConfig, in the styles of 4.x and 5.x.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Rotary embedding; `kind` one of default, linear, llama3 (others are refused with Error{Model}).
struct RopeConfig {
  enum class Kind { Default, Linear, Llama3 };
  Kind kind = Kind::Default;
  double theta = 10000.0;
  double factor = 1.0;
  double low_freq_factor = 1.0;
  double high_freq_factor = 4.0;
  std::size_t original_max_positions = 8192;
  // What inv_freq is rounded through. transformers' from_pretrained keeps float32, whatever the weights' dtype; a model
  // that was cast afterwards (`model.half()`, `model.to(torch.bfloat16)`) computes with rounded frequencies.
  DType frequencies = DType::F32;
};

struct TextConfig {
  std::size_t vocab = 0;
  std::size_t hidden = 0;
  std::size_t intermediate = 0;
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t kv_heads = 0;  // divides heads
  std::size_t head_dim = 0;  // even
  float rms_eps = 1e-6f;
  RopeConfig rope;
  std::size_t max_positions = 0;
  bool attention_bias = false;  // q, k, v and o
  bool mlp_bias = false;
  Activation activation = Activation::Silu;
  // lm_head.weight may be missing, embed_tokens.weight then stands in; a checkpoint that has both is not tied.
  // True if either text_config or the top level says so (transformers 4 and 5 read different ones).
  bool tied_embeddings = false;

  // 1 / theta^(2j/d) with the scaling of `rope`; head_dim / 2 values, computed as transformers does.
  [[nodiscard]] std::vector<float> inv_freq() const;
};

struct VisionConfig {
  std::size_t hidden = 0;
  std::size_t intermediate = 0;
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t image_size = 0;
  std::size_t patch_size = 0;
  std::size_t channels = 3;
  float norm_eps = 1e-5f;
  Activation activation = Activation::QuickGelu;

  [[nodiscard]] std::size_t grid() const { return image_size / patch_size; }
  [[nodiscard]] std::size_t tokens() const { return grid() * grid() + 1; }  // CLS first
};

struct ModelConfig {
  TextConfig text;
  VisionConfig vision;
  std::int32_t image_token = 0;
  std::int32_t video_token = 0;
  std::int32_t bos = 1;
  std::optional<std::int32_t> pad;
  std::vector<std::int32_t> eos;  // any of these ends an answer; generation_config.json wins over config.json
  // Indices into the tower's hidden states, 0 (embeddings) .. layers, negatives resolved; several are
  // concatenated along the width.
  std::vector<std::size_t> feature_layers;
  bool image_keeps_cls = false;  // vision_feature_select_strategy "full"; a video always keeps it
  Activation projector_activation = Activation::Gelu;
  bool projector_bias = true;
};

// `where` names the source in messages. Error{Model} says which key, what was expected and what was found.
// generation_json may be empty.
[[nodiscard]] ModelConfig parse_config(std::string_view json, std::string_view generation_json, std::string_view where);
// Reads config.json and, if present, generation_config.json of a Hugging Face directory. Error{File, Model}.
[[nodiscard]] ModelConfig read_config(const std::filesystem::path& dir);

// How frames become pixels: preprocessor_config.json.
struct PreprocessConfig {
  enum class Filter { Nearest, Lanczos, Bilinear, Bicubic, Box, Hamming };  // PIL's numbers 0..5
  bool resize = true;
  std::size_t shortest_edge = 0;      // 0: resize to exactly height x width
  std::size_t height = 0, width = 0;  // when shortest_edge is 0
  bool center_crop = true;
  std::size_t crop_height = 224, crop_width = 224;
  bool rescale = true;
  double rescale_factor = 1.0 / 255.0;
  bool normalize = true;
  std::vector<float> mean{0.48145466f, 0.4578275f, 0.40821073f};
  std::vector<float> std{0.26862954f, 0.26130258f, 0.27577711f};
  Filter filter = Filter::Bicubic;
};

[[nodiscard]] PreprocessConfig parse_preprocess_config(std::string_view json, std::string_view where);

enum class Media { Video, Image };  // newer checkpoints may describe them apart
// The first there is, in transformers' order: processor_config.json's `video_processor` (or `image_processor`),
// video_preprocessor_config.json (for a video), preprocessor_config.json; else CLIP's defaults at the tower's image
// size. Error{Model} if what comes out cannot fit the tower; without a crop that is for preprocessing to check.
[[nodiscard]] PreprocessConfig read_preprocess_config(const std::filesystem::path& dir, const VisionConfig& vision,
                                                      Media media = Media::Video);

}  // namespace sparsight
