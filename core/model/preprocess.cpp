#include "core/model/preprocess.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

namespace sparsight {
namespace {

using Filter = PreprocessConfig::Filter;
constexpr int kChannels = 3;
constexpr int kPrecisionBits = 32 - 8 - 2;  // 32 bits less 8 of a pixel and 2 for overshoot

double filter_support(Filter filter) {
  switch (filter) {
    case Filter::Nearest: return 0.0;
    case Filter::Box: return 0.5;
    case Filter::Bilinear:
    case Filter::Hamming: return 1.0;
    case Filter::Bicubic: return 2.0;
    case Filter::Lanczos: return 3.0;
  }
  return 0.0;
}

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi); }

double filter_weight(Filter filter, double x) {
  const double distance = std::abs(x);
  switch (filter) {
    case Filter::Nearest: return 0.0;
    case Filter::Box: return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case Filter::Bilinear: return distance < 1.0 ? 1.0 - distance : 0.0;
    case Filter::Hamming:
      if (distance >= 1.0) return 0.0;
      return sinc(distance) * (0.54 + 0.46 * std::cos(distance * std::numbers::pi));
    case Filter::Bicubic:  // Keys, a = -0.5
      if (distance < 1.0) return (1.5 * distance - 2.5) * distance * distance + 1.0;
      if (distance < 2.0) return ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0;
      return 0.0;
    case Filter::Lanczos: return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
  }
  return 0.0;
}

// One axis of a resize: `in` pixels become `out`, of which [begin, begin + count) are wanted.
struct Axis {
  int in;
  int out;
  int begin;
  int count;
};

// The source pixels of one output pixel, with their fixed-point weights.
struct Taps {
  int first;
  int count;
  std::size_t weights;  // offset into AxisTaps::weights
};

struct AxisTaps {
  std::vector<Taps> taps;
  std::vector<std::int32_t> weights;
};

AxisTaps make_taps(const Axis& axis, Filter filter) {
  const double scale = static_cast<double>(axis.in) / axis.out;
  const double widening = std::max(scale, 1.0);  // antialiasing: shrinking widens the filter
  const double support = filter_support(filter) * widening;
  AxisTaps result;
  std::vector<double> exact;
  for (int i = axis.begin; i < axis.begin + axis.count; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int last = std::min(static_cast<int>(center + support + 0.5), axis.in);
    exact.clear();
    double sum = 0.0;
    for (int x = first; x < last; ++x) {
      exact.push_back(filter_weight(filter, (x - center + 0.5) * (1.0 / widening)));
      sum += exact.back();
    }
    result.taps.push_back({first, last - first, result.weights.size()});
    for (const double weight : exact) {
      const double fixed = (sum != 0.0 ? weight * (1.0 / sum) : weight) * (1 << kPrecisionBits);
      result.weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
  }
  return result;
}

std::uint8_t clip8(std::int32_t sum) { return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255)); }

RgbImage blank(int width, int height) {
  RgbImage image{width, height, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * kChannels);
  return image;
}

std::size_t row_bytes(const RgbImage& image) { return static_cast<std::size_t>(image.width) * kChannels; }

// Resizes rows [first_row, first_row + rows) of `image` to a width of `x.count`.
RgbImage horizontal(const RgbImage& image, const Axis& x, Filter filter, int first_row, int rows) {
  RgbImage result = blank(x.count, rows);
  const AxisTaps axis = make_taps(x, filter);
  for (int row = 0; row < rows; ++row) {
    const std::uint8_t* source = image.pixels.data() + static_cast<std::size_t>(first_row + row) * row_bytes(image);
    std::uint8_t* target = result.pixels.data() + static_cast<std::size_t>(row) * row_bytes(result);
    for (const Taps& tap : axis.taps) {
      const std::uint8_t* pixel = source + static_cast<std::size_t>(tap.first) * kChannels;
      const std::int32_t* weight = axis.weights.data() + tap.weights;
      std::array<std::int32_t, kChannels> sum;
      sum.fill(1 << (kPrecisionBits - 1));
      for (int i = 0; i < tap.count; ++i, pixel += kChannels)
        for (std::size_t c = 0; c < kChannels; ++c) sum[c] += pixel[c] * weight[i];
      for (const std::int32_t value : sum) *target++ = clip8(value);
    }
  }
  return result;
}

// `image` starts at source row `first_row`.
RgbImage vertical(const RgbImage& image, const Axis& y, Filter filter, int first_row) {
  RgbImage result = blank(image.width, y.count);
  const AxisTaps axis = make_taps(y, filter);
  std::vector<std::int32_t> sums(row_bytes(image));
  for (std::size_t row = 0; row < axis.taps.size(); ++row) {
    const Taps& tap = axis.taps[row];
    std::fill(sums.begin(), sums.end(), 1 << (kPrecisionBits - 1));
    for (int i = 0; i < tap.count; ++i) {
      const std::uint8_t* source =
          image.pixels.data() + static_cast<std::size_t>(tap.first - first_row + i) * row_bytes(image);
      const std::int32_t weight = axis.weights[tap.weights + static_cast<std::size_t>(i)];
      for (std::size_t x = 0; x < sums.size(); ++x) sums[x] += source[x] * weight;
    }
    std::transform(sums.begin(), sums.end(), result.pixels.data() + row * row_bytes(result), clip8);
  }
  return result;
}

// Adds a step for each pixel, as PIL does, since the rounding of the sum affects the result.
std::vector<int> nearest_positions(const Axis& axis) {
  const double scale = static_cast<double>(axis.in) / axis.out;
  std::vector<int> positions;
  double at = scale * 0.5;
  for (int i = 0; i < axis.begin + axis.count; ++i, at += scale)
    if (i >= axis.begin) positions.push_back(std::clamp(static_cast<int>(at), 0, axis.in - 1));
  return positions;
}

RgbImage resize_nearest(const RgbImage& image, const Axis& x, const Axis& y) {
  RgbImage result = blank(x.count, y.count);
  const std::vector<int> columns = nearest_positions(x);
  std::uint8_t* target = result.pixels.data();
  for (const int row : nearest_positions(y)) {
    const std::uint8_t* source = image.pixels.data() + static_cast<std::size_t>(row) * row_bytes(image);
    for (const int column : columns) target = std::copy_n(source + column * kChannels, kChannels, target);
  }
  return result;
}

// Resizes only the window that is needed; its pixels equal those of a full resize.
RgbImage resize_window(const RgbImage& image, const Axis& x, const Axis& y, Filter filter) {
  if (filter == Filter::Nearest) return resize_nearest(image, x, y);
  // PIL skips a pass that keeps the size; here the box filter then copies the window unchanged.
  const Filter across = x.in == x.out ? Filter::Box : filter;
  const Filter down = y.in == y.out ? Filter::Box : filter;
  // The rule of Pillow 13. The order affects the last bit or two, since the passes exchange 8-bit values.
  const bool vertical_first = y.in > y.out && y.in - y.out > 2 * (x.in - x.out);
  if (vertical_first) return horizontal(vertical(image, y, down, 0), x, across, 0, y.count);
  const std::vector<Taps> rows = make_taps(y, down).taps;
  const int first_row = rows.front().first;
  const int end_row = rows.back().first + rows.back().count;
  return vertical(horizontal(image, x, across, first_row, end_row - first_row), y, down, first_row);
}

void check_image(const RgbImage& image) {
  SPARSIGHT_CHECK(image.width > 0 && image.height > 0);
  SPARSIGHT_CHECK(image.pixels.size() == row_bytes(image) * static_cast<std::size_t>(image.height));
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
  return {kChannels, static_cast<std::size_t>(y.size), static_cast<std::size_t>(x.size)};
}

void preprocess_into(const RgbImage& image, const PreprocessConfig& config, float* out) {
  check_image(image);
  const Size size = resized_size({image.width, image.height}, config);
  const Crop x = crop_axis(size.width, config.crop_width, config.center_crop);
  const Crop y = crop_axis(size.height, config.crop_height, config.center_crop);
  const RgbImage window = resize_window(image, {image.width, size.width, x.begin, x.count},
                                        {image.height, size.height, y.begin, y.count}, config.filter);
  for (std::size_t c = 0; c < kChannels; ++c) {
    const std::array<float, 256> table = level_table(config, c);
    const auto plane = static_cast<std::size_t>(x.size) * static_cast<std::size_t>(y.size);
    std::fill_n(out, plane, table[0]);  // padding is black, then normalised
    for (int row = 0; row < y.count; ++row) {
      const std::uint8_t* source = window.pixels.data() + static_cast<std::size_t>(row) * row_bytes(window) + c;
      float* target = out + static_cast<std::ptrdiff_t>(row + y.pad) * x.size + x.pad;
      for (int column = 0; column < x.count; ++column, source += kChannels) *target++ = table[*source];
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
  if (config.normalize) ok = ok && config.mean.size() == kChannels && config.std.size() == kChannels;
  if (!ok) fail(ErrorKind::Model, "preprocessing: expected sizes of 1 to {} and 3 channels", kMax);
}

}  // namespace

RgbImage resize(const RgbImage& image, int width, int height, PreprocessConfig::Filter filter) {
  check_image(image);
  SPARSIGHT_CHECK(width > 0 && height > 0);
  return resize_window(image, {image.width, width, 0, width}, {image.height, height, 0, height}, filter);
}

HostTensor preprocess(const RgbImage& image, const PreprocessConfig& config) {
  check_config(config);
  check_image(image);
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

HostTensor preprocess(std::span<const Frame> frames, const PreprocessConfig& config, const Control& control) {
  SPARSIGHT_CHECK(!frames.empty());
  check_config(config);
  check_image(*frames.front().image);
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
