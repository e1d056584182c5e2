// LLaVA-NeXT's "any resolution": a picture is made to fit one of several sizes, padded with black and cut into tiles.
// The arithmetic is that of transformers (select_best_resolution, get_patch_output_size, unpad_image). Pure functions.
#pragma once

#include "core/model/config.h"

#include <cstddef>
#include <utility>

namespace sparsight {

struct PictureSize {
  std::size_t width = 0, height = 0;

  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

// Of `choices` (not empty), the size that keeps most of the picture's pixels and then wastes the fewest.
[[nodiscard]] PictureSize best_resolution(const PictureSize& picture, const Pinpoints& choices);
// The largest size with the picture's aspect that fits into `target`.
[[nodiscard]] PictureSize fitted_size(const PictureSize& picture, const PictureSize& target);
// How many pixels of `target` are left and above of a picture of size `fitted`.
[[nodiscard]] PictureSize padding_before(const PictureSize& fitted, const PictureSize& target);

// The patches of a grid of `columns` x `rows` that are not padding alone, as transformers counts them.
struct KeptPatches {
  std::size_t first_column = 0, columns = 0;
  std::size_t first_row = 0, rows = 0;  // columns or rows may be 0, for a picture as thin as a line

  friend bool operator==(const KeptPatches&, const KeptPatches&) = default;
};
[[nodiscard]] KeptPatches unpadded(const PictureSize& picture, std::size_t columns, std::size_t rows);

}  // namespace sparsight
