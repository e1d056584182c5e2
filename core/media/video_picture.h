// Decoded picture -> upright RGB. Internal to the video module.
#pragma once

#include "core/media/video.h"
#include "core/media/video_ffmpeg.h"
#include "core/media/video_source.h"
#include "core/media/video_tone_map.h"
#include "kernels/thread_pool.h"

#include <memory>
#include <optional>

namespace sparsight::ffmpeg {

// How a stored picture is turned upright: first transposed, then mirrored.
struct Orientation {
  bool transpose = false;
  bool flip_x = false;
  bool flip_y = false;
  friend bool operator==(const Orientation&, const Orientation&) = default;
};

// The display matrix of a stream, to the nearest right angle; upright if it has none.
[[nodiscard]] Orientation stream_orientation(const AVStream& stream);
// From EXIF's number 1..8; other numbers mean upright.
[[nodiscard]] Orientation exif_orientation(int number);
[[nodiscard]] RgbImage turn_upright(RgbImage image, Orientation orientation);

// How the pictures of a stream are converted.
struct Conversion {
  Orientation orientation{};
  ToneMap tone_map = ToneMap::Off;
  double peak = kPeakUnlessSaid;  // of HDR, in cd/m2
  double pixel_aspect = 1;        // upright; used to make pixels square
};

// `path` is the source's file: in PNG and TIFF it holds the orientation. `tone_map` and `square_pixels` are those of
// FrameRequest.
[[nodiscard]] Conversion conversion_of(const Source& source, const std::filesystem::path& path, ToneMap tone_map,
                                       bool square_pixels);
// The pixel aspect after `orientation` is applied.
[[nodiscard]] double upright_aspect(const Source& source, Orientation orientation);

// Converts as `ffmpeg -pix_fmt rgb24` and PyAV do, to the bit: swscale's default filter, the frame's own matrix and
// range, transparency dropped. Maps HDR if requested. Keeps its tables between frames; used by one thread.
class RgbConverter {
 public:
  // `threads`: the most that convert and map HDR, fewer if they cannot be started; the result is the same.
  explicit RgbConverter(const Conversion& conversion = {}, int threads = 1)
      : conversion_(conversion), threads_(threads) {}
  // Returns the picture upright, by the frame's own EXIF if it has one. Error{Decode} for a size or pixel format that
  // cannot be converted.
  [[nodiscard]] RgbImage convert(const AVFrame& frame);

 private:
  struct Key {
    int width, height, format, range, matrix, target;
    friend bool operator==(const Key&, const Key&) = default;
  };
  void prepare(const AVFrame& frame, AVPixelFormat target);
  void map_rows(RgbImage& image);  // reads rgb_

  Conversion conversion_;
  int threads_;
  std::unique_ptr<cpu::ThreadPool> pool_;  // maps rows; null: the caller's thread does it
  std::optional<Key> key_;
  Owned<SwsContext> scaler_;
  Owned<AVFrame> rgb_;
  std::optional<ToneMapper> mapper_;
};

}  // namespace sparsight::ffmpeg
