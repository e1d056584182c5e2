// A decoded picture -> upright RGB. Internal to the video module.
#pragma once

#include "core/media/video.h"
#include "core/media/video_ffmpeg.h"
#include "core/media/video_source.h"
#include "core/media/video_tone_map.h"
#include "kernels/cpu/thread_pool.h"

#include <memory>
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

// What is done to the pictures of a stream.
struct Finish {
  Orientation orientation{};
  ToneMap tone_map = ToneMap::Off;
  double peak = kPeakUnlessSaid;  // of HDR, in cd/m2
  double pixel_aspect = 1;        // upright; of pictures that become square
};

// `path` is the source's: PNG and TIFF say in there how they are turned. A request's tone map and squareness.
[[nodiscard]] Finish finish_of(const Source& source, const std::filesystem::path& path, ToneMap tone_map,
                               bool square_pixels);
// As `orientation` turns it.
[[nodiscard]] double upright_aspect(const Source& source, Orientation orientation);

// Converts as `ffmpeg -pix_fmt rgb24` and PyAV do, to the bit: swscale's default filter, the frame's own matrix and
// range, transparency dropped. HDR is mapped where that is wanted. Keeps its tables from one frame to the next; called
// from one thread.
class Painter {
 public:
  // `threads`: that HDR is converted and mapped with, as far as they can be started; what comes out is the same.
  explicit Painter(const Finish& finish = {}, int threads = 1) : finish_(finish), threads_(threads) {}
  // Upright; by the frame's own EXIF where it has one. Error{Decode} for a size or pixel format that cannot be
  // converted.
  [[nodiscard]] RgbImage paint(const AVFrame& frame);

 private:
  struct Key {
    int width, height, format, range, matrix, target;
    friend bool operator==(const Key&, const Key&) = default;
  };
  void prepare(const AVFrame& frame, AVPixelFormat target);
  void map_rows(RgbImage& image);  // of rgb_

  Finish finish_;
  int threads_;
  std::unique_ptr<cpu::ThreadPool> pool_;  // that maps rows; null: the caller's thread alone
  std::optional<Key> key_;
  Owned<SwsContext> scaler_;
  Owned<AVFrame> rgb_;
  std::optional<ToneMapper> mapper_;
};

}  // namespace sparsight::ffmpeg
