// Pixels that are not square, as screens show them: pictures are stretched to their display shape. Pure functions; any
// thread.
#pragma once

#include "core/media/video.h"

namespace sparsight {

// `width` x `height` pixels of this aspect as square ones: the height stays, unless the width would exceed what
// pictures may have.
struct DisplaySize {
  int width = 0, height = 0;
};
[[nodiscard]] DisplaySize display_size(int width, int height, double pixel_aspect);
// Bicubic; the image itself where its pixels are square.
[[nodiscard]] RgbImage with_square_pixels(RgbImage image, double pixel_aspect);

}  // namespace sparsight
