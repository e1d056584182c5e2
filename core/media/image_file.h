// Pictures that PIL decodes otherwise than FFmpeg, or FFmpeg not at all.
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

// Decodes with libjpeg, as PIL does: FFmpeg's own decoder with swscale repeats chroma samples where libjpeg
// interpolates them, which after the resize still differs by up to four levels of 256.
// Turned upright by EXIF; CMYK converted. Damage that leaves a picture is told in `warnings`.
// Error{Decode}, without the file's name.
[[nodiscard]] RgbImage decode_jpeg(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// Decodes with libwebp, as PIL does: FFmpeg's way differs by up to nine levels after the resize. The same promises as
// decode_jpeg. Transparency is dropped, not blended. Of an animation the first frame, on black where it does not cover
// the canvas, as PIL shows it unasked.
[[nodiscard]] RgbImage decode_webp(std::span<const std::uint8_t> data, std::vector<std::string>& warnings);

// An animated WebP, as PIL shows it: each picture is the whole canvas, black where nothing covers it. One thread.
class WebpAnimation {
 public:
  // Null: not an animation of several pictures. Of one that is cut short those before the cut. Borrows nothing.
  [[nodiscard]] static std::unique_ptr<WebpAnimation> open(std::span<const std::uint8_t> data,
                                                           std::vector<std::string>& warnings);
  ~WebpAnimation();
  WebpAnimation(const WebpAnimation&) = delete;
  WebpAnimation& operator=(const WebpAnimation&) = delete;

  // How long each picture is shown, in seconds; where the file says nothing a tenth, as in browsers.
  [[nodiscard]] const std::vector<double>& durations() const;
  // `index` < durations().size(). One after the other is quick. A damaged one looks like the one before, with a
  // warning. Error{Decode, Memory}.
  [[nodiscard]] RgbImage picture(std::size_t index, std::vector<std::string>& warnings);

 private:
  WebpAnimation();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Whether a file that starts like this is a picture as HEIC or AVIF.
[[nodiscard]] bool is_heif(std::span<const std::uint8_t> start);
// Its primary picture, decoded with libheif and turned upright. `data` is_heif(). HDR is mapped, or said, by
// `tone_map`. `codec`: FFmpeg's name. Error{Decode, Memory}, without the file's name.
[[nodiscard]] RgbImage decode_heif(std::span<const std::uint8_t> data, ToneMap tone_map,
                                   std::vector<std::string>& warnings, std::string& codec);

// What a clip's warnings say of HDR. `curve`: "PQ".
[[nodiscard]] std::string hdr_warning(std::string_view curve, ToneMap tone_map);

// Orientation 1..8 out of a PNG's eXIf chunk, which FFmpeg 5 passes over; 1 if there is none, or the file is no PNG.
[[nodiscard]] int read_png_orientation(const std::filesystem::path& path);
// The same out of a TIFF's first directory, which FFmpeg passes over, too.
[[nodiscard]] int read_tiff_orientation(const std::filesystem::path& path);

// Orientation 1..8 out of an EXIF block ("II*\0" or "MM\0*" on, with "Exif\0\0" before it or not); 1 if it says
// nothing.
[[nodiscard]] int read_exif_orientation(std::span<const std::uint8_t> exif);

}  // namespace sparsight
