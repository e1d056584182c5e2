#include "core/model/families/llava_next_video.h"

#include "core/base/json.h"
#include "core/media/resize.h"
#include "core/model/any_resolution.h"
#include "core/model/clip_vision.h"
#include "core/model/config_reading.h"
#include "core/model/families/known_templates.h"
#include "core/model/preprocess.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

namespace sparsight {
namespace {

constexpr std::string_view kNextTower = "model.vision_tower.", kNextNewline = "model.image_newline";
constexpr std::size_t kMostTiles = 1024;

constexpr std::array kLlavaNextNames{
    Rename{"language_model.lm_head.", "lm_head."},    Rename{"lm_head.", "lm_head."},
    Rename{"language_model.model.", kDecoder},        Rename{"language_model.", kDecoder},
    Rename{"vision_tower.vision_model.", kNextTower}, Rename{"vision_tower.", kNextTower},
    Rename{"multi_modal_projector.", kProjector},     Rename{"image_newline", kNextNewline},
};

PictureSize tile_size(const ModelConfig& config) { return {config.vision.image_width, config.vision.image_height}; }

// ---- config.json

Pinpoints read_pinpoints(const JsonObject& top, const PictureSize& tile) {
  constexpr const char* kKey = "image_grid_pinpoints";
  Pinpoints out = grid_pinpoints(top, kKey);
  if (out.empty()) out = {{336, 672}, {672, 336}, {672, 672}, {1008, 336}, {336, 1008}};
  for (const auto& [height, width] : out)
    if (height % tile.height != 0 || width % tile.width != 0 ||
        height / tile.height * (width / tile.width) > kMostTiles)
      top.refuse(kKey, fmt::format("expected multiples of the tower's image_size, {}, of at most {} tiles, found "
                                   "[{}, {}]",
                                   tile.height, kMostTiles, height, width));
  return out;
}

ModelConfig read_llava_next_video(const JsonObject& top, const JsonObject& generation) {
  ModelConfig out = read_llava_relative(top, generation, {.image_token = 32001, .video_token = 32000});
  if (selects_cls(top))
    top.refuse("vision_feature_select_strategy", "only default is supported: tiles and averaged patches have no CLS");
  if (const std::optional<std::string> mode = top.string("spatial_pool_mode"); mode && *mode != "average")
    top.wrong("spatial_pool_mode", "average", *top.find("spatial_pool_mode"));
  out.image = {.newlines = true};
  out.video = {.pool = top.size("spatial_pool_stride", out.vision.rows()).value_or(2)};
  out.pinpoints = read_pinpoints(top, tile_size(out));
  return out;
}

// ---- Pixels

RgbImage part_of_picture(const RgbImage& from, std::size_t left, std::size_t top, const PictureSize& size) {
  RgbImage out{.width = static_cast<int>(size.width), .height = static_cast<int>(size.height), .pixels = {}};
  const std::size_t row = size.width * 3, from_row = static_cast<std::size_t>(from.width) * 3;
  out.pixels.resize(row * size.height);
  for (std::size_t y = 0; y < size.height; ++y)
    std::memcpy(out.pixels.data() + y * row, from.pixels.data() + (top + y) * from_row + left * 3, row);
  return out;
}

// The picture in the middle of a black one of size `target`.
RgbImage padded(const RgbImage& picture, const PictureSize& target, const PictureSize& before) {
  RgbImage out{.width = static_cast<int>(target.width), .height = static_cast<int>(target.height), .pixels = {}};
  const std::size_t row = target.width * 3, from_row = static_cast<std::size_t>(picture.width) * 3;
  out.pixels.assign(row * target.height, 0);
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y)
    std::memcpy(out.pixels.data() + (before.height + y) * row + before.width * 3, picture.pixels.data() + y * from_row,
                from_row);
  return out;
}

// The whole picture squeezed into one view, then its tiles from left to right and top to bottom.
ViewPixels look_at_picture(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config) {
  const PictureSize size{static_cast<std::size_t>(picture.width), static_cast<std::size_t>(picture.height)};
  const PictureSize tile{how.crop_width, how.crop_height};
  const PictureSize target = best_resolution(size, how.pinpoints.empty() ? config.pinpoints : how.pinpoints);
  const std::size_t rows = target.height / tile.height, columns = target.width / tile.width;
  if (target.width % tile.width != 0 || target.height % tile.height != 0 || rows * columns > kMostTiles)
    fail(ErrorKind::Model, "image_grid_pinpoints: expected multiples of crop_size, {} x {}, found {} x {}", tile.height,
         tile.width, target.height, target.width);
  const std::size_t edge = how.shortest_edge;
  const PictureSize squeezed = edge != 0 ? PictureSize{edge, edge} : PictureSize{how.width, how.height};
  if (squeezed.width == 0 || squeezed.height == 0)
    fail(ErrorKind::Model, "size: expected shortest_edge, or height and width, found neither");
  const auto resized = [&](const PictureSize& to) {
    return resize(picture, static_cast<int>(to.width), static_cast<int>(to.height), how.filter);
  };
  const PictureSize fitted = fitted_size(size, target);
  const RgbImage whole = padded(resized(fitted), target, padding_before(fitted, target));

  const HostTensor base = preprocess(resized(squeezed), how);
  const Shape one = base.shape();
  const std::size_t count = one.elements();
  ViewPixels out{.values = HostTensor(Shape{1 + rows * columns, one[0], one[1], one[2]}),
                 .tile_rows = rows,
                 .tile_columns = columns,
                 .window = {}};
  std::copy_n(base.f32(), count, out.values.f32());
  for (std::size_t i = 0; i < rows * columns; ++i) {
    const RgbImage cut = part_of_picture(whole, i % columns * tile.width, i / columns * tile.height, tile);
    const HostTensor pixels = preprocess(cut, how);
    if (!(pixels.shape() == one))
      fail(ErrorKind::Model, "preprocessing: expected tiles of {}, as the whole picture, found {}", one.str(),
           pixels.shape().str());
    std::copy_n(pixels.f32(), count, out.values.f32() + (1 + i) * count);
  }
  const VisionConfig& tower = config.vision;
  out.window = grid_window(static_cast<int>(squeezed.width), static_cast<int>(squeezed.height), how,
                           tower.columns() * tower.patch_size, tower.rows() * tower.patch_size)
                   .scaled(static_cast<double>(size.width) / static_cast<double>(squeezed.width),
                           static_cast<double>(size.height) / static_cast<double>(squeezed.height));
  return out;
}

ViewPixels look_at_next(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config,
                        MediaKind media) {
  if (media == MediaKind::Image) return look_at_picture(picture, how, config);
  return look_at_whole(picture, how, config.tower(media));
}

// ---- Tokens

// A picture's tiles, put together as one grid of patches.
struct TileGrid {
  std::size_t tile_rows = 0, tile_columns = 0;
  KeptPatches kept;
  FramePart part;
};

// A picture of unknown size is taken for one that fills the largest grid.
TileGrid tile_grid(const ModelConfig& config, const Medium& medium) {
  const VisionConfig& tower = config.vision;
  const PictureSize tile = tile_size(config);
  PictureSize size{medium.width, medium.height};
  if (size.width == 0 || size.height == 0) {
    const auto [height, width] =
        *std::ranges::max_element(config.pinpoints, {}, [](const auto& p) { return p.first * p.second; });
    size = {width, height};
  }
  TileGrid out{.tile_rows = medium.tile_rows, .tile_columns = medium.tile_columns, .kept = {}, .part = {}};
  if (out.tile_rows == 0) {
    const PictureSize best = best_resolution(size, config.pinpoints);
    out.tile_rows = best.height / tile.height;
    out.tile_columns = best.width / tile.width;
  }
  const PictureSize target{out.tile_columns * tile.width, out.tile_rows * tile.height};
  out.kept = unpadded(size, out.tile_columns * tower.columns(), out.tile_rows * tower.rows());

  // From patches of the grid to fractions of what the whole picture's own grid covers.
  const PictureSize fitted = fitted_size(size, target), before = padding_before(fitted, target);
  const auto axis = [&](std::size_t first, std::size_t count, std::size_t pad, std::size_t of, std::size_t side,
                        std::size_t patches) {
    const double patch = static_cast<double>(side) / static_cast<double>(patches);
    const double covered = static_cast<double>(patches * tower.patch_size) / static_cast<double>(side);
    const double scale = 1 / (static_cast<double>(of) * covered);
    return std::pair((static_cast<double>(first) * patch - static_cast<double>(pad)) * scale,
                     static_cast<double>(count) * patch * scale);
  };
  std::tie(out.part.left, out.part.width) =
      axis(out.kept.first_column, out.kept.columns, before.width, fitted.width, tile.width, tower.columns());
  std::tie(out.part.top, out.part.height) =
      axis(out.kept.first_row, out.kept.rows, before.height, fitted.height, tile.height, tower.rows());
  return out;
}

VisualLayout lay_out_next(const ModelConfig& config, const Medium& medium) {
  if (medium.kind != MediaKind::Image) return frame_by_frame_layout(config, medium);
  const TileGrid tiles = tile_grid(config, medium);
  std::vector<VisualBlock> blocks{{.rows = config.vision.rows(), .columns = config.vision.columns()}};
  if (tiles.kept.columns == 0)
    blocks.front().after = tiles.kept.rows;  // newlines of empty rows
  else if (tiles.kept.rows != 0)
    blocks.push_back({.rows = tiles.kept.rows, .columns = tiles.kept.columns, .after_row = 1, .part = tiles.part});
  return VisualLayout(std::move(blocks));
}

class NextVision : public ClipVision {
 public:
  using ClipVision::ClipVision;

 protected:
  [[nodiscard]] std::size_t tower_row(const TokenPlace& place, const Medium& medium) const override {
    if (medium.kind != MediaKind::Image || place.block == 0) return ClipVision::tower_row(place, medium);
    const TileGrid tiles = tile_grid(config(), medium);
    const VisionConfig& tower = config().vision;
    const std::size_t row = tiles.kept.first_row + place.row, column = tiles.kept.first_column + place.column;
    const std::size_t tile = row / tower.rows() * tiles.tile_columns + column / tower.columns();
    return tower.patch_row(1 + tile, row % tower.rows() * tower.columns() + column % tower.columns());
  }
};

}  // namespace

const Family& llava_next_video() {
  static const Family family{.model_type = "llava_next_video",
                             .title = "LLaVA-NeXT-Video",
                             .models = "models of the class LlavaNextVideoForConditionalGeneration",
                             .names = kLlavaNextNames,
                             .image_tower = kNextTower,
                             .video_tower = kNextTower,
                             .newline = kNextNewline,
                             .chat = {.system_before = "",
                                      .system_after = " ",
                                      .question_before = "USER: ",
                                      .media_after = "\n",
                                      .question_after = " ASSISTANT:",
                                      .answer_before = " ",
                                      .answer_after = " ",
                                      .image = "<image>",
                                      .video = "<video>"},
                             .templates = kVicunaTemplates,
                             .read = read_llava_next_video,
                             .look_at = look_at_next,
                             .lay_out = lay_out_next,
                             .vision = [](const ModelConfig& config, const Weights& weights,
                                          Backend& backend) -> std::unique_ptr<VisionModel> {
                               return std::make_unique<NextVision>(config, weights, backend);
                             }};
  return family;
}

}  // namespace sparsight
