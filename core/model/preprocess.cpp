#include "core/model/preprocess.h"

#include "core/media/resize.h"
#include "core/model/families/family.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace sparsight {
namespace {

constexpr int kPixelChannels = 3;

std::size_t bytes_of_row(const RgbImage& image) { return static_cast<std::size_t>(image.width) * kPixelChannels; }

void check_frame(const RgbImage& image) {
  SPARSIGHT_CHECK(image.width > 0 && image.height > 0);
  SPARSIGHT_CHECK(image.pixels.size() == bytes_of_row(image) * static_cast<std::size_t>(image.height));
}

struct Size {
  int width;
  int height;
};

// The long side is truncated, not rounded, as in transformers' get_resize_output_image_size.
Size resized_size(const Size& image, const PreprocessConfig& config) {
  if (!config.resize) return image;
  if (config.shortest_edge == 0) return {static_cast<int>(config.width), static_cast<int>(config.height)};
  const int edge = static_cast<int>(config.shortest_edge);
  const auto longer = [edge](int long_side, int short_side) {
    return static_cast<int>(static_cast<double>(edge) * long_side / short_side);
  };
  if (image.width <= image.height) return {edge, longer(image.height, image.width)};
  return {longer(image.width, image.height), edge};
}

// The crop on one axis: `count` pixels of the resized image from `begin` on, placed at `pad` of `size` pixels.
struct Crop {
  int size;
  int begin;
  int count;
  int pad;
};

Crop crop_axis(int resized, std::size_t wanted, bool center_crop) {
  const int size = center_crop ? static_cast<int>(wanted) : resized;
  if (size <= resized) return {size, (resized - size) / 2, size, 0};
  return {size, 0, resized, (size - resized + 1) / 2};
}

// The 256 levels of one channel as floats, with transformers' arithmetic: the product in double, rounded to float, then
// mean and deviation in float.
std::array<float, 256> level_table(const PreprocessConfig& config, std::size_t channel) {
  std::array<float, 256> table{};
  for (std::size_t level = 0; level < table.size(); ++level) {
    auto value = static_cast<float>(level);
    if (config.rescale) value = static_cast<float>(static_cast<double>(level) * config.rescale_factor);
    if (config.normalize) value = (value - config.mean[channel]) / config.std[channel];
    table[level] = value;
  }
  return table;
}

Shape pixel_shape(const RgbImage& image, const PreprocessConfig& config) {
  const Size size = resized_size({image.width, image.height}, config);
  const Crop x = crop_axis(size.width, config.crop_width, config.center_crop);
  const Crop y = crop_axis(size.height, config.crop_height, config.center_crop);
  return {kPixelChannels, static_cast<std::size_t>(y.size), static_cast<std::size_t>(x.size)};
}

void preprocess_into(const RgbImage& image, const PreprocessConfig& config, float* out) {
  check_frame(image);
  const Size size = resized_size({image.width, image.height}, config);
  const Crop x = crop_axis(size.width, config.crop_width, config.center_crop);
  const Crop y = crop_axis(size.height, config.crop_height, config.center_crop);
  const RgbImage window = resize_window(image, {image.width, size.width, x.begin, x.count},
                                        {image.height, size.height, y.begin, y.count}, config.filter);
  for (std::size_t c = 0; c < kPixelChannels; ++c) {
    const std::array<float, 256> table = level_table(config, c);
    const auto plane = static_cast<std::size_t>(x.size) * static_cast<std::size_t>(y.size);
    std::fill_n(out, plane, table[0]);  // padding is black, then normalised
    for (int row = 0; row < y.count; ++row) {
      const std::uint8_t* source = window.pixels.data() + static_cast<std::size_t>(row) * bytes_of_row(window) + c;
      float* target = out + static_cast<std::ptrdiff_t>(row + y.pad) * x.size + x.pad;
      for (int column = 0; column < x.count; ++column, source += kPixelChannels) *target++ = table[*source];
    }
    out += plane;
  }
}

void check_config(const PreprocessConfig& config) {
  constexpr std::size_t kMax = 16384;
  const auto sane = [](std::size_t side) { return side > 0 && side <= kMax; };
  bool ok = !config.center_crop || (sane(config.crop_height) && sane(config.crop_width));
  if (config.resize && config.shortest_edge > 0) ok = ok && sane(config.shortest_edge);
  if (config.resize && config.shortest_edge == 0) ok = ok && sane(config.height) && sane(config.width);
  if (config.normalize) ok = ok && config.mean.size() == kPixelChannels && config.std.size() == kPixelChannels;
  if (!ok) fail(ErrorKind::Model, "preprocessing: expected sizes of 1 to {} and 3 channels", kMax);
}

}  // namespace

HostTensor preprocess(const RgbImage& image, const PreprocessConfig& config) {
  check_config(config);
  check_frame(image);
  HostTensor result(pixel_shape(image, config));
  preprocess_into(image, config, result.f32());
  return result;
}

GridWindow grid_window(int width, int height, const PreprocessConfig& config, std::size_t across, std::size_t down) {
  check_config(config);
  SPARSIGHT_CHECK(width > 0 && height > 0);
  const Size size = resized_size({width, height}, config);
  const Crop x = crop_axis(size.width, config.crop_width, config.center_crop);
  const Crop y = crop_axis(size.height, config.crop_height, config.center_crop);
  const double wide = static_cast<double>(width) / size.width, high = static_cast<double>(height) / size.height;
  return {(x.begin - x.pad) * wide, (y.begin - y.pad) * high, static_cast<double>(across) * wide,
          static_cast<double>(down) * high};
}

ViewPixels look_at(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config, MediaKind media) {
  if (config.family->look_at != nullptr) return config.family->look_at(picture, how, config, media);
  return look_at_whole(picture, how, config.tower(media));
}

ViewPixels look_at_whole(const RgbImage& picture, const PreprocessConfig& how, const VisionConfig& tower) {
  ViewPixels out{.values = preprocess(picture, how), .window = {}};
  const Shape one = out.values.shape();
  out.values.reshape(Shape{1, one[0], one[1], one[2]});
  out.window = grid_window(picture.width, picture.height, how, tower.columns() * tower.patch_size,
                           tower.rows() * tower.patch_size);
  return out;
}

HostTensor preprocess(std::span<const Frame> frames, const PreprocessConfig& config, const Control& control) {
  SPARSIGHT_CHECK(!frames.empty());
  check_config(config);
  check_frame(*frames.front().image);
  const Shape one = pixel_shape(*frames.front().image, config);
  HostTensor result({frames.size(), one[0], one[1], one[2]});
  for (std::size_t i = 0; i < frames.size(); ++i) {
    control.report(Stage::Preprocess, i, frames.size());
    const Shape shape = pixel_shape(*frames[i].image, config);
    if (!(shape == one))
      fail(ErrorKind::Decode, "frame {}: expected pixels {}, the first frame's, found {}", frames[i].index, one.str(),
           shape.str());
    preprocess_into(*frames[i].image, config, result.f32() + i * one.elements());
  }
  control.report(Stage::Preprocess, frames.size(), frames.size());
  return result;
}

}  // namespace sparsight
