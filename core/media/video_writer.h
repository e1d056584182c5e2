// Frames -> an MP4 file: H.264, yuv420p, BT.709, the index in front.
#pragma once

#include "core/media/video.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sparsight {

// One file, one thread. It is written beside its name and takes it in finish(); without that nothing is left behind.
class VideoWriter {
 public:
  // Upright frames of `width` x `height`; `frame_interval_s` is what the video calls its rate (times may vary). H.264
  // by libx264 if this FFmpeg has it, else by another encoder that needs no special device, else MPEG-4 part 2: codec()
  // and warning() tell. Error{Usage} for a size that cannot be, Error{File}, Error{Device}: no encoder.
  VideoWriter(std::filesystem::path path, int width, int height, double frame_interval_s);
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  // Times in seconds, none before the last one's; equal ones are moved apart by 1/90000 s. An odd width or height is
  // made even by repeating the last column or row: yuv420p has no others. Error{File}.
  void add(const RgbImage& image, double time_s);
  // `end_s`: when the last frame ends. At least one frame was added. Error{File}.
  void finish(double end_s);

  [[nodiscard]] const std::string& codec() const;  // FFmpeg's name of the encoder: "libx264"
  [[nodiscard]] const std::optional<std::string>& warning() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
