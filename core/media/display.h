// Stretches pictures whose pixels are not square to the shape that screens show. Pure functions; any thread.
#pragma once

#include "core/media/video.h"

namespace sparsight {

// The size in square pixels of `width` x `height` pixels with this aspect: the height stays, unless the width would
// exceed the maximum.
struct DisplaySize {
  int width = 0, height = 0;
};
[[nodiscard]] DisplaySize display_size(int width, int height, double pixel_aspect);
// Scales bicubically; returns the image itself if its pixels are square.
[[nodiscard]] RgbImage with_square_pixels(RgbImage image, double pixel_aspect);

}  // namespace sparsight
