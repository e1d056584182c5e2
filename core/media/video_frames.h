// Reads every frame of a video in order, one at a time.
#pragma once

#include "core/base/progress.h"
#include "core/media/video.h"

#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

namespace sparsight {

// Calls `on_frame` with each frame until it returns false; index, time and pixels are those that read_clip gives. Holds
// one frame at a time. Conceals damaged parts as read_clip does; the size of the frames may change where the video's
// does. Returns the time at which the last frame ends. Error{File, Decode}; Cancelled. Any thread.
double for_each_frame(const std::filesystem::path& path, ToneMap tone_map,
                      const std::function<bool(const Frame&)>& on_frame, const std::stop_token& stop = {});

// The time of each frame, by its index, read without decoding a video; empty where that cannot tell: of still images,
// and of damaged files. Error{File, Decode}; Cancelled. Any thread.
[[nodiscard]] std::vector<double> frame_times(const std::filesystem::path& path, const std::stop_token& stop = {});

}  // namespace sparsight
