// A video or image file -> sampled frames with their times. The only place that knows FFmpeg.
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

// Which frames of N are taken.
enum class FrameChoice {
  Linspace,  // floor(linspace(0, N-1, count)): the original Video-LLaVA, the default
  Arange,    // floor(arange(0, N, N/count)): transformers' documentation
};

// What becomes of HDR (PQ, HLG). A warning of the clip says which.
enum class ToneMap {
  Auto,  // mapped to what an ordinary screen shows: BT.709, by the curve of BT.2390
  Off,   // taken as stored, as the reference does: colours and brightness are then not those that people see
};

constexpr int kDecodingThreads = 2;  // that read_clip decodes with, at most

struct FrameRequest {
  std::size_t count = 8;
  FrameChoice choice = FrameChoice::Linspace;
  // Only frames with start_s <= time < end_s count as the video. Error{Usage} if that leaves none.
  std::optional<double> start_s{};
  std::optional<double> end_s{};
  // More frames of a video than these are refused before any is decoded, with Error{Usage}: what a model can take. A
  // still image is one frame whatever was asked for.
  std::optional<std::size_t> most{};
  // Off: decode everything, in order. On: seek where that is faster. The frames are the same either way.
  bool may_seek = true;
  ToneMap tone_map = ToneMap::Auto;
  // On: frames whose pixels are not square are stretched to the shape that a screen shows. Off: as stored, as the
  // reference takes them.
  bool square_pixels = false;
};

struct Frame {
  std::int64_t index = 0;  // in presentation order, counted over the whole file
  double time_s = 0;       // presentation time from the start of the file
  // Upright: rotation metadata is applied. Never null; frames that repeat share it.
  std::shared_ptr<const RgbImage> image;
};

struct Clip {
  std::filesystem::path path;
  bool is_image = false;
  std::vector<Frame> frames;      // as many as asked for; repeats where the video is shorter
  std::int64_t total_frames = 0;  // counted, never taken from the container
  double duration_s = 0;
  int width = 0;  // upright
  int height = 0;
  double pixel_aspect = 1;           // width of the frames' pixels over their height, upright; core/media/display.h stretches
  ToneMap tone_map = ToneMap::Auto;  // how it was read
  std::string container;             // FFmpeg's short name
  std::string codec;
  bool by_seeking = false;            // only the stretches that hold the frames were decoded
  std::vector<std::string> warnings;  // e.g. what part of a truncated file could be decoded
  double open_ms = 0;
  double decode_ms = 0;
};

// The chosen indices for a video of `total` frames, by `choice`; total and count >= 1.
[[nodiscard]] std::vector<std::int64_t> choose_frames(std::int64_t total, std::size_t count, FrameChoice choice);

// A picture that will be among a clip's frames, unless the file deceives about its length. Where an index comes twice,
// the last picture counts: it is that of Clip::frames. Called on the thread that reads; what it throws ends the
// reading.
using OnPicture = std::function<void(std::int64_t index, const RgbImage& picture)>;

// Reads a video, an animation or a still image (is_image: JPEG, PNG, HEIC, ... one frame, count ignored; of an icon the
// largest). Error{File} if it cannot be opened, Error{Decode} if it holds no picture that can be decoded (audio only,
// corrupt), Error{Usage} for a range without frames, or of a still image; Cancelled. Any thread; no state is shared.
// `on_picture` hears of a video's pictures as they are decoded, of a file that may turn out to be a still image it
// hears nothing.
[[nodiscard]] Clip read_clip(const std::filesystem::path& path, const FrameRequest& request = {},
                             const Control& control = {}, const OnPicture& on_picture = {});

// A PNG file's bytes. Error{Memory}.
[[nodiscard]] std::vector<std::uint8_t> encode_png(const RgbImage& image);
// Writes a PNG. Error{File, Memory}.
void write_png(const RgbImage& image, const std::filesystem::path& path);
// A JPEG file's bytes, colour at half the resolution; `quality` 1..100 as libjpeg counts. Error{Memory}.
[[nodiscard]] std::vector<std::uint8_t> encode_jpeg(const RgbImage& image, int quality);

}  // namespace sparsight
