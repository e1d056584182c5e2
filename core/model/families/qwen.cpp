#include "core/model/families/qwen.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/known_templates.h"
#include "core/model/preprocess.h"
#include "core/model/qwen_vision.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sparsight {
namespace {

constexpr std::string_view kQwenTower = "model.visual.";

constexpr std::array kQwenNames{
    Rename{"lm_head.", "lm_head."},
    Rename{"visual.merger.", kProjector},
    Rename{"visual.", kQwenTower},
    Rename{"language_model.", kDecoder},
    Rename{"embed_tokens.", kDecoder, "embed_tokens."},
    Rename{"layers.", kDecoder, "layers."},
    Rename{"norm.", kDecoder, "norm."},
};

// Qwen2VLTextConfig's and Qwen2_5_VLTextConfig's defaults.
TextConfig qwen_text() {
  TextConfig out;
  out.vocab = 152064;
  out.hidden = 8192;
  out.intermediate = 29568;
  out.layers = 80;
  out.heads = 64;
  out.kv_heads = 8;
  out.rms_eps = 1e-5f;
  out.rope.theta = 1e6;
  out.rope.sections = {16, 24, 24};
  out.max_positions = 32768;
  out.attention_bias = true;
  return out;
}

struct PixelSize {
  std::size_t height, width;
};

// smart_resize() of transformers' Qwen2VLImageProcessor: multiples of `factor` of about the same proportions, with
// `least` to `most` pixels.
PixelSize smart_size(std::size_t height, std::size_t width, std::size_t factor, std::size_t least, std::size_t most) {
  constexpr double kMostLonger = 200;
  const auto down = static_cast<double>(height), across = static_cast<double>(width), f = static_cast<double>(factor);
  if (std::max(down, across) / std::min(down, across) > kMostLonger)
    fail(ErrorKind::Usage, "a picture of {} x {}: one side may be at most {} times as long as the other", width, height,
         kMostLonger);
  double high = std::nearbyint(down / f) * f, wide = std::nearbyint(across / f) * f;
  if (high * wide > static_cast<double>(most)) {
    const double beta = std::sqrt(down * across / static_cast<double>(most));
    high = std::max(f, std::floor(down / beta / f) * f);
    wide = std::max(f, std::floor(across / beta / f) * f);
  } else if (high * wide < static_cast<double>(least)) {
    const double beta = std::sqrt(static_cast<double>(least) / (down * across));
    high = std::ceil(down * beta / f) * f;
    wide = std::ceil(across * beta / f) * f;
  }
  return {static_cast<std::size_t>(high), static_cast<std::size_t>(wide)};
}

// Of a video's frame, in transformers' arithmetic.
std::size_t most_pixels(const PreprocessConfig& how, const VisionConfig& c) {
  if (how.video_tokens == 0) return how.max_pixels;
  const std::size_t a_token = c.token_side() * c.token_side();
  const auto all = static_cast<std::size_t>(static_cast<double>(how.video_tokens * a_token) * 0.9);
  const auto least = static_cast<std::size_t>(static_cast<double>(how.min_pixels) * 1.05);
  return std::max(std::min(how.max_pixels, all * c.frames_a_patch / how.frames), least);
}

ViewPixels look_at_qwen(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config,
                        MediaKind media) {
  const std::size_t unit = config.tower(media).token_side();
  const auto height = static_cast<std::size_t>(picture.height), width = static_cast<std::size_t>(picture.width);
  PreprocessConfig to = how;
  to.center_crop = false;
  to.shortest_edge = 0;
  if (how.resize) {
    if (how.min_pixels > how.max_pixels)
      fail(ErrorKind::Model, "preprocessing: expected at most max_pixels, {}, for min_pixels, found {}", how.max_pixels,
           how.min_pixels);
    const std::size_t most = media == MediaKind::Video ? most_pixels(how, config.vision) : how.max_pixels;
    const PixelSize size = smart_size(height, width, unit, how.min_pixels, most);
    to.height = size.height;
    to.width = size.width;
  } else if (height % unit != 0 || width % unit != 0) {
    fail(ErrorKind::Usage, "a picture of {} x {}: the model resizes none, and takes multiples of {} pixels", width,
         height, unit);
  }
  ViewPixels out{.values = preprocess(picture, to), .window = {}};
  const Shape one = out.values.shape();
  out.values.reshape(Shape{1, one[0], one[1], one[2]});
  out.window = {0, 0, static_cast<double>(width), static_cast<double>(height)};
  return out;
}

// A block for each group of frames. Of an unknown size: the smallest grid, so that nothing that fits is refused.
VisualLayout lay_out_qwen(const ModelConfig& config, const Medium& medium) {
  const VisionConfig& c = config.tower(medium.kind);
  const std::size_t unit = c.token_side();
  const std::size_t height = medium.view_height != 0 ? medium.view_height : c.image_height;
  const std::size_t width = medium.view_width != 0 ? medium.view_width : c.image_width;
  std::vector<VisualBlock> blocks;
  for (std::size_t frame = 0; frame < medium.frames; frame += c.frames_a_patch)
    blocks.push_back({.frame = frame,
                      .frames = std::min(c.frames_a_patch, medium.frames - frame),
                      .rows = height / unit,
                      .columns = width / unit});
  return VisualLayout(std::move(blocks));
}

// Steps of time from one block to the next, in float32 as transformers computes it.
float time_a_block(const VisionConfig& c, const Medium& medium) {
  constexpr double kUnknownRate = 24;  // transformers' for a clip that does not say it
  if (c.tokens_per_second == 0 || medium.kind == MediaKind::Image) return 1;
  double rate = kUnknownRate;
  if (medium.frames_per_second > 0 && medium.total_frames > 0)
    rate = static_cast<double>(medium.frames) / static_cast<double>(medium.total_frames) * medium.frames_per_second;
  const auto seconds = static_cast<float>(static_cast<double>(c.frames_a_patch) / rate);
  return static_cast<float>(c.tokens_per_second) * seconds;
}

std::vector<RotaryPlace> places_of_qwen(const ModelConfig& config, const Medium& medium, const VisualLayout& layout) {
  constexpr float kLatest = 1 << 30;
  const float step = time_a_block(config.tower(medium.kind), medium);
  std::vector<RotaryPlace> out;
  for (std::size_t b = 0; b < layout.blocks().size(); ++b) {
    const VisualBlock& block = layout.blocks()[b];
    const auto time = static_cast<std::int32_t>(std::min(static_cast<float>(b) * step, kLatest));
    for (std::size_t row = 0; row < block.rows; ++row)
      for (std::size_t column = 0; column < block.columns; ++column)
        out.push_back({time, static_cast<std::int32_t>(row), static_cast<std::int32_t>(column)});
  }
  return out;
}

// As Qwen2VLVideoProcessor samples frames, whose indices are float32: whole groups of frames, but at least one frame.
std::vector<std::int64_t> frames_of_qwen(std::int64_t total, double frames_per_second, const PreprocessConfig& how) {
  constexpr double kGroup = 2;
  const auto all = static_cast<double>(total);
  const auto whole_groups = [](double frames) { return std::floor(frames / kGroup) * kGroup; };
  const double most = whole_groups(std::min(static_cast<double>(how.max_frames), all));
  double count = frames_per_second > 0 ? all / frames_per_second * how.frames_per_second : all;
  count = whole_groups(std::min({std::max(count, static_cast<double>(how.min_frames)), most, all}));
  count = std::max(count, 1.0);
  std::vector<std::int64_t> out;
  for (double i = 0; i < count; ++i)
    out.push_back(std::min(total - 1, static_cast<std::int64_t>(static_cast<float>(i * (all / count)))));
  return out;
}

std::unique_ptr<VisionModel> qwen_vision(const ModelConfig& config, const Weights& weights, Backend& backend) {
  return std::make_unique<QwenVision>(config, weights, backend);
}

}  // namespace

void refuse_sliding_window(const JsonObject& text, std::size_t layers, std::int64_t first) {
  if (text.boolean("use_sliding_window").value_or(false) &&
      text.integer("max_window_layers").value_or(first) < static_cast<std::int64_t>(layers))
    text.refuse("use_sliding_window", "attention within a sliding window is not supported");
}

VisionConfig read_qwen_tower(const JsonObject& in, const char* width, std::size_t default_width) {
  constexpr std::size_t kMaxWidth = 1 << 20, kMaxLayers = 4096, kMaxHeads = 1 << 16, kMostMerged = 64;
  refuse_quantized(in);
  VisionConfig out;
  out.hidden = in.size(width, kMaxWidth).value_or(default_width);
  out.layers = in.size("depth", kMaxLayers).value_or(32);
  out.heads = in.size("num_heads", kMaxHeads).value_or(16);
  if (out.hidden % out.heads != 0 || out.hidden / out.heads % 4 != 0)
    in.refuse(width, fmt::format("expected {} heads (num_heads) of a multiple of 4, found {}", out.heads, out.hidden));
  for (const char* key : {"in_channels", "in_chans"})
    if (const nlohmann::json* channels = in.find(key);
        channels != nullptr && in.as_size(*channels, key, kMaxWidth) != 3)
      in.wrong(key, "3: frames are RGB", *channels);
  out.patch_size = square_side(in, "patch_size", 14);
  out.merge = in.size("spatial_merge_size", kMostMerged).value_or(2);
  out.frames_a_patch = square_side(in, "temporal_patch_size", 2);
  if (out.frames_a_patch != 2) in.wrong("temporal_patch_size", "2", *in.find("temporal_patch_size"));
  out.image_height = out.image_width = out.token_side();
  out.norm_eps = 1e-6f;
  out.has_cls = false;
  if (const std::optional<JsonObject> rope = in.object("rope_parameters"))
    out.theta = rope->positive_number("rope_theta").value_or(out.theta);
  return out;
}

ModelConfig read_qwen(const JsonObject& top, const JsonObject& generation,
                      VisionConfig (*read_tower)(const JsonObject& vision, std::size_t text_hidden)) {
  refuse_quantized(top);
  // Older files have the text's keys at the top level.
  const JsonObject text = top.object("text_config").value_or(top);
  const nlohmann::json nothing = nlohmann::json::object();
  ModelConfig out;
  out.text = read_decoder(text, qwen_text());
  refuse_sliding_window(text, out.text.layers, 80);
  out.text.tied_embeddings = out.text.tied_embeddings || top.boolean("tie_word_embeddings").value_or(false);
  out.vision = read_tower(top.object("vision_config").value_or(JsonObject(nothing, top.where(), "vision_config.")),
                          out.text.hidden);

  const TokenPlaces places{&generation, &text, &top};
  out.bos = special_token(places, "bos_token_id").value_or(151643);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places, 151645);
  out.image_token = placeholder_token(top, "image_token_id", "image_token_index", 151655);
  out.video_token = placeholder_token(top, "video_token_id", "video_token_index", 151656);
  if (out.image_token == out.video_token)
    top.refuse("video_token_id", fmt::format("expected another id than image_token_id, found {}", out.video_token));
  out.feature_layers = {out.vision.layers};
  out.image.cls = out.video.cls = false;
  return out;
}

Family qwen_family() {
  // Frames, and pixels where a checkpoint does not say them, as Qwen's own qwen_vl_utils and its image processor do.
  static const PreprocessConfig pixels{.center_crop = false,
                                       .min_pixels = 56 * 56,
                                       .max_pixels = 28 * 28 * 1280,
                                       .frames_per_second = 2,
                                       .min_frames = 4,
                                       .max_frames = 768};
  return {.model_type = {},
          .models = {},
          .names = kQwenNames,
          .image_tower = kQwenTower,
          .video_tower = kQwenTower,
          .newline = {},
          .pixels = pixels,
          .chat = {.system_before = "<|im_start|>system\n",
                   .system_after = "<|im_end|>\n",
                   .default_system = "You are a helpful assistant.",
                   .question_before = "<|im_start|>user\n",
                   .media_before = "<|vision_start|>",
                   .media_after = "<|vision_end|>",
                   .question_after = "<|im_end|>\n<|im_start|>assistant\n",
                   .answer_before = {},
                   .answer_after = "<|im_end|>\n",
                   .image = "<|image_pad|>",
                   .video = "<|video_pad|>"},
          .templates = kQwenVlTemplates,
          .read = nullptr,
          .look_at = look_at_qwen,
          .lay_out = lay_out_qwen,
          .vision = qwen_vision,
          .places = places_of_qwen,
          .frames = frames_of_qwen};
}

}  // namespace sparsight
