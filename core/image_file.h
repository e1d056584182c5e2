// Still images that PIL decodes otherwise than FFmpeg. Internal to the video module.
#pragma once

#include "core/video.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace sparsight {

// Decodes with libjpeg, as PIL does: FFmpeg's own decoder with swscale repeats chroma samples where libjpeg
// interpolates them, which after the resize still differs by up to four levels of 256.
// Turned upright by EXIF; CMYK converted. Damage that leaves a picture is told in `warnings`.
// Error{Decode}, without the file's name.
[[nodiscard]] RgbImage decode_jpeg(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// Decodes with libwebp, as PIL does: FFmpeg's way differs by up to nine levels after the resize. The same promises as
// decode_jpeg. Transparency is dropped, not blended. Of an animation the first frame, on black where it does not cover
// the canvas, as PIL shows it unasked; a warning says so.
[[nodiscard]] RgbImage decode_webp(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// Orientation 1..8 out of a PNG's eXIf chunk, which FFmpeg 5 passes over; 1 if there is none, or the file is no PNG.
[[nodiscard]] int read_png_orientation(const std::filesystem::path& path);

// Orientation 1..8 out of an EXIF block ("II*\0" or "MM\0*" on, with "Exif\0\0" before it or not); 1 if it says
// nothing.
[[nodiscard]] int read_exif_orientation(std::span<const std::uint8_t> exif);

}  // namespace sparsight
