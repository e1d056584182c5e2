// A clip as pictures and films show it: of square pixels. Pure; any thread.
#pragma once

#include "core/media/video.h"
#include "core/model/preprocess.h"

#include <span>
#include <vector>

namespace sparsight {

// A clip and where the grid of tokens lies on its frames. If its pixels are square already, the frames are the clip's
// own, shared.
struct ShownClip {
  Clip clip;
  std::vector<GridWindow> windows;
};
[[nodiscard]] ShownClip as_shown(const Clip& clip, std::span<const GridWindow> windows);

}  // namespace sparsight
