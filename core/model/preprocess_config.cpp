// Reads preprocessor_config.json and the newer files with the same content.
#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/model/config.h"
#include "core/model/config_reading.h"
#include "core/model/families/family.h"
#include "core/model/gguf_model.h"
#include "core/model/model_folder.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <tuple>
#include <utility>

namespace sparsight {
namespace {

constexpr std::size_t kMaxFrameSide = 1 << 14;
constexpr std::size_t kMaxFramePixels = kMaxFrameSide * kMaxFrameSide;
constexpr std::size_t kMaxSampledFrames = 1 << 16;
constexpr std::size_t kChannels = 3;
constexpr std::size_t kDefaultSide = 224;

std::size_t required_side(const JsonObject& in, const char* key) {
  const std::optional<std::size_t> side = in.size(key, kMaxFrameSide);
  if (!side) in.refuse(key, "expected a positive integer, the key is missing");
  return *side;
}

// {"height", "width"}, {"shortest_edge"} or one number for a square, or a list of height and width.
std::pair<std::size_t, std::size_t> height_width(const JsonObject& in, const char* key, const nlohmann::json& value) {
  if (value.is_object()) {
    const JsonObject size = *in.object(key);
    if (const std::optional<std::size_t> side = size.size("shortest_edge", kMaxFrameSide)) return {*side, *side};
    return {required_side(size, "height"), required_side(size, "width")};
  }
  if (value.is_array()) {
    if (value.size() != 2) in.wrong(key, "height and width", value);
    return {in.as_size(value[0], key, kMaxFrameSide), in.as_size(value[1], key, kMaxFrameSide)};
  }
  const std::size_t side = in.as_size(value, key, kMaxFrameSide);
  return {side, side};
}

// In families that limit the pixels of a frame, the edges in `size` are numbers of pixels.
void read_size(const JsonObject& in, const char* key, PreprocessConfig& out) {
  const nlohmann::json* value = in.find(key);
  if (value == nullptr) return;
  const std::optional<JsonObject> size = value->is_object() ? in.object(key) : std::nullopt;
  const auto either = [&](const char* one, const char* other, std::size_t max) {
    const std::optional<std::size_t> found = size->size(one, max);
    return found ? found : size->size(other, max);
  };
  if (size && (out.max_pixels != 0 || size->find("max_pixels") != nullptr)) {
    out.min_pixels = either("min_pixels", "shortest_edge", kMaxFramePixels).value_or(out.min_pixels);
    out.max_pixels = either("max_pixels", "longest_edge", kMaxFramePixels).value_or(out.max_pixels);
    return;
  }
  out.shortest_edge = out.longest_edge = out.height = out.width = 0;
  if (size && (size->find("shortest_edge") != nullptr || size->find("longest_edge") != nullptr)) {
    out.shortest_edge = size->size("shortest_edge", kMaxFrameSide).value_or(0);
    out.longest_edge = size->size("longest_edge", kMaxFrameSide).value_or(0);
  } else if (value->is_number()) {
    out.shortest_edge = in.as_size(*value, key, kMaxFrameSide);
  } else {
    std::tie(out.height, out.width) = height_width(in, key, *value);
  }
}

// Keys that only some families have. What `video_sampling` says has priority, as in SmolVLM's processor.
void read_sampling(const JsonObject& in, PreprocessConfig& out) {
  out.frames_per_second = in.positive_number("fps").value_or(out.frames_per_second);
  out.min_frames = in.size("min_frames", kMaxSampledFrames).value_or(out.min_frames);
  for (const char* key : {"num_frames", "max_frames"})
    out.max_frames = in.size(key, kMaxSampledFrames).value_or(out.max_frames);
  const std::optional<JsonObject> sampling = in.object("video_sampling");
  if (!sampling) return;
  out.frames_per_second = sampling->positive_number("fps").value_or(out.frames_per_second);
  out.max_frames = sampling->size("max_frames", kMaxSampledFrames).value_or(out.max_frames);
  if (in.find("size") == nullptr) read_size(*sampling, "video_size", out);
}

// One value per channel, or one for all.
std::vector<float> per_channel(const JsonObject& in, const char* key, std::vector<float> fallback) {
  const nlohmann::json* v = in.find(key);
  if (v == nullptr) return fallback;
  if (v->is_number()) return std::vector<float>(kChannels, static_cast<float>(in.as_number(*v, key)));
  if (!v->is_array() || v->size() != kChannels) in.wrong(key, "three numbers", *v);
  std::vector<float> out;
  for (const nlohmann::json& value : *v) out.push_back(static_cast<float>(in.as_number(value, key)));
  return out;
}

PreprocessConfig parse(const JsonObject& in, const PreprocessConfig& defaults) {
  PreprocessConfig out = defaults;
  out.resize = in.boolean("do_resize").value_or(out.resize);
  if (out.height + out.width + out.longest_edge + out.max_pixels == 0 && out.shortest_edge == 0)
    out.shortest_edge = kDefaultSide;
  read_size(in, "size", out);
  out.min_pixels = in.size("min_pixels", kMaxFramePixels).value_or(out.min_pixels);
  out.max_pixels = in.size("max_pixels", kMaxFramePixels).value_or(out.max_pixels);
  if (const std::optional<JsonObject> tile = in.object("max_image_size"))
    out.tile = required_side(*tile, "longest_edge");
  out.split = in.boolean("do_image_splitting").value_or(out.split);
  if (Pinpoints found = grid_pinpoints(in, "image_grid_pinpoints"); !found.empty()) out.pinpoints = std::move(found);
  read_sampling(in, out);
  if (in.boolean("cap_pixels_per_frame").value_or(false))
    out.video_tokens = in.size("max_video_tokens", kMaxFramePixels).value_or(128000);
  out.center_crop = in.boolean("do_center_crop").value_or(out.center_crop);
  if (const nlohmann::json* crop = in.find("crop_size"))
    std::tie(out.crop_height, out.crop_width) = height_width(in, "crop_size", *crop);
  out.rescale = in.boolean("do_rescale").value_or(out.rescale);
  out.rescale_factor = in.number("rescale_factor").value_or(out.rescale_factor);
  out.normalize = in.boolean("do_normalize").value_or(out.normalize);
  out.mean = per_channel(in, "image_mean", out.mean);
  out.std = per_channel(in, "image_std", out.std);
  for (const float s : out.std)
    if (!(s > 0)) in.wrong("image_std", "positive numbers", *in.find("image_std"));
  if (const nlohmann::json* filter = in.find("resample")) {
    const std::int64_t number = in.as_integer(*filter, "resample");
    // PIL's order: Nearest 0, Lanczos 1, Bilinear 2, Bicubic 3, Box 4, Hamming 5.
    if (number < 0 || number > static_cast<std::int64_t>(ResizeFilter::Hamming))
      in.wrong("resample", "one of PIL's filters, 0 .. 5", *filter);
    out.filter = static_cast<ResizeFilter>(number);
  }
  return out;
}

void expect_side(const std::filesystem::path& path, const char* what, std::size_t height, std::size_t width,
                 const VisionConfig& vision) {
  if (height != vision.image_height || width != vision.image_width)
    fail(ErrorKind::Model, "{}: {}: expected {} x {}, the tower's image_size, found {} x {}", path.string(), what,
         vision.image_height, vision.image_width, height, width);
}

// What preprocess() makes must fit the tower; families that look at pictures in another way check it themselves.
void expect_fit(const PreprocessConfig& config, const std::filesystem::path& path, const ModelConfig& model,
                MediaKind media) {
  if (model.family->look_at != nullptr) return;
  const VisionConfig& vision = model.tower(media);
  if (config.resize && (config.longest_edge != 0 || config.max_pixels != 0))
    fail(ErrorKind::Model, "{}: size: expected height and width, or shortest_edge alone", path.string());
  if (config.center_crop)
    expect_side(path, "crop_size", config.crop_height, config.crop_width, vision);
  else if (config.resize && config.shortest_edge == 0)
    expect_side(path, "size", config.height, config.width, vision);
}

}  // namespace

PreprocessConfig parse_preprocess_config(std::string_view json, std::string_view where,
                                         const PreprocessConfig& defaults) {
  const nlohmann::json document = parse_json(json, where);
  return parse(JsonObject(document, where), defaults);
}

PreprocessConfig read_preprocess_config(const std::filesystem::path& dir, const ModelConfig& model, MediaKind media) {
  PreprocessConfig defaults = model.family->pixels;
  if (!model.family->sees()) return defaults;
  if (const auto gguf = tower_gguf(dir)) {
    const MappedFile file = MappedFile::open(*gguf);
    const GgufTower tower = read_gguf_tower(parse_gguf(file.bytes(), gguf->string()));
    if (!tower.mean.empty()) defaults.mean = tower.mean;
    if (!tower.std.empty()) defaults.std = tower.std;
    file.check();
  }
  const bool video = media == MediaKind::Video;
  if (const std::filesystem::path path = dir / "processor_config.json";
      const std::optional<std::string> text = read_json_file(path)) {
    const nlohmann::json document = parse_json(*text, path.string());
    const JsonObject top(document, path.string());
    if (const std::optional<JsonObject> nested = top.object(video ? "video_processor" : "image_processor")) {
      const PreprocessConfig config = parse(*nested, defaults);
      expect_fit(config, path, model, media);
      return config;
    }
  }
  for (const char* name : {"video_preprocessor_config.json", "preprocessor_config.json"}) {
    if (!video && std::string_view(name).starts_with("video")) continue;
    const std::filesystem::path path = dir / name;
    if (const std::optional<std::string> text = read_json_file(path)) {
      const PreprocessConfig config = parse_preprocess_config(*text, path.string(), defaults);
      expect_fit(config, path, model, media);
      return config;
    }
  }
  PreprocessConfig config = defaults;
  const VisionConfig& vision = model.tower(media);
  config.crop_height = vision.image_height;
  config.crop_width = vision.image_width;
  config.shortest_edge = std::max(vision.image_height, vision.image_width);
  return config;
}

bool has_preprocess_config(const std::filesystem::path& dir) {
  constexpr std::array kNames{"processor_config.json", "video_preprocessor_config.json", "preprocessor_config.json"};
  return std::ranges::any_of(kNames, [&](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(dir / name, ignored);
  });
}

}  // namespace sparsight
