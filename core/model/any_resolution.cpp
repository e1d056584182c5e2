#include "core/model/any_resolution.h"

#include "kernels/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sparsight {
namespace {

double ratio(std::size_t a, std::size_t b) { return static_cast<double>(a) / static_cast<double>(b); }

}  // namespace

// In double, truncated: a size that fits exactly may come out a pixel short, which decides between two sizes.
PictureSize best_resolution(const PictureSize& picture, const Pinpoints& choices) {
  SPARSIGHT_CHECK(!choices.empty() && picture.width != 0 && picture.height != 0);
  PictureSize best{choices.front().second, choices.front().first};
  std::size_t most = 0, least_wasted = std::numeric_limits<std::size_t>::max();
  for (const auto& [height, width] : choices) {
    const double scale = std::min(ratio(width, picture.width), ratio(height, picture.height));
    const auto scaled = [&](std::size_t side) { return static_cast<std::size_t>(static_cast<double>(side) * scale); };
    const std::size_t kept = std::min(scaled(picture.width) * scaled(picture.height), picture.width * picture.height);
    const std::size_t wasted = width * height - kept;
    if (kept > most || (kept == most && wasted < least_wasted)) {
      most = kept;
      least_wasted = wasted;
      best = {width, height};
    }
  }
  return best;
}

PictureSize fitted_size(const PictureSize& picture, const PictureSize& target) {
  const double across = ratio(target.width, picture.width), down = ratio(target.height, picture.height);
  const auto scaled = [](std::size_t side, double by, std::size_t most) {
    return std::min(static_cast<std::size_t>(std::ceil(static_cast<double>(side) * by)), most);
  };
  if (across < down) return {target.width, scaled(picture.height, across, target.height)};
  return {scaled(picture.width, down, target.width), target.height};
}

PictureSize padding_before(const PictureSize& fitted, const PictureSize& target) {
  return {(target.width - fitted.width) / 2, (target.height - fitted.height) / 2};
}

// transformers rounds the quotient to seven digits before it truncates, which makes it that of whole numbers.
KeptPatches unpadded(const PictureSize& picture, std::size_t columns, std::size_t rows) {
  KeptPatches out{.columns = columns, .rows = rows};
  if (picture.width * rows > columns * picture.height) {
    out.first_row = (rows - picture.height * columns / picture.width) / 2;
    out.rows -= 2 * out.first_row;
  } else {
    out.first_column = (columns - picture.width * rows / picture.height) / 2;
    out.columns -= 2 * out.first_column;
  }
  return out;
}

}  // namespace sparsight
