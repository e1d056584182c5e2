#include "core/model/families/original_pixels.h"

#include "kernels/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace sparsight {
namespace {

constexpr std::size_t kOriginalColours = 3;
constexpr float kCubic = -0.75f;  // PyTorch's coefficient of Keys' kernel

// A picture, perhaps in the middle of a larger one of a single colour.
struct PaddedPicture {
  const RgbImage& image;
  int width, height;
  int left = 0, top = 0;
  std::array<std::uint8_t, kOriginalColours> ground{};

  [[nodiscard]] std::uint8_t at(int x, int y, std::size_t colour) const {
    x -= left, y -= top;
    if (x < 0 || y < 0 || x >= image.width || y >= image.height) return ground[colour];
    const auto pixel =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x);
    return image.pixels[pixel * kOriginalColours + colour];
  }
};

// The source pixels of one output pixel on one axis. Bilinear weights use the first two.
struct OriginalTap {
  std::array<int, 4> from{};
  std::array<float, 4> weight{};
};

// One axis of a resize: `in` pixels become `out`, of which `count` from `begin` on are wanted.
struct OriginalAxis {
  int in, out, begin, count;

  // Where an output pixel's centre is in the input, from the centre of its first pixel.
  [[nodiscard]] float source(int at) const {
    const float scale = static_cast<float>(in) / static_cast<float>(out);
    return scale * (static_cast<float>(at) + 0.5f) - 0.5f;
  }
};

OriginalTap bilinear_tap(const OriginalAxis& axis, int at) {
  const float source = std::max(axis.source(at), 0.0f);
  const int first = std::min(static_cast<int>(source), axis.in - 1);
  const float far = axis.in == axis.out ? 0.0f : std::clamp(source - static_cast<float>(first), 0.0f, 1.0f);
  return {.from = {first, std::min(first + 1, axis.in - 1)}, .weight = {1.0f - far, far}};
}

OriginalTap bicubic_tap(const OriginalAxis& axis, int at) {
  const float source = axis.source(at);
  const int first = std::min(static_cast<int>(std::floor(source)), axis.in - 1);
  const float t = std::clamp(source - static_cast<float>(first), 0.0f, 1.0f);
  const auto near = [](float x) { return ((kCubic + 2) * x - (kCubic + 3)) * x * x + 1; };
  const auto far = [](float x) { return ((kCubic * x - 5 * kCubic) * x + 8 * kCubic) * x - 4 * kCubic; };
  OriginalTap tap{.weight = {far(t + 1), near(t), near(1 - t), far(2 - t)}};
  for (int i = 0; i < 4; ++i) tap.from[static_cast<std::size_t>(i)] = std::clamp(first + i - 1, 0, axis.in - 1);
  return tap;
}

using MakeTap = OriginalTap (*)(const OriginalAxis& axis, int at);
using ColourLevels = std::array<float, 256>;  // of one colour

std::vector<OriginalTap> taps_of(const OriginalAxis& axis, MakeTap make) {
  std::vector<OriginalTap> out;
  for (int i = 0; i < axis.count; ++i) out.push_back(make(axis, axis.begin + i));
  return out;
}

// Writes one colour: row by row, first across, then down.
void resample(const PaddedPicture& picture, std::size_t colour, const ColourLevels& levels,
              std::span<const OriginalTap> x, std::span<const OriginalTap> y, std::size_t taps, float* out) {
  for (const OriginalTap& down : y)
    for (const OriginalTap& across : x) {
      float sum = 0;
      for (std::size_t j = 0; j < taps; ++j) {
        float row = 0;
        for (std::size_t i = 0; i < taps; ++i)
          row += across.weight[i] * levels[picture.at(across.from[i], down.from[j], colour)];
        sum += down.weight[j] * row;
      }
      *out++ = sum;
    }
}

// The long side where the short one becomes `size`, rounded down; the two processors compute it in another order.
int other_side(int longer, int shorter, int size, bool video) {
  const double by_ratio = static_cast<double>(longer) / shorter * size,
               by_product = static_cast<double>(size) * longer / shorter;
  return static_cast<int>(std::min(std::floor(video ? by_ratio : by_product), 1e9));
}

// The middle of `resized` pixels; a half is rounded to the even number, as Python does.
int cut_from(int resized, int size) { return static_cast<int>(std::nearbyint((resized - size) / 2.0)); }

PaddedPicture on_square(const RgbImage& image, const std::vector<float>& mean) {
  const int side = std::max(image.width, image.height);
  PaddedPicture out{.image = image,
                    .width = side,
                    .height = side,
                    .left = (side - image.width) / 2,
                    .top = (side - image.height) / 2};
  for (std::size_t c = 0; c < kOriginalColours; ++c)
    out.ground[c] = static_cast<std::uint8_t>(std::clamp(mean[c] * 255.0f, 0.0f, 255.0f));
  return out;
}

}  // namespace

ViewPixels original_pixels(const RgbImage& image, const PreprocessConfig& how, const ModelConfig& config,
                           MediaKind media) {
  constexpr int kLongest = 1 << 20;
  if (how.mean.size() != kOriginalColours || how.std.size() != kOriginalColours)
    fail(ErrorKind::Model, "preprocessing: expected means and deviations of 3 channels");
  SPARSIGHT_CHECK(image.width > 0 && image.height > 0);
  const VisionConfig& tower = config.tower(media);
  const bool video = media == MediaKind::Video;
  const int size = static_cast<int>(tower.image_height);
  const PaddedPicture picture = !video && config.square_images
                                    ? on_square(image, how.mean)
                                    : PaddedPicture{.image = image, .width = image.width, .height = image.height};
  const bool tall = picture.width < picture.height;
  const int wide = tall ? size : other_side(picture.width, picture.height, size, video);
  const int high = tall ? other_side(picture.height, picture.width, size, video) : size;
  if (std::max(wide, high) > kLongest)
    fail(ErrorKind::Decode, "a picture of {} x {} pixels is too narrow for the model", image.width, image.height);
  const OriginalAxis x{picture.width, wide, cut_from(wide, size), size},
      y{picture.height, high, cut_from(high, size), size};
  const std::vector<OriginalTap> across = taps_of(x, video ? bilinear_tap : bicubic_tap),
                                 down = taps_of(y, video ? bilinear_tap : bicubic_tap);

  const auto side = static_cast<std::size_t>(size), plane = side * side;
  ViewPixels out{.values = HostTensor(Shape{1, kOriginalColours, side, side}), .window = {}};
  for (std::size_t c = 0; c < kOriginalColours; ++c) {
    const auto normalised = [&](float value) { return (value - how.mean[c]) / how.std[c]; };
    ColourLevels levels{};
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const float value = static_cast<float>(i) / 255.0f;
      levels[i] = video ? normalised(value) : value;
    }
    float* to = out.values.f32() + c * plane;
    resample(picture, c, levels, across, down, video ? 2 : 4, to);
    if (!video) std::transform(to, to + plane, to, normalised);
  }
  const double per_x = static_cast<double>(picture.width) / wide, per_y = static_cast<double>(picture.height) / high;
  out.window = {x.begin * per_x - picture.left, y.begin * per_y - picture.top,
                static_cast<double>(tower.columns() * tower.patch_size) * per_x,
                static_cast<double>(tower.rows() * tower.patch_size) * per_y};
  return out;
}

}  // namespace sparsight
