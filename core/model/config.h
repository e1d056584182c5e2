// A checkpoint's config.json as data, validated once. No shape of a model stands in code. The model's family
// (core/model/families/family.h) knows the keys.
#pragma once

#include "core/media/resize.h"
#include "core/model/medium.h"
#include "core/model/visual_layout.h"
#include "kernels/backend.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sparsight {

class Weights;  // core/model/weights.h
struct Family;
using Families = std::span<const Family* const>;  // not empty, static
[[nodiscard]] Families families();                // all of them, from core/model/families/
[[nodiscard]] const Family& default_family();     // the first of them

inline constexpr std::int32_t kNoTokenId = -1;  // where a model has no such token

// Rotary embedding. Kinds other than default, linear and llama3 are refused with Error{Model}.
struct RopeConfig {
  enum class Kind { Default, Linear, Llama3 };
  Kind kind = Kind::Default;
  double theta = 10000.0;
  double factor = 1.0;
  double low_freq_factor = 1.0;
  double high_freq_factor = 4.0;
  std::size_t original_max_positions = 8192;
  // The dtype that inv_freq is rounded to. transformers' from_pretrained keeps float32, whatever the weights' dtype; a
  // model that was cast later (`model.half()`, `model.to(torch.bfloat16)`) computes with rounded frequencies.
  DType frequencies = DType::F32;
  // M-RoPE (Qwen2-VL, section 2.1): how many of the head_dim / 2 frequencies turn with a token's time, row and column.
  // All zero: every frequency turns with the one position.
  std::array<std::size_t, 3> sections{};

  [[nodiscard]] bool has_sections() const { return sections != std::array<std::size_t, 3>{}; }
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
  bool attention_bias = false;  // q, k and v
  bool output_bias = false;     // o
  bool mlp_bias = false;
  Activation activation = Activation::Silu;
  // If lm_head.weight is missing, embed_tokens.weight is used; a checkpoint with both is not tied. True if text_config
  // or the top level says so (transformers 4 and 5 read different ones).
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
  std::size_t merge = 1;  // rows and columns of patches that become one token
  float norm_eps = 1e-5f;
  Activation activation = Activation::QuickGelu;
  bool has_cls = true;         // a learnt token before each frame's patches
  bool patch_bias = false;     // of the patch embedding
  bool pre_norm = true;        // before the first layer
  std::size_t not_stored = 0;  // of the last layers, those that a GGUF file lacks, since no feature needs them
  // Before its spatial attention, each layer attends at every place over this many consecutive frames; 0: each frame by
  // itself.
  std::size_t frames_together = 0;
  // Of towers with rotary positions (core/model/towers/qwen.h) alone.
  std::size_t frames_a_patch = 1;           // frames that a patch spans
  bool gated = false;                       // RMS norms and a gated MLP, instead of layer norms and two linear layers
  std::size_t window = 0;                   // rows and columns of tokens that attend to each other; 0: the whole frame
  std::vector<std::size_t> whole_layers{};  // layers that attend to the whole frame in spite of `window`
  double theta = 10000.0;                   // of the rotary positions
  DType frequencies = DType::F32;           // as RopeConfig::frequencies
  double tokens_per_second = 0;             // steps of M-RoPE's time in a second of a video; 0: one a block

  // The tower takes frames of any size; image_height and image_width are the smallest.
  [[nodiscard]] bool any_size() const { return frames_a_patch > 1; }
  // Of the pixels that become one token of a tower that merges patches.
  [[nodiscard]] std::size_t token_side() const { return patch_size * merge; }
  [[nodiscard]] std::size_t rows() const { return image_height / patch_size; }
  [[nodiscard]] std::size_t columns() const { return image_width / patch_size; }
  [[nodiscard]] std::size_t patches() const { return rows() * columns(); }
  // Rows that the tower outputs per frame, and their indices within a clip: for each frame CLS, then its patches.
  [[nodiscard]] std::size_t tokens() const { return patches() + has_cls; }
  [[nodiscard]] std::size_t cls_row(std::size_t frame) const { return frame * tokens(); }
  [[nodiscard]] std::size_t patch_row(std::size_t frame, std::size_t patch) const {
    return frame * tokens() + has_cls + patch;
  }
};

// Which of a frame's tower outputs become tokens of the prompt.
struct FrameTokens {
  bool cls = false;       // the tower's CLS becomes a token, before the patches
  bool newlines = false;  // Family::newline follows each row of patches
  std::size_t pool = 1;   // rows and columns of patches that are averaged to one token
};

// Where M-RoPE puts a token: its time, row and column (Qwen2-VL, section 2.1). Equal ones: an ordinary position.
struct RotaryPlace {
  std::int32_t time = 0, row = 0, column = 0;

  friend bool operator==(const RotaryPlace&, const RotaryPlace&) = default;
};

// Heights and widths that a picture is made to fit before it is cut into tiles (LLaVA-NeXT).
using Pinpoints = std::vector<std::pair<std::size_t, std::size_t>>;

struct ModelConfig {
  const Family* family = &default_family();
  TextConfig text;
  VisionConfig vision;
  std::optional<VisionConfig> video_vision{};  // of videos, if it is not `vision`
  // Pictures are padded to a square with the mean colour.
  bool square_images = false;
  std::int32_t image_token = 0;  // or kNoTokenId
  std::int32_t video_token = 0;
  std::int32_t bos = 1;
  std::optional<std::int32_t> pad;
  std::vector<std::int32_t> eos;  // any of these ends an answer; generation_config.json overrides config.json
  // Indices into the tower's hidden states, 0 (embeddings) .. layers, with negative ones resolved; several are
  // concatenated along the width.
  std::vector<std::size_t> feature_layers;
  FrameTokens image{}, video{.cls = true};
  Activation projector_activation = Activation::Gelu;
  bool projector_bias = true;
  Pinpoints pinpoints;  // empty: the family cuts no tiles from pictures in this way

  // The tower for `media`.
  [[nodiscard]] const VisionConfig& tower(MediaKind media) const {
    return media == MediaKind::Video && video_vision ? *video_vision : vision;
  }
  [[nodiscard]] const FrameTokens& tokens_of(MediaKind media) const {
    return media == MediaKind::Image ? image : video;
  }
  // Whether the family takes such media; every family answers without any.
  [[nodiscard]] bool takes(MediaKind media) const;
  // The medium that it is made for: videos if it takes them, else pictures.
  [[nodiscard]] MediaKind main_medium() const { return takes(MediaKind::Video) ? MediaKind::Video : MediaKind::Image; }
  // The layout of a medium's tokens, without words; empty for a model without towers. Error{Usage} if the family takes
  // no such medium.
  [[nodiscard]] VisualLayout layout(const Medium& medium) const;
  // Of a clip of `frames` frames of a size that is not known: an estimate where the number of tokens depends on it.
  [[nodiscard]] VisualLayout layout(MediaKind media, std::size_t frames) const {
    return layout(Medium{.kind = media, .frames = frames});
  }
  [[nodiscard]] TowerTokens tower_tokens(MediaKind media) const;
};

// One block a frame, as FrameTokens says: the layout of families without a lay_out of their own.
[[nodiscard]] VisualLayout frame_by_frame_layout(const ModelConfig& config, const Medium& medium);

// `where` names the source in messages. Error{Model} names the key, what was expected and what was found.
// generation_json may be empty.
[[nodiscard]] ModelConfig parse_config(std::string_view json, std::string_view generation_json, std::string_view where,
                                       Families families = sparsight::families());
// Reads config.json and, if present, generation_config.json of a Hugging Face folder; or, where a model is a GGUF file
// (decoder_gguf()), what that says. Error{File, Model}.
[[nodiscard]] ModelConfig read_config(const std::filesystem::path& dir, Families families = sparsight::families());
// The same with what only the weights of the folder tell (Family::complete). Whoever has them uses this one.
[[nodiscard]] ModelConfig read_config(const std::filesystem::path& dir, const Weights& weights,
                                      Families families = sparsight::families());

// Error{Model}: an id that the embeddings have no row of.
void expect_in_vocabulary(std::span<const std::int32_t> ids, const TextConfig& config);

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
  // What only some families read. 0 or empty: the checkpoint does not say.
  std::size_t longest_edge = 0;  // size.longest_edge; a family that counts pixels: 0
  std::size_t tile = 0;          // max_image_size.longest_edge
  bool split = true;             // do_image_splitting
  // Of a resized frame. If the family's defaults have max_pixels, they are size's edges, too.
  std::size_t min_pixels = 0, max_pixels = 0;
  Pinpoints pinpoints{};                       // image_grid_pinpoints
  std::size_t video_tokens = 0;                // max_video_tokens, if cap_pixels_per_frame: frames have a share of them
  std::size_t frames = 1;                      // of the clip that a frame belongs to
  double frames_per_second = 0;                // of the frames that are sampled: fps
  std::size_t min_frames = 0, max_frames = 0;  // max_frames, or num_frames
};

// Missing keys take their value from `defaults`.
[[nodiscard]] PreprocessConfig parse_preprocess_config(std::string_view json, std::string_view where,
                                                       const PreprocessConfig& defaults = {});

// For an image or a video, which newer checkpoints may describe separately. Reads the first that exists, in
// transformers' order: processor_config.json's `video_processor` (or `image_processor`), video_preprocessor_config.json
// (for a video), preprocessor_config.json; else what a GGUF file of the tower says, or the family's defaults, at the
// tower's image size. Error{Model} if
// preprocess() is the family's way to look at pictures and its output cannot fit the tower; without a crop preprocess()
// checks that.
[[nodiscard]] PreprocessConfig read_preprocess_config(const std::filesystem::path& dir, const ModelConfig& model,
                                                      MediaKind media = MediaKind::Video);
[[nodiscard]] bool has_preprocess_config(const std::filesystem::path& dir);  // whether any of these files is there

}  // namespace sparsight
