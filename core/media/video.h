// Video or image file -> sampled frames with their times. Only this module uses FFmpeg.
#pragma once

#include "core/base/progress.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sparsight {

struct RgbImage {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;  // height x width x 3, packed, sRGB as stored
};

// Which of N frames are taken.
enum class FrameChoice {
  Linspace,  // floor(linspace(0, N-1, count)): the original Video-LLaVA, the default
  Arange,    // floor(arange(0, N, N/count)): transformers' documentation
};

// How HDR (PQ, HLG) is handled. A warning of the clip says it.
enum class ToneMap {
  Auto,  // mapped to an ordinary screen: BT.709, by the curve of BT.2390
  Off,   // read as stored, as the reference does: colours and brightness differ from those on a screen
};

constexpr int kDecodingThreads = 2;  // the most that read_clip decodes with

struct FrameRequest {
  std::size_t count = 8;
  FrameChoice choice = FrameChoice::Linspace;
  // Chooses a video's frames in place of `count` and `choice`: ascending indices among `total` frames, at least one.
  // With a time range the frames in it are counted.
  std::function<std::vector<std::int64_t>(std::int64_t total, double frames_per_second)> rule{};
  // True: an engine whose model was trained with a rule of its own takes that; others, and read_clip, take `count`.
  bool as_trained = false;
  // Only frames with start_s <= time < end_s are used. Error{Usage} if there are none.
  std::optional<double> start_s{};
  std::optional<double> end_s{};
  // The most frames that the model can take: if `count` or `rule` asks for more of a video, that is refused with
  // Error{Usage} before any frame is decoded. A still image is one frame whatever `count` is.
  std::optional<std::size_t> most{};
  // False: decode everything, in order. True: seek where that is faster. The frames are the same either way.
  bool may_seek = true;
  ToneMap tone_map = ToneMap::Auto;
  // True: stretch frames whose pixels are not square to the shape that a screen shows. False: keep them as stored, as
  // the reference does.
  bool square_pixels = false;
};

struct Frame {
  std::int64_t index = 0;  // in presentation order over the whole file
  double time_s = 0;       // presentation time from the start of the file
  // Upright: rotation metadata is applied. Never null; repeated frames share it.
  std::shared_ptr<const RgbImage> image;
};

struct Clip {
  std::filesystem::path path;
  bool is_image = false;
  std::vector<Frame> frames;      // as many as asked for; repeats where the video is shorter
  std::int64_t total_frames = 0;  // counted, not read from the container
  double duration_s = 0;
  double frames_per_second = 0;  // on average, as the container says; counted where it does not. 0: a still image
  int width = 0;                 // upright
  int height = 0;
  double pixel_aspect = 1;           // a pixel's width over its height, upright; core/media/display.h stretches
  ToneMap tone_map = ToneMap::Auto;  // how the clip was read
  std::string container;             // FFmpeg's short name
  std::string codec;
  bool by_seeking = false;            // only the parts that hold the frames were decoded
  std::vector<std::string> warnings;  // for example, which part of a truncated file was decoded
  double open_ms = 0;
  double decode_ms = 0;
};

// The FFmpeg that this program runs with, for reports.
struct FfmpegBuild {
  std::string version;  // "5.1.6-0+deb12u1"
  std::string licence;  // as it was built: "GPL version 2 or later"
};
[[nodiscard]] FfmpegBuild ffmpeg_build();

// The frame indices chosen from a video of `total` frames; total and count >= 1.
[[nodiscard]] std::vector<std::int64_t> choose_frames(std::int64_t total, std::size_t count, FrameChoice choice);

// Receives each picture that is expected to be among the clip's frames; others may come if the file is shorter than its
// packets suggest. If an index comes twice, the last picture counts: it is the one in Clip::frames. Called on the
// reading thread; an exception ends the reading.
using OnPicture = std::function<void(std::int64_t index, const RgbImage& picture)>;

// Reads a video, an animation or a still image (is_image: JPEG, PNG, HEIC, ...: one frame, `count` ignored; the largest
// of an icon). Error{File} if it cannot be opened, Error{Decode} if no picture can be decoded (audio only, corrupt),
// Error{Usage} for a time range without frames, or for any time range of a still image; Cancelled. Any thread; no
// shared state. `on_picture` is called with a video's pictures as they are decoded, but not for files that may be still
// images.
[[nodiscard]] Clip read_clip(const std::filesystem::path& path, const FrameRequest& request = {},
                             const Control& control = {}, const OnPicture& on_picture = {});

// The bytes of a PNG file. Error{Memory}.
[[nodiscard]] std::vector<std::uint8_t> encode_png(const RgbImage& image);
// Writes a PNG. Error{File, Memory}.
void write_png(const RgbImage& image, const std::filesystem::path& path);
// The bytes of a JPEG file, with chroma at half the resolution; `quality` is libjpeg's 1..100. Error{Memory}.
[[nodiscard]] std::vector<std::uint8_t> encode_jpeg(const RgbImage& image, int quality);

}  // namespace sparsight
