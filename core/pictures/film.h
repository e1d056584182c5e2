// A whole video with a heatmap over it.
#pragma once

#include "core/base/progress.h"
#include "core/media/video.h"
#include "core/pictures/heatmap.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace sparsight {

struct FilmResult {
  std::int64_t frames = 0;
  std::string codec;                   // FFmpeg's name for the encoder
  std::optional<std::string> warning;  // set if the encoder is not H.264
};

// Writes every frame of `clip`'s file to `out` as MP4 (core/media/video_writer.h): upright, at the clip's size and the
// file's times, without sound. A clip as_shown() (core/media/display.h) gives square pixels. Each frame shows the
// tokens of the sampled frame nearest in time (the earlier of two), placed by `windows` (per sampled frame). A strip at
// the bottom explains the colours if the frame is large enough. `clip` is not an image. Reports Stage::Film.
// Error{File, Decode, Device, Memory}; Cancelled: no file is left.
FilmResult write_film(const Clip& clip, std::span<const GridWindow> windows, const Trace& trace, const Heatmap& heatmap,
                      const std::filesystem::path& out, const PaintOptions& options = {}, const Control& control = {});

// Index of the sampled frame nearest in time; of two the earlier one. `frames` is not empty.
[[nodiscard]] std::size_t nearest_frame(std::span<const Frame> frames, double time_s);

}  // namespace sparsight
