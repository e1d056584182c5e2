// The decoders that libheif uses. Internal to the video module.
#pragma once

namespace sparsight {

// Makes libheif decode HEVC and AV1 with FFmpeg on the caller's thread: its own decoders start threads, and one of them
// hangs where no thread can be started. Any thread, any number of times.
void decode_heif_with_ffmpeg();

// Whether any image that libheif decoded on this thread since the last call has guessed parts.
[[nodiscard]] bool take_heif_damage();

}  // namespace sparsight
