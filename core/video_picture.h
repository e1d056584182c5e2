// A decoded picture -> upright RGB. Internal to the video module.
#pragma once

#include "core/video.h"
#include "core/video_ffmpeg.h"

#include <optional>

namespace sparsight::ffmpeg {

// How a stored picture is turned upright: rows and columns swapped first, then mirrored.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

// The display matrix of a stream, to the nearest right angle; upright if it has none.
[[nodiscard]] Orientation stream_orientation(const AVStream& stream);
// EXIF's number 1..8; others mean upright.
[[nodiscard]] Orientation exif_orientation(int number);
[[nodiscard]] RgbImage turn_upright(RgbImage image, Orientation orientation);

// Converts as `ffmpeg -pix_fmt rgb24` and PyAV do, to the bit: swscale's default filter, the frame's own matrix and
// range, transparency dropped. Keeps its tables from one frame to the next; one thread.
class Painter {
 public:
  // Error{Decode} for a size or pixel format that cannot be converted.
  [[nodiscard]] RgbImage paint(const AVFrame& frame);

 private:
  struct Key {
    int width, height, format, range, matrix;
    friend bool operator==(const Key&, const Key&) = default;
  };
  std::optional<Key> key_;
  Owned<SwsContext> scaler_;
  Owned<AVFrame> rgb_;
};

}  // namespace sparsight::ffmpeg
