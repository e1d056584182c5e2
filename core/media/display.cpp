#include "core/media/display.h"

#include "core/media/resize.h"
#include "kernels/error.h"

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
  return resize(image, size.width, size.height, ResizeFilter::Bicubic);
}

}  // namespace sparsight
