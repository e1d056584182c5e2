// Selection by score, and the rank of an attention matrix.
#pragma once

#include "core/pruning/states.h"

#include <cstddef>
#include <span>
#include <stop_token>
#include <vector>

namespace sparsight {

// Indices of the k largest scores, ascending; among equal scores the lower index wins. O(n). k <= scores.size().
[[nodiscard]] std::vector<std::size_t> top_k(std::span<const float> scores, std::size_t k);

// matrix_rank of `matrix` [m, n] as numpy and torch define it in float32: singular values above
// max(m, n) * 2^-23 * the largest one (times `tolerance_scale`). 0 for a matrix of zeros. Cancelled.
[[nodiscard]] std::size_t matrix_rank(const States& matrix, double tolerance_scale = 1.0,
                                      const std::stop_token& stop = {});

}  // namespace sparsight
