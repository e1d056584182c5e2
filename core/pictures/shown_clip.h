// A clip as pictures and films show it: of square pixels. Pure; any thread.
#pragma once

#include "core/media/video.h"
#include "core/model/preprocess.h"

#include <span>
#include <vector>

namespace sparsight {

// A clip with square pixels and where the token grid lies on each frame. Shares the clip's frames if their pixels are
// square already.
struct ShownClip {
  Clip clip;
  std::vector<GridWindow> windows;
};
[[nodiscard]] ShownClip as_shown(const Clip& clip, std::span<const GridWindow> windows);

}  // namespace sparsight
