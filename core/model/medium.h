// A video or a picture as a model looks at it: what the layout of its tokens, and the words between them, depend on.
// Pure data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsight {

enum class MediaKind { None, Image, Video };

struct Medium {
  MediaKind kind = MediaKind::None;
  std::size_t frames = 1;
  // Of a frame as it was read, in pixels; 0: not known.
  std::size_t width = 0, height = 0;
  // Of one view (ViewPixels) as it enters the tower; 0: the tower's image size.
  std::size_t view_width = 0, view_height = 0;
  // How many tiles a picture was cut into; 0: it was not cut.
  std::size_t tile_rows = 0, tile_columns = 0;
  // Of the frames: in seconds from the start of the file, and counted there from 0; empty: not known.
  std::vector<double> times{};
  std::vector<std::int64_t> indices{};
  // Of the file.
  std::int64_t total_frames = 0;
  double duration_s = 0;
  double frames_per_second = 0;  // on average
};

}  // namespace sparsight
