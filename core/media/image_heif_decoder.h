// What libheif decodes with. Internal to the video module.
#pragma once

namespace sparsight {

// From then on libheif decodes HEVC and AV1 with FFmpeg, on the caller's thread: its own decoders start threads, and
// one waits for ever where none can be started. Any thread, any number of times.
void decode_heif_with_ffmpeg();

// Whether pictures that libheif decoded on this thread, since the last call, have guessed parts.
[[nodiscard]] bool take_heif_damage();

}  // namespace sparsight
