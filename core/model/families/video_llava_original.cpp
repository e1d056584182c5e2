#include "core/model/families/video_llava_original.h"

#include "core/base/json.h"
#include "core/model/config_reading.h"
#include "core/model/families/original_pixels.h"
#include "core/model/prompt.h"
#include "core/model/weights.h"

#include <array>
#include <charconv>
#include <cmath>

namespace sparsight {
namespace {

constexpr std::string_view kOriginalImage = "model.image_tower.", kOriginalVideo = "model.video_tower.";
constexpr const char* kFeatureLayer = "mm_vision_select_layer";
constexpr const char* kTowerWidth = "mm_hidden_size";
constexpr std::size_t kTowerHead = 64;  // width of a tower's head
constexpr std::size_t kMostTowerLayers = 4096, kWidest = 1 << 20, kLargestSide = 1 << 14;

constexpr std::array kOriginalNames{
    Rename{"video_tower.video_tower.", kOriginalVideo},
    Rename{"video_tower.", kOriginalVideo},
    Rename{"image_tower.image_tower.", kOriginalImage},
    Rename{"image_tower.", kOriginalImage},
    Rename{"mm_projector.0.", kProjector, "linear_1."},
    Rename{"mm_projector.2.", kProjector, "linear_2."},
    Rename{"multi_modal_projector.", kProjector},
    Rename{"language_model.", kDecoder},
    Rename{"embed_tokens.", kDecoder, "embed_tokens."},
    Rename{"layers.", kDecoder, "layers."},
    Rename{"norm.", kDecoder, "norm."},
};

constexpr std::array kOriginalNotes{
    note("The published code mirrors every second video at random, even when it answers. Sparsight mirrors none, so "
         "that a question has the same answer each time."),
    note(
        "The folder of the model does not say how its towers compute: Sparsight assumes LanguageBind's settings, heads "
        "of 64 and gelu.")};

// LanguageBind's towers, ViT-L/14, of another width if config.json says so.
VisionConfig language_bind_tower(const JsonObject& top) {
  VisionConfig out;
  out.hidden = top.size(kTowerWidth, kWidest).value_or(1024);
  if (out.hidden % kTowerHead != 0)
    top.refuse(kTowerWidth,
               fmt::format("expected a multiple of {}, the width of a head, found {}", kTowerHead, out.hidden));
  out.intermediate = 4 * out.hidden;
  out.layers = 24;
  out.heads = out.hidden / kTowerHead;
  out.image_height = out.image_width = 224;
  out.patch_size = 14;
  out.activation = Activation::Gelu;
  return out;
}

void refuse_other_forms(const JsonObject& top) {
  if (const auto type = top.string("mm_projector_type"); type && *type != "mlp2x_gelu")
    top.wrong("mm_projector_type", "mlp2x_gelu, the only projector supported", *top.find("mm_projector_type"));
  if (top.boolean("mm_use_im_start_end").value_or(false))
    top.refuse("mm_use_im_start_end", "expected false: tokens around a picture are not supported");
}

// Whether a picture's CLS becomes a token; a video's always does.
bool keeps_cls(const JsonObject& top) {
  constexpr const char* kKey = "mm_vision_select_feature";
  const std::string kept = top.string(kKey).value_or("patch");
  if (kept != "patch" && kept != "cls_patch") top.wrong(kKey, "patch or cls_patch", *top.find(kKey));
  return kept == "cls_patch";
}

ModelConfig read_original(const JsonObject& top, const JsonObject& generation) {
  refuse_quantized(top);
  refuse_other_forms(top);
  ModelConfig out;
  out.text = read_flat_llama(top);
  out.vision = language_bind_tower(top);
  out.video_vision = out.vision;
  out.video_vision->frames_together = 8;
  out.square_images = top.string("image_aspect_ratio") == "pad";

  const TokenPlaces places{&generation, &top};
  out.bos = special_token(places, "bos_token_id").value_or(1);
  out.pad = special_token(places, "pad_token_id");
  out.eos = end_tokens(places);
  out.image_token = out.video_token = kNoPlaceholderToken;
  out.feature_layers = feature_layers(top, out.vision, kFeatureLayer);
  out.image.cls = keeps_cls(top);
  return out;
}

// The tensor's shape. Error{Model} if it is missing, or has another number of sides than `like`, or an empty one.
Shape shape_like(const Weights& weights, const std::string& name, const Shape& like) {
  const std::optional<Shape> found = weights.shape_of(name);
  if (found && found->rank() == like.rank() && found->elements() > 0) return *found;
  static_cast<void>(weights.get(name, like));  // says what is wrong
  return like;
}

// Layers of a tower: one more than the largest number in the names of its tensors.
std::size_t layers_of(const Weights& weights, const std::string& prefix) {
  std::size_t out = 0;
  const std::string layers = prefix + "encoder.layers.";
  for (const std::string& name : weights.names()) {
    const std::string known = canonical_name(name, kOriginalNames);
    std::size_t layer = 0;
    if (!known.starts_with(layers)) continue;
    const char* digits = known.data() + layers.size();
    if (std::from_chars(digits, known.data() + known.size(), layer).ec != std::errc{} || layer >= kMostTowerLayers)
      fail(ErrorKind::Model, "{}: expected the number of a layer below {}", shown(name), kMostTowerLayers);
    out = std::max(out, layer + 1);
  }
  return std::max<std::size_t>(out, 1);  // without any, the first one is missing
}

bool attends_over_time(const Weights& weights, const std::string& prefix) {
  for (const std::string& name : weights.names()) {
    const std::string known = canonical_name(name, kOriginalNames);
    if (known.starts_with(prefix) && known.find(".temporal_") != std::string::npos) return true;
  }
  return false;
}

// Sides of a tensor that are used before anything is multiplied.
std::size_t at_most(std::size_t side, std::size_t most, const std::string& name) {
  if (side > most) fail(ErrorKind::Model, "{}: expected sides of at most {}, found {}", name, most, side);
  return side;
}

VisionConfig tower_of_tensors(const Weights& weights, std::string_view tower, const VisionConfig& assumed) {
  const std::string prefix(tower), embeddings = prefix + "embeddings.", layer = prefix + "encoder.layers.0.";
  VisionConfig out = assumed;
  const std::string cls = embeddings + "class_embedding", patch = embeddings + "patch_embedding.weight",
                    positions = embeddings + "position_embedding.weight", wide = layer + "mlp.fc1.bias",
                    time = layer + "temporal_embedding";
  out.hidden = at_most(shape_like(weights, cls, Shape{assumed.hidden})[0], kWidest, cls);
  if (out.hidden % kTowerHead != 0)
    fail(ErrorKind::Model, "{}: expected a multiple of {}, the width of a head, found {}", cls, kTowerHead, out.hidden);
  out.heads = out.hidden / kTowerHead;
  out.layers = layers_of(weights, prefix);
  out.intermediate = at_most(shape_like(weights, wide, Shape{assumed.intermediate})[0], kWidest, wide);
  const std::size_t assumed_patch = assumed.patch_size;
  out.patch_size = at_most(shape_like(weights, patch, Shape{out.hidden, out.channels, assumed_patch, assumed_patch})[2],
                           kLargestSide, patch);
  static_cast<void>(weights.get(patch, Shape{out.hidden, out.channels, out.patch_size, out.patch_size}));
  const std::size_t rows =
      at_most(shape_like(weights, positions, Shape{assumed.tokens(), out.hidden})[0], kWidest, positions);
  static_cast<void>(weights.get(positions, Shape{rows, out.hidden}));
  const auto side = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(rows - 1))));
  if (side == 0 || side * side + 1 != rows)
    fail(ErrorKind::Model, "{}: expected one row for CLS and those of a square of patches, found {}", positions, rows);
  out.image_height = out.image_width = at_most(side * out.patch_size, kLargestSide, positions);
  out.frames_together = 0;
  if (attends_over_time(weights, prefix))
    out.frames_together = at_most(shape_like(weights, time, Shape{1, 8, out.hidden})[1], kLargestSide, time);
  return out;
}

void complete_original(const JsonObject& top, const Weights& weights, ModelConfig& out) {
  out.vision = tower_of_tensors(weights, kOriginalImage, out.vision);
  out.video_vision = tower_of_tensors(weights, kOriginalVideo, out.vision);
  if (out.vision.hidden != out.video_vision->hidden || out.vision.layers != out.video_vision->layers)
    fail(ErrorKind::Model, "the image tower has {} layers of {}, the video tower {} of {}: expected the same",
         out.vision.layers, out.vision.hidden, out.video_vision->layers, out.video_vision->hidden);
  if (const auto width = top.size(kTowerWidth, kWidest); width && *width != out.vision.hidden)
    top.refuse(kTowerWidth,
               fmt::format("expected {}, the width of the towers' tensors, found {}", out.vision.hidden, *width));
  out.feature_layers = feature_layers(top, out.vision, kFeatureLayer);
}

}  // namespace

const Family& video_llava_original() {
  static const Family family{
      .model_type = "llava",
      .mark = "mm_video_tower",
      .title = "Video-LLaVA (original)",
      .models = "the original Video-LLaVA",
      .names = kOriginalNames,
      .image_tower = kOriginalImage,
      .video_tower = kOriginalVideo,
      .newline = {},
      .pixels_in_code = true,
      .chat = {.system_before = "",
               .system_after = " ",
               .default_system = "A chat between a curious human and an artificial intelligence assistant. The "
                                 "assistant gives helpful, detailed, and polite answers to the human's questions.",
               .question_before = "USER: ",
               .media_after = "\n",
               .question_after = " ASSISTANT:",
               .answer_before = " ",
               .answer_after = "</s>",
               .image = "<image>",
               .video = "<image>",
               .no_placeholder_token = true},
      .read = read_original,
      .complete = complete_original,
      .notes = kOriginalNotes,
      .look_at = original_pixels};
  return family;
}

}  // namespace sparsight
