// Reads preprocessor_config.json and the newer files with the same content.
#include "core/base/json.h"
#include "core/model/config.h"

#include <tuple>
#include <utility>

namespace sparsight {
namespace {

constexpr std::size_t kMaxFrameSide = 1 << 14;
constexpr std::size_t kChannels = 3;
constexpr std::size_t kDefaultSide = 224;

std::size_t required_side(const JsonObject& in, const char* key) {
  const std::optional<std::size_t> side = in.size(key, kMaxFrameSide);
  if (!side) in.refuse(key, "expected a positive integer, the key is missing");
  return *side;
}

// {"height", "width"}, a list of both, or one number for a square.
std::pair<std::size_t, std::size_t> height_width(const JsonObject& in, const char* key, const nlohmann::json& value) {
  if (value.is_object()) {
    const JsonObject size = *in.object(key);
    return {required_side(size, "height"), required_side(size, "width")};
  }
  if (value.is_array()) {
    if (value.size() != 2) in.wrong(key, "height and width", value);
    return {in.as_size(value[0], key, kMaxFrameSide), in.as_size(value[1], key, kMaxFrameSide)};
  }
  const std::size_t side = in.as_size(value, key, kMaxFrameSide);
  return {side, side};
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
  out.resize = in.boolean("do_resize").value_or(true);
  out.shortest_edge = kDefaultSide;
  if (const nlohmann::json* size = in.find("size")) {
    const std::optional<JsonObject> object = size->is_object() ? in.object("size") : std::nullopt;
    if (object && object->find("shortest_edge") != nullptr) {
      out.shortest_edge = required_side(*object, "shortest_edge");
    } else if (size->is_number()) {
      out.shortest_edge = in.as_size(*size, "size", kMaxFrameSide);
    } else {
      out.shortest_edge = 0;
      std::tie(out.height, out.width) = height_width(in, "size", *size);
    }
  }
  out.center_crop = in.boolean("do_center_crop").value_or(true);
  if (const nlohmann::json* crop = in.find("crop_size"))
    std::tie(out.crop_height, out.crop_width) = height_width(in, "crop_size", *crop);
  out.rescale = in.boolean("do_rescale").value_or(true);
  out.rescale_factor = in.number("rescale_factor").value_or(out.rescale_factor);
  out.normalize = in.boolean("do_normalize").value_or(true);
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

void expect_fit(const PreprocessConfig& config, const std::filesystem::path& path, const VisionConfig& vision) {
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

PreprocessConfig read_preprocess_config(const std::filesystem::path& dir, const VisionConfig& vision, MediaKind media,
                                        const PreprocessConfig& defaults) {
  const bool video = media == MediaKind::Video;
  if (const std::filesystem::path path = dir / "processor_config.json";
      const std::optional<std::string> text = read_json_file(path)) {
    const nlohmann::json document = parse_json(*text, path.string());
    const JsonObject top(document, path.string());
    if (const std::optional<JsonObject> nested = top.object(video ? "video_processor" : "image_processor")) {
      const PreprocessConfig config = parse(*nested, defaults);
      expect_fit(config, path, vision);
      return config;
    }
  }
  for (const char* name : {"video_preprocessor_config.json", "preprocessor_config.json"}) {
    if (!video && std::string_view(name).starts_with("video")) continue;
    const std::filesystem::path path = dir / name;
    if (const std::optional<std::string> text = read_json_file(path)) {
      const PreprocessConfig config = parse_preprocess_config(*text, path.string(), defaults);
      expect_fit(config, path, vision);
      return config;
    }
  }
  PreprocessConfig config = defaults;
  config.crop_height = vision.image_height;
  config.crop_width = vision.image_width;
  config.shortest_edge = std::max(vision.image_height, vision.image_width);
  return config;
}

}  // namespace sparsight
