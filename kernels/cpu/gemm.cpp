// Matrix products: few rows as dot products that read the weights once, many rows in tiles. An element of the result is
// summed in the same order wherever the cuts fall, so that tiles may follow the number of threads.
#include "kernels/cpu/kernels.h"

#include <algorithm>

namespace sparsight::cpu {
namespace {

constexpr std::size_t kFewRows = 8;     // up to here the product is bound by reading the weights
constexpr std::size_t kTileRows = 384;  // activation rows a tile: its outputs stay in the second-level cache
constexpr std::size_t kDotCols = 64;
constexpr std::size_t kSmallWork = 1 << 16;  // multiply-adds below which waking a thread costs more

void finish(const LinearArgs& args, Tensor& out, std::size_t row0, std::size_t rows, std::size_t col0,
            std::size_t cols) {
  const float* bias = args.bias.empty() ? nullptr : args.bias.f32() + col0;
  if (bias == nullptr && args.activation == Activation::None) return;
  for (std::size_t r = row0; r < row0 + rows; ++r) {
    float* y = out.f32() + r * out.cols() + col0;
    if (bias != nullptr)
      for (std::size_t c = 0; c < cols; ++c) y[c] += bias[c];
    activate(args.activation, y, cols);
  }
}

void few_rows(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.rows();
  const std::size_t tiles = (n + kDotCols - 1) / kDotCols;
  pool.run(
      tiles,
      [&](std::size_t tile, std::size_t worker) {
        const std::size_t n0 = tile * kDotCols, n1 = std::min(n, n0 + kDotCols), cols = n1 - n0;
        if (!args.accumulate) {
          dot_rows(args.x.f32(), m, k, args.weight.data(), args.weight.dtype(), n0, n1, out.f32() + n0, n);
        } else {
          float* sum = scratch[worker].floats(m * cols);
          dot_rows(args.x.f32(), m, k, args.weight.data(), args.weight.dtype(), n0, n1, sum, cols);
          for (std::size_t r = 0; r < m; ++r)
            for (std::size_t c = 0; c < cols; ++c) out.f32()[r * n + n0 + c] += sum[r * cols + c];
        }
        finish(args, out, 0, m, n0, cols);
      },
      m * n * k < kSmallWork);
}

}  // namespace

void linear(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.rows();
  if (m <= kFewRows) return few_rows(args, out, pool, scratch);

  // Every thread gets the same number of tiles, of nearly the same size.
  const std::size_t steps = (n + kGemmStep - 1) / kGemmStep, row_tiles = (m + kTileRows - 1) / kTileRows;
  std::size_t col_tiles = (n + gemm_cols() - 1) / gemm_cols();
  while (col_tiles < steps && col_tiles * row_tiles % pool.threads() != 0) ++col_tiles;
  const auto first_col = [&](std::size_t tile) { return std::min(n, tile * steps / col_tiles * kGemmStep); };
  const auto* weight = static_cast<const std::byte*>(args.weight.data());
  const std::size_t weight_row = k * size_of(args.weight.dtype());
  pool.run(
      col_tiles * row_tiles,
      [&](std::size_t tile, std::size_t worker) {
        const std::size_t n0 = first_col(tile / row_tiles), cols = first_col(tile / row_tiles + 1) - n0;
        const std::size_t m0 = tile % row_tiles * m / row_tiles, m1 = (tile % row_tiles + 1) * m / row_tiles;
        gemm_tile({.x = args.x.f32() + m0 * k,
                   .rows = m1 - m0,
                   .inputs = k,
                   .weight = weight + n0 * weight_row,
                   .type = args.weight.dtype(),
                   .cols = cols,
                   .out = out.f32() + m0 * n + n0,
                   .out_stride = n,
                   .accumulate = args.accumulate},
                  scratch[worker].floats(gemm_scratch(cols)));
        finish(args, out, m0, m1 - m0, n0, cols);
      },
      m * n * k < kSmallWork);
}

}  // namespace sparsight::cpu
