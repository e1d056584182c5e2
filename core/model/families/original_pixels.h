// Pixels as the original Video-LLaVA's processors make them, with PyTorch's interpolation. Internal to core/model.
#pragma once

#include "core/model/preprocess.h"

namespace sparsight {

// A video's frame: normalised, then made as high or wide as the tower's image, bilinear, then cut at the centre. A
// picture: padded to a square with the mean colour if ModelConfig::square_images says so, resized with bicubic weights,
// cut, normalised. Nothing is antialiased. Only mean and deviation are read from `how`.
[[nodiscard]] ViewPixels original_pixels(const RgbImage& picture, const PreprocessConfig& how,
                                         const ModelConfig& config, MediaKind media);

}  // namespace sparsight
