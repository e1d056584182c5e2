// Distances and products of rows of states, which pruning asks for. Sums are in double.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

extern "C" __global__ void __launch_bounds__(kMeanThreads) column_means(ColumnMeans p) {
  constexpr unsigned kWarps = kMeanThreads / kMeanCols;
  __shared__ double room[kWarps][kMeanCols];
  const unsigned in_block = threadIdx.x % kMeanCols, warp = threadIdx.x / kMeanCols;
  const unsigned col = blockIdx.x * kMeanCols + in_block;
  double sum = 0;
  if (col < p.cols)
    for (unsigned row = warp; row < p.rows; row += kWarps)
      sum += static_cast<double>(p.x[static_cast<std::uint64_t>(row) * p.cols + col]);
  room[warp][in_block] = sum;
  __syncthreads();
  if (warp != 0 || col >= p.cols) return;
  for (unsigned other = 1; other < kWarps; ++other) sum += room[other][in_block];
  p.means[col] = sum / static_cast<double>(p.rows);
}

extern "C" __global__ void centre_rows(CentreRows p) {
  __shared__ double room[32];
  const std::uint64_t first = static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  double sum = 0;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) {
    const float value = static_cast<float>(static_cast<double>(p.x[first + c]) - p.means[c]);
    p.out[first + c] = value;
    sum += static_cast<double>(value) * static_cast<double>(value);
  }
  sum = block_sum(sum, room);
  if (threadIdx.x == 0) p.norms[blockIdx.x] = static_cast<float>(sum);
}

// The block reads a tile above the diagonal and writes it and its mirror image. No other block touches either.
extern "C" __global__ void __launch_bounds__(kDistanceThreads) distances(Distances p) {
  __shared__ float tile[kDistanceTile][kDistanceTile + 1];
  constexpr unsigned kRows = kDistanceThreads / kDistanceTile;
  const unsigned down = blockIdx.y * kDistanceTile, across = blockIdx.x * kDistanceTile;
  if (down > across) return;
  const unsigned x = threadIdx.x % kDistanceTile, y = threadIdx.x / kDistanceTile;
  for (unsigned i = y; i < kDistanceTile; i += kRows) {
    const unsigned row = down + i, col = across + x;
    if (row >= col || col >= p.rows) continue;
    const float product = p.products[static_cast<std::uint64_t>(row) * p.rows + col];
    const float apart = p.norms[row] + p.norms[col] - 2.0f * product;
    tile[i][x] = apart > 0.0f ? apart * p.scale : 0.0f;
  }
  __syncthreads();
  for (unsigned i = y; i < kDistanceTile; i += kRows) {
    const unsigned row = down + i, col = across + x;
    if (row < col && col < p.rows) p.products[static_cast<std::uint64_t>(row) * p.rows + col] = tile[i][x];
    const unsigned low = across + i, left = down + x;
    if (low > left && low < p.rows) p.products[static_cast<std::uint64_t>(low) * p.rows + left] = tile[x][i];
    if (row == col && row < p.rows) p.products[static_cast<std::uint64_t>(row) * p.rows + col] = 0.0f;
  }
}

extern "C" __global__ void pair_sums(PairSums p) {
  __shared__ double room[32];
  const float* a = p.a + static_cast<std::uint64_t>(p.pairs[2 * static_cast<std::uint64_t>(blockIdx.x)]) * p.cols;
  const float* b = p.b + static_cast<std::uint64_t>(p.pairs[2 * static_cast<std::uint64_t>(blockIdx.x) + 1]) * p.cols;
  double sum = 0;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) {
    const auto x = static_cast<double>(a[c]), y = static_cast<double>(b[c]);
    sum += p.squared != 0 ? (x - y) * (x - y) : x * y;
  }
  sum = block_sum(sum, room);
  if (threadIdx.x == 0) p.out[blockIdx.x] = sum;
}
