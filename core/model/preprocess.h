// Frames -> normalised pixels, as in transformers' VideoLlavaImageProcessor with PIL.
#pragma once

#include "core/media/video.h"
#include "core/model/config.h"
#include "kernels/tensor.h"

#include <span>

namespace sparsight {

// resize (short side), centre crop (zero padded where the image is smaller), rescale, normalise.
// Returns [3, crop_height, crop_width] F32.
[[nodiscard]] HostTensor preprocess(const RgbImage& image, const PreprocessConfig& config);
// All frames: [frames, 3, height, width].
[[nodiscard]] HostTensor preprocess(std::span<const Frame> frames, const PreprocessConfig& config,
                                    const Control& control = {});

// Where the grid of patches lies on a frame, in the frame's pixels; (0, 0) is the upper left corner of the upper left
// pixel. It extends beyond a frame that was padded.
struct GridWindow {
  double left = 0, top = 0, width = 0, height = 0;
  [[nodiscard]] GridWindow scaled(double by) const { return scaled(by, by); }
  [[nodiscard]] GridWindow scaled(double across, double down) const {
    return {left * across, top * down, width * across, height * down};
  }

  friend bool operator==(const GridWindow&, const GridWindow&) = default;
};
// For a frame of `width` x `height` that goes through preprocess(). The grid covers the first `across` x `down` pixels
// of the result: patches times the patch size. Error{Model} for a config that preprocess() refuses.
[[nodiscard]] GridWindow grid_window(int width, int height, const PreprocessConfig& config, std::size_t across,
                                     std::size_t down);

// What the tower gets to see of one picture.
struct ViewPixels {
  HostTensor values;  // [views, 3, height, width]; the same height and width for all frames of a clip
  std::size_t tile_rows = 0, tile_columns = 0;  // how many tiles the picture was cut into; 0: it was not cut
  GridWindow window;                            // what all views together cover
};
// Looks at a picture as the model's family does: Family::look_at, or look_at_whole(). Error{Model}.
[[nodiscard]] ViewPixels look_at(const RgbImage& picture, const PreprocessConfig& how, const ModelConfig& config,
                                 MediaKind media);
// preprocess() as one view, with the tower's grid of patches.
[[nodiscard]] ViewPixels look_at_whole(const RgbImage& picture, const PreprocessConfig& how, const VisionConfig& tower);

}  // namespace sparsight
