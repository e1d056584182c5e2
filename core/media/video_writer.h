// Frames -> MP4 file: H.264, yuv420p, BT.709, with the index at the front.
#pragma once

#include "core/media/video.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sparsight {

// Writes one file, on one thread. Writes a temporary file, which finish() renames; without finish() nothing is left.
class VideoWriter {
 public:
  // Upright frames of `width` x `height`; `frame_interval_s` gives the video's nominal rate (frame times may vary).
  // Uses libx264 if this FFmpeg has it, else another software encoder for H.264, else MPEG-4 part 2: see codec() and
  // warning(). Error{Usage} for an impossible size, Error{File}, Error{Device} if there is no encoder.
  VideoWriter(std::filesystem::path path, int width, int height, double frame_interval_s);
  ~VideoWriter();
  VideoWriter(const VideoWriter&) = delete;
  VideoWriter& operator=(const VideoWriter&) = delete;

  // Times are in seconds and never go back; equal ones are moved apart by 1/90000 s. An odd width or height is made
  // even by repeating the last column or row, as yuv420p requires. Error{File}.
  void add(const RgbImage& image, double time_s);
  // `end_s`: when the last frame ends. Requires at least one frame. Error{File}.
  void finish(double end_s);

  [[nodiscard]] const std::string& codec() const;  // FFmpeg's name of the encoder: "libx264"
  [[nodiscard]] const std::optional<std::string>& warning() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
