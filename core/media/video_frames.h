// Every frame of a video in order, one at a time.
#pragma once

#include "core/base/progress.h"
#include "core/media/video.h"

#include <filesystem>
#include <functional>
#include <stop_token>

namespace sparsight {

// Calls `on_frame` with each frame, indices, times and pixels as read_clip tells them, until it returns false. One
// frame is held at a time, whatever the video's length. Damaged parts are guessed as read_clip does; frames may change
// their size where the video does. Returns the time at which the last frame ends. Error{File, Decode}; Cancelled. Any
// thread.
double for_each_frame(const std::filesystem::path& path, ToneMap tone_map,
                      const std::function<bool(const Frame&)>& on_frame, const std::stop_token& stop = {});

}  // namespace sparsight
