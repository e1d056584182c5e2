// Files that are decoded by their format's own library, as PIL does: JPEG, WebP (animated, too), HEIC and AVIF.
// Internal to the video module.
#pragma once

#include "core/media/image_file.h"
#include "core/media/video.h"
#include "core/media/video_source.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

// One image, or an animation. Used by one thread.
class PictureFile {
 public:
  enum class Kind { Jpeg, WebP, Heif };

  // Error{File, Decode, Memory}, with the file's name.
  PictureFile(std::filesystem::path path, Kind kind, ToneMap tone_map);

  // The time of each picture, starting at 0; a still image has one.
  [[nodiscard]] const std::vector<double>& times() const { return times_; }
  [[nodiscard]] double duration_s() const { return duration_s_; }  // 0 of a still image
  [[nodiscard]] std::string container() const;                     // as FFmpeg would name it
  [[nodiscard]] std::string codec() const;

  // `index` < times().size(). Fast in ascending order. Error{Decode, Memory}, with the file's name.
  [[nodiscard]] RgbImage picture(std::size_t index);
  // Of the pictures decoded so far.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  std::filesystem::path path_;
  Kind kind_;
  ToneMap tone_map_;
  std::vector<std::uint8_t> data_;
  std::unique_ptr<WebpAnimation> animation_;  // null: a still image
  std::vector<double> times_{0.0};
  double duration_s_ = 0;
  std::string codec_;
  std::vector<std::string> warnings_;
};

// Recognises HEIC and AVIF by the file's first bytes, without FFmpeg; nullopt for any other file.
[[nodiscard]] std::optional<PictureFile::Kind> kind_of_picture(const std::filesystem::path& path);
// Recognises the other kinds in a file that FFmpeg opened; nullopt: FFmpeg decodes it.
[[nodiscard]] std::optional<PictureFile::Kind> kind_of_picture(const std::filesystem::path& path,
                                                               const ffmpeg::Source& source);
// Tries both; null: FFmpeg decodes the file. Error{File, Decode, Memory}; Cancelled.
[[nodiscard]] std::unique_ptr<PictureFile> open_pictures(const std::filesystem::path& path, ToneMap tone_map,
                                                         const std::stop_token& stop);

}  // namespace sparsight
