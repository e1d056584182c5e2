#include "core/media/resize.h"

#include "kernels/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace sparsight {
namespace {

constexpr int kChannels = 3;
constexpr int kPrecisionBits = 32 - 8 - 2;  // 32 bits less 8 of a pixel and 2 for overshoot

double filter_support(ResizeFilter filter) {
  switch (filter) {
    case ResizeFilter::Nearest: return 0.0;
    case ResizeFilter::Box: return 0.5;
    case ResizeFilter::Bilinear:
    case ResizeFilter::Hamming: return 1.0;
    case ResizeFilter::Bicubic: return 2.0;
    case ResizeFilter::Lanczos: return 3.0;
  }
  return 0.0;
}

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi); }

double filter_weight(ResizeFilter filter, double x) {
  const double distance = std::abs(x);
  switch (filter) {
    case ResizeFilter::Nearest: return 0.0;
    case ResizeFilter::Box: return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case ResizeFilter::Bilinear: return distance < 1.0 ? 1.0 - distance : 0.0;
    case ResizeFilter::Hamming:
      if (distance >= 1.0) return 0.0;
      return sinc(distance) * (0.54 + 0.46 * std::cos(distance * std::numbers::pi));
    case ResizeFilter::Bicubic:  // Keys, a = -0.5
      if (distance < 1.0) return (1.5 * distance - 2.5) * distance * distance + 1.0;
      if (distance < 2.0) return ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0;
      return 0.0;
    case ResizeFilter::Lanczos: return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
  }
  return 0.0;
}

// The source pixels of one output pixel, with their fixed-point weights.
struct Taps {
  int first;
  int count;
  std::size_t weights;  // offset into AxisTaps::weights
};

struct AxisTaps {
  std::vector<Taps> taps;
  std::vector<std::int32_t> weights;
  int bits = kPrecisionBits;  // of the weights' fraction
};

// As whom weights are rounded.
enum class RoundedAs { Pillow, Torchvision };

// The most bits with which the largest weight of an axis fits into 16.
int torchvision_bits(double largest) {
  int bits = 0;
  while (bits < kPrecisionBits &&
         static_cast<std::int64_t>(0.5 + largest * (std::int64_t{1} << (bits + 1))) < (1 << 15))
    ++bits;
  return bits;
}

// For RoundedAs::Torchvision the whole axis, since its largest weight decides.
AxisTaps make_taps(const ResizeAxis& axis, ResizeFilter filter, RoundedAs rounding = RoundedAs::Pillow) {
  const double scale = static_cast<double>(axis.in) / axis.out;
  const double widening = std::max(scale, 1.0);  // antialiasing: shrinking widens the filter
  const double support = filter_support(filter) * widening;
  AxisTaps result;
  std::vector<double> exact;
  double largest = 0;
  for (int i = axis.begin; i < axis.begin + axis.count; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int last = std::min(static_cast<int>(center + support + 0.5), axis.in);
    const std::size_t begin = exact.size();
    double sum = 0.0;
    for (int x = first; x < last; ++x) {
      exact.push_back(filter_weight(filter, (x - center + 0.5) * (1.0 / widening)));
      sum += exact.back();
    }
    result.taps.push_back({first, last - first, begin});
    for (std::size_t at = begin; at < exact.size(); ++at) {
      if (sum != 0.0) exact[at] = rounding == RoundedAs::Pillow ? exact[at] * (1.0 / sum) : exact[at] / sum;
      largest = std::max(largest, exact[at]);
    }
  }
  if (rounding == RoundedAs::Torchvision) result.bits = torchvision_bits(largest);
  for (const double weight : exact) {
    const double fixed = weight * (1 << result.bits);
    result.weights.push_back(static_cast<std::int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
  }
  return result;
}

std::uint8_t clip8(std::int32_t sum, int bits) { return static_cast<std::uint8_t>(std::clamp(sum >> bits, 0, 255)); }

RgbImage blank(int width, int height) {
  RgbImage image{width, height, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * kChannels);
  return image;
}

std::size_t row_bytes(const RgbImage& image) { return static_cast<std::size_t>(image.width) * kChannels; }

// Resizes rows [first_row, first_row + rows) of `image` across.
RgbImage horizontal(const RgbImage& image, const AxisTaps& axis, int first_row, int rows) {
  RgbImage result = blank(static_cast<int>(axis.taps.size()), rows);
  for (int row = 0; row < rows; ++row) {
    const std::uint8_t* source = image.pixels.data() + static_cast<std::size_t>(first_row + row) * row_bytes(image);
    std::uint8_t* target = result.pixels.data() + static_cast<std::size_t>(row) * row_bytes(result);
    for (const Taps& tap : axis.taps) {
      const std::uint8_t* pixel = source + static_cast<std::size_t>(tap.first) * kChannels;
      const std::int32_t* weight = axis.weights.data() + tap.weights;
      std::array<std::int32_t, kChannels> sum;
      sum.fill(1 << axis.bits >> 1);
      for (int i = 0; i < tap.count; ++i, pixel += kChannels)
        for (std::size_t c = 0; c < kChannels; ++c) sum[c] += pixel[c] * weight[i];
      for (const std::int32_t value : sum) *target++ = clip8(value, axis.bits);
    }
  }
  return result;
}

// `image` starts at source row `first_row`.
RgbImage vertical(const RgbImage& image, const AxisTaps& axis, int first_row) {
  RgbImage result = blank(image.width, static_cast<int>(axis.taps.size()));
  std::vector<std::int32_t> sums(row_bytes(image));
  for (std::size_t row = 0; row < axis.taps.size(); ++row) {
    const Taps& tap = axis.taps[row];
    std::fill(sums.begin(), sums.end(), 1 << axis.bits >> 1);
    for (int i = 0; i < tap.count; ++i) {
      const std::uint8_t* source =
          image.pixels.data() + static_cast<std::size_t>(tap.first - first_row + i) * row_bytes(image);
      const std::int32_t weight = axis.weights[tap.weights + static_cast<std::size_t>(i)];
      for (std::size_t x = 0; x < sums.size(); ++x) sums[x] += source[x] * weight;
    }
    std::transform(sums.begin(), sums.end(), result.pixels.data() + row * row_bytes(result),
                   [&](std::int32_t sum) { return clip8(sum, axis.bits); });
  }
  return result;
}

// Adds a step for each pixel, as PIL does, since the rounding of the sum affects the result.
std::vector<int> nearest_positions(const ResizeAxis& axis) {
  const double scale = static_cast<double>(axis.in) / axis.out;
  std::vector<int> positions;
  double at = scale * 0.5;
  for (int i = 0; i < axis.begin + axis.count; ++i, at += scale)
    if (i >= axis.begin) positions.push_back(std::clamp(static_cast<int>(at), 0, axis.in - 1));
  return positions;
}

RgbImage resize_nearest(const RgbImage& image, const ResizeAxis& x, const ResizeAxis& y) {
  RgbImage result = blank(x.count, y.count);
  const std::vector<int> columns = nearest_positions(x);
  std::uint8_t* target = result.pixels.data();
  for (const int row : nearest_positions(y)) {
    const std::uint8_t* source = image.pixels.data() + static_cast<std::size_t>(row) * row_bytes(image);
    for (const int column : columns) target = std::copy_n(source + column * kChannels, kChannels, target);
  }
  return result;
}

void check_image(const RgbImage& image) {
  SPARSIGHT_CHECK(image.width > 0 && image.height > 0);
  SPARSIGHT_CHECK(image.pixels.size() == row_bytes(image) * static_cast<std::size_t>(image.height));
}

}  // namespace

RgbImage resize_window(const RgbImage& image, const ResizeAxis& x, const ResizeAxis& y, ResizeFilter filter) {
  if (filter == ResizeFilter::Nearest) return resize_nearest(image, x, y);
  // PIL skips a pass that keeps the size; here the box filter then copies the window unchanged.
  const ResizeFilter across = x.in == x.out ? ResizeFilter::Box : filter;
  const ResizeFilter down = y.in == y.out ? ResizeFilter::Box : filter;
  // The rule of Pillow 13. The order affects the last bit or two, since the passes exchange 8-bit values.
  const bool vertical_first = y.in > y.out && y.in - y.out > 2 * (x.in - x.out);
  const AxisTaps columns = make_taps(x, across), rows = make_taps(y, down);
  if (vertical_first) return horizontal(vertical(image, rows, 0), columns, 0, y.count);
  const int first_row = rows.taps.front().first;
  const int end_row = rows.taps.back().first + rows.taps.back().count;
  return vertical(horizontal(image, columns, first_row, end_row - first_row), rows, first_row);
}

RgbImage resize(const RgbImage& image, int width, int height, ResizeFilter filter) {
  check_image(image);
  SPARSIGHT_CHECK(width > 0 && height > 0);
  return resize_window(image, {image.width, width, 0, width}, {image.height, height, 0, height}, filter);
}

RgbImage resize_as_torchvision(const RgbImage& image, int width, int height, ResizeFilter filter) {
  check_image(image);
  SPARSIGHT_CHECK(width > 0 && height > 0 && filter != ResizeFilter::Nearest);
  RgbImage out;
  if (width != image.width)
    out = horizontal(image, make_taps({image.width, width, 0, width}, filter, RoundedAs::Torchvision), 0, image.height);
  const RgbImage& across = width != image.width ? out : image;
  if (height == image.height) return across;
  return vertical(across, make_taps({image.height, height, 0, height}, filter, RoundedAs::Torchvision), 0);
}

}  // namespace sparsight
