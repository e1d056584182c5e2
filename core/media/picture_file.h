// Files of pictures that their own libraries decode, as PIL does: JPEG, WebP (animated, too), HEIC and AVIF. Internal
// to the video module.
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

// One picture, or an animation of several. One thread.
class PictureFile {
 public:
  enum class Kind { Jpeg, WebP, Heif };

  // Error{File, Decode, Memory}, with the file's name.
  PictureFile(std::filesystem::path path, Kind kind, ToneMap tone_map);

  // When each picture comes, from 0 on; one: a still image.
  [[nodiscard]] const std::vector<double>& times() const { return times_; }
  [[nodiscard]] double duration_s() const { return duration_s_; }  // 0 of a still image
  [[nodiscard]] std::string container() const;                     // as FFmpeg would name it
  [[nodiscard]] std::string codec() const;

  // `index` < times().size(). Quick in ascending order. Error{Decode, Memory}, with the file's name.
  [[nodiscard]] RgbImage picture(std::size_t index);
  // Of the pictures that were decoded so far.
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

// HEIC and AVIF by the file's first bytes, so that FFmpeg need not be asked; nullopt where it must.
[[nodiscard]] std::optional<PictureFile::Kind> kind_of_picture(const std::filesystem::path& path);
// What of the others a file is that FFmpeg opened; nullopt: FFmpeg decodes it.
[[nodiscard]] std::optional<PictureFile::Kind> kind_of_picture(const std::filesystem::path& path,
                                                               const ffmpeg::Source& source);
// Both; null where FFmpeg decodes the file. Error{File, Decode, Memory}; Cancelled.
[[nodiscard]] std::unique_ptr<PictureFile> open_pictures(const std::filesystem::path& path, ToneMap tone_map,
                                                         const std::stop_token& stop);

}  // namespace sparsight
