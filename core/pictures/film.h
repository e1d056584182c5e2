// A whole video with a heatmap over it.
#pragma once

#include "core/pictures/heatmap.h"
#include "core/base/progress.h"
#include "core/media/video.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace sparsight {

struct FilmResult {
  std::int64_t frames = 0;
  std::string codec;                   // FFmpeg's name of the encoder
  std::optional<std::string> warning;  // where it is not H.264
};

// Writes every frame of `clip`'s file to `out` as MP4 (core/media/video_writer.h), upright, at the clip's size and the file's
// times, without sound. A clip of as_shown() (core/media/display.h) makes a film of square pixels. Each frame has the tokens
// of the sampled frame that is nearest in time (the earlier of two), where `windows` (by sampled frame) puts them; a
// strip at the bottom says what the colours mean where the frame is large enough. Reports Stage::Film. Error{File,
// Decode, Device, Memory}; Cancelled: nothing is left behind. `clip` is no image.
FilmResult write_film(const Clip& clip, std::span<const GridWindow> windows, const Trace& trace, const Heatmap& heatmap,
                      const std::filesystem::path& out, const PaintOptions& options = {}, const Control& control = {});

// Index of the sampled frame whose time is nearest; of two the earlier one. `frames` is not empty.
[[nodiscard]] std::size_t nearest_frame(std::span<const Frame> frames, double time_s);

}  // namespace sparsight
