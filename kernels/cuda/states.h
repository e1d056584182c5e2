// Distances and products of rows of states, for pruning. Only the numbers that were asked for come to the host. All
// calls: the GPU is current, shapes are checked, matrices are F32; they wait until the GPU is done.
#pragma once

#include "kernels/cuda/gpu.h"
#include "kernels/cuda/products.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace sparsight::cuda {

using RowPair = std::pair<std::size_t, std::size_t>;  // a row of one matrix, and one of another

// Backend::squared_distances of all pairs of rows of x: [rows, rows].
[[nodiscard]] HostTensor squared_distances(Gpu& gpu, Products& products, TensorView x);

// For each pair (i, j), in double: a[i] . b[j], or |a[i] - b[j]|^2.
enum class PairSum { Product, SquaredDifference };
[[nodiscard]] std::vector<double> pair_sums(Gpu& gpu, TensorView a, TensorView b, std::span<const RowPair> pairs,
                                            PairSum what);

}  // namespace sparsight::cuda
