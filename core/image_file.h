// Still images that PIL decodes otherwise than FFmpeg. Internal to the video module.
#pragma once

#include "core/video.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

// Decodes with libjpeg, as PIL does: FFmpeg's own decoder with swscale repeats chroma samples where libjpeg
// interpolates them, which after the resize still differs by up to four levels of 256.
// Turned upright by EXIF; CMYK converted. Damage that leaves a picture is told in `warnings`.
// Error{Decode}, without the file's name.
[[nodiscard]] RgbImage decode_jpeg(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// Orientation 1..8 out of an EXIF block ("II*\0" or "MM\0*" on); 1 if it says nothing.
[[nodiscard]] int read_exif_orientation(std::span<const std::uint8_t> exif);

}  // namespace sparsight
