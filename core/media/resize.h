// Pictures made larger or smaller, as PIL's Image.resize or torchvision does it with an antialiasing filter. Pure
// functions; any thread.
#pragma once

#include "core/media/video.h"

namespace sparsight {

enum class ResizeFilter { Nearest, Lanczos, Bilinear, Bicubic, Box, Hamming };  // PIL's numbers 0..5

// Two passes with 8 bits in between, fixed-point coefficients of 22 bits. Equal to Pillow 13 to the bit for RGB; older
// ones differ in the order of the passes, and so by a few levels, where the height shrinks by more than twice as many
// pixels as the width.
[[nodiscard]] RgbImage resize(const RgbImage& image, int width, int height, ResizeFilter filter);
// The same with torchvision's rounding, as transformers 5 resizes: coefficients of 16 bits, across before down. Equal
// to torchvision's antialiased resize of 8-bit tensors to the bit; not for ResizeFilter::Nearest.
[[nodiscard]] RgbImage resize_as_torchvision(const RgbImage& image, int width, int height, ResizeFilter filter);

// One axis of a resize: `in` pixels become `out`, of which [begin, begin + count) are wanted.
struct ResizeAxis {
  int in;
  int out;
  int begin;
  int count;
};
// A window of the resized image; the rest of it is never computed, which changes no pixel of the window.
[[nodiscard]] RgbImage resize_window(const RgbImage& image, const ResizeAxis& x, const ResizeAxis& y,
                                     ResizeFilter filter);

}  // namespace sparsight
