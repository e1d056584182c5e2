#include "core/media/display.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sparsight {

DisplaySize display_size(int width, int height, double pixel_aspect) {
  SPARSIGHT_CHECK(width > 0 && height > 0 && pixel_aspect > 0);
  constexpr double kMostWide = 16384;
  const auto side = [](double pixels) { return std::max(1, static_cast<int>(std::lround(pixels))); };
  const double wide = width * pixel_aspect;
  if (wide <= kMostWide) return {side(wide), height};
  return {static_cast<int>(kMostWide), side(height * kMostWide / wide)};
}

RgbImage with_square_pixels(RgbImage image, double pixel_aspect) {
  const DisplaySize size = display_size(image.width, image.height, pixel_aspect);
  if (size.width == image.width && size.height == image.height) return image;
  return resize(image, size.width, size.height, PreprocessConfig::Filter::Bicubic);
}

ShownClip as_shown(const Clip& clip, std::span<const GridWindow> windows) {
  ShownClip shown{clip, {windows.begin(), windows.end()}};
  if (clip.pixel_aspect == 1) return shown;
  SPARSIGHT_CHECK(windows.size() == clip.frames.size());
  for (std::size_t f = 0; f < clip.frames.size(); ++f) {
    const RgbImage& stored = *clip.frames[f].image;
    const bool repeats = f > 0 && clip.frames[f].image == clip.frames[f - 1].image;
    shown.clip.frames[f].image = repeats ? shown.clip.frames[f - 1].image
                                         : std::make_shared<RgbImage>(with_square_pixels(stored, clip.pixel_aspect));
    const RgbImage& image = *shown.clip.frames[f].image;
    shown.windows[f] = windows[f].scaled(static_cast<double>(image.width) / stored.width,
                                         static_cast<double>(image.height) / stored.height);
  }
  const DisplaySize size = display_size(clip.width, clip.height, clip.pixel_aspect);
  shown.clip.width = size.width;
  shown.clip.height = size.height;
  shown.clip.pixel_aspect = 1;
  return shown;
}

}  // namespace sparsight
