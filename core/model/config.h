// The checkpoint's config.json as data, validated once. No shape of a model stands anywhere in code.
// Which keys it has is a family's affair (core/model/families/family.h).
#pragma once

#include "core/media/resize.h"
#include "core/model/visual_layout.h"
#include "kernels/backend.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct Family;
using Families = std::span<const Family* const>;  // not empty, static
[[nodiscard]] Families families();                // those that there are, in core/model/families/
[[nodiscard]] const Family& default_family();     // the first of them

enum class MediaKind { None, Image, Video };

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
  std::size_t image_height = 0, image_width = 0;
  std::size_t patch_size = 0;
  std::size_t channels = 3;
  float norm_eps = 1e-5f;
  Activation activation = Activation::QuickGelu;
  bool has_cls = true;  // a learnt token in front of each frame's patches

  [[nodiscard]] std::size_t rows() const { return image_height / patch_size; }
  [[nodiscard]] std::size_t columns() const { return image_width / patch_size; }
  [[nodiscard]] std::size_t patches() const { return rows() * columns(); }
  // Rows that the tower makes of a frame, and where they stand among those of a clip: CLS, then its patches.
  [[nodiscard]] std::size_t tokens() const { return patches() + has_cls; }
  [[nodiscard]] std::size_t cls_row(std::size_t frame) const { return frame * tokens(); }
  [[nodiscard]] std::size_t patch_row(std::size_t frame, std::size_t patch) const {
    return frame * tokens() + has_cls + patch;
  }
};

// How what the tower makes of a frame becomes tokens of the prompt.
struct FrameTokens {
  bool cls = false;       // the tower's CLS goes on, in front of the patches
  bool newlines = false;  // Family::newline stands behind each row of patches
};

struct ModelConfig {
  const Family* family = &default_family();
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
  FrameTokens image{}, video{.cls = true};
  Activation projector_activation = Activation::Gelu;
  bool projector_bias = true;

  // What looks at such media.
  [[nodiscard]] const VisionConfig& tower(MediaKind) const { return vision; }
  [[nodiscard]] const FrameTokens& tokens_of(MediaKind media) const {
    return media == MediaKind::Image ? image : video;
  }
  // Of a clip of so many frames, before there is one: as many visual tokens as it can have.
  [[nodiscard]] VisualLayout layout(MediaKind media, std::size_t frames) const;
  [[nodiscard]] TowerTokens tower_tokens(MediaKind media) const;
};

// `where` names the source in messages. Error{Model} says which key, what was expected and what was found.
// generation_json may be empty.
[[nodiscard]] ModelConfig parse_config(std::string_view json, std::string_view generation_json, std::string_view where,
                                       Families families = families());
// Reads config.json and, if present, generation_config.json of a Hugging Face directory. Error{File, Model}.
[[nodiscard]] ModelConfig read_config(const std::filesystem::path& dir, Families families = families());

// How frames become pixels: preprocessor_config.json.
struct PreprocessConfig {
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
  ResizeFilter filter = ResizeFilter::Bicubic;
};

// `defaults` for keys that are not there.
[[nodiscard]] PreprocessConfig parse_preprocess_config(std::string_view json, std::string_view where,
                                                       const PreprocessConfig& defaults = {});

// Of an image or a video; newer checkpoints may describe them apart. The first there is, in transformers' order:
// processor_config.json's `video_processor` (or `image_processor`), video_preprocessor_config.json (for a video),
// preprocessor_config.json; else `defaults` at the tower's image size. Error{Model} if what comes out cannot fit the
// tower; without a crop that is for preprocessing to check.
[[nodiscard]] PreprocessConfig read_preprocess_config(const std::filesystem::path& dir, const VisionConfig& vision,
                                                      MediaKind media = MediaKind::Video,
                                                      const PreprocessConfig& defaults = {});

}  // namespace sparsight
