// Decodes the image formats that FFmpeg decodes differently from PIL, or not at all.
#pragma once

#include "core/media/video.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Decodes with libjpeg, as PIL does: FFmpeg's decoder with swscale repeats chroma samples where libjpeg interpolates
// them, a difference of up to 4 of 256 levels after the resize. Turns the image upright by EXIF and converts CMYK.
// Damage that leaves a picture is reported in `warnings`. Error{Decode}, without the file's name.
[[nodiscard]] RgbImage decode_jpeg(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// Decodes with libwebp, as PIL does: FFmpeg's result differs by up to nine levels after the resize. Otherwise as
// decode_jpeg. Drops transparency without blending. Of an animation it gives the first frame, on black where it does
// not cover the canvas, which is PIL's default.
[[nodiscard]] RgbImage decode_webp(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// An animated WebP, as PIL decodes it: each picture is the whole canvas, black where nothing covers it. Used by one
// thread.
class WebpAnimation {
 public:
  // Null: not an animation of several pictures. A truncated one has the pictures before the cut. Does not keep `data`.
  [[nodiscard]] static std::unique_ptr<WebpAnimation> open(std::span<const std::uint8_t> data,
                                                           std::vector<std::string>& warnings);
  ~WebpAnimation();
  WebpAnimation(const WebpAnimation&) = delete;
  WebpAnimation& operator=(const WebpAnimation&) = delete;

  // How long each picture is shown, in seconds; 0.1 s where the file does not say, as in browsers.
  [[nodiscard]] const std::vector<double>& durations() const;
  // `index` < durations().size(). Fast in ascending order. A damaged picture is replaced by the one before, with a
  // warning. Error{Decode, Memory}.
  [[nodiscard]] RgbImage picture(std::size_t index, std::vector<std::string>& warnings);

 private:
  WebpAnimation();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether a file that starts with these bytes is a HEIC or AVIF image.
[[nodiscard]] bool is_heif(std::span<const std::uint8_t> start);
// Decodes the primary image with libheif and turns it upright. Requires is_heif(data). `tone_map` says whether HDR is
// mapped; a warning reports it. Sets `codec` to FFmpeg's name. Error{Decode, Memory}, without the file's name.
[[nodiscard]] RgbImage decode_heif(std::span<const std::uint8_t> data, ToneMap tone_map,
                                   std::vector<std::string>& warnings, std::string& codec);

// The warning about HDR in a clip. `curve`: "PQ" or "HLG".
[[nodiscard]] std::string hdr_warning(std::string_view curve, ToneMap tone_map);

// Orientation 1..8 from a PNG's eXIf chunk, which FFmpeg 5 ignores; 1 if there is none, or the file is no PNG.
[[nodiscard]] int read_png_orientation(const std::filesystem::path& path);
// The same from a TIFF's first directory, which FFmpeg ignores, too.
[[nodiscard]] int read_tiff_orientation(const std::filesystem::path& path);

// Orientation 1..8 from an EXIF block (it starts with "II*\0" or "MM\0*", or with "Exif\0\0" before that); 1 if there
// is none.
[[nodiscard]] int read_exif_orientation(std::span<const std::uint8_t> exif);

}  // namespace sparsight
