#include "core/pictures/shown_clip.h"

#include "core/media/display.h"
#include "kernels/error.h"

#include <memory>

namespace sparsight {

ShownClip as_shown(const Clip& clip, std::span<const GridWindow> windows) {
  ShownClip shown{clip, {windows.begin(), windows.end()}};
  if (clip.pixel_aspect == 1) return shown;
  SPARSIGHT_CHECK(windows.size() == clip.frames.size());
  for (std::size_t f = 0; f < clip.frames.size(); ++f) {
    const RgbImage& stored = *clip.frames[f].image;
    const bool repeats = f > 0 && clip.frames[f].image == clip.frames[f - 1].image;
    shown.clip.frames[f].image = repeats ? shown.clip.frames[f - 1].image
                                         : std::make_shared<RgbImage>(with_square_pixels(stored, clip.pixel_aspect));
    const RgbImage& image = *shown.clip.frames[f].image;
    shown.windows[f] = windows[f].scaled(static_cast<double>(image.width) / stored.width,
                                         static_cast<double>(image.height) / stored.height);
  }
  const DisplaySize size = display_size(clip.width, clip.height, clip.pixel_aspect);
  shown.clip.width = size.width;
  shown.clip.height = size.height;
  shown.clip.pixel_aspect = 1;
  return shown;
}

}  // namespace sparsight
