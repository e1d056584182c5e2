// Matrix products with many rows: oneDNN's sgemm on tiles of the weights, widened to float where they are stored
// shorter. Tiles depend on the shape alone, so that the result does not depend on the number of threads.
#include "kernels/cpu/kernels.h"

#include <dnnl.h>

#include <algorithm>

// OpenMP's own name; its header is missing where clang comes without libomp.
extern "C" void omp_set_num_threads(int threads);

namespace sparsight::cpu {
namespace {

constexpr std::size_t kFewRows = 8;      // up to here the product is bound by reading the weights
constexpr std::size_t kTileCols = 512;   // output columns (weight rows) a tile
constexpr std::size_t kTileRows = 256;   // activation rows a tile, where columns alone give too few tiles
constexpr std::size_t kEnoughTiles = 8;  // balances some cores without cutting more than needed
constexpr std::size_t kColStep = 32, kTileCols_ = 256, kTileRows_ = 768;
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

#include <cstdlib>
void linear_dnnl(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch);
void linear(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  static const bool dnnl = std::getenv("SPARSIGHT_DNNL") != nullptr;
  if (dnnl) return linear_dnnl(args, out, pool, scratch);
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.rows();
  if (m <= kFewRows) return few_rows(args, out, pool, scratch);

  // Columns are dealt out in runs of kColStep, as evenly as they go.
  const std::size_t steps = (n + kColStep - 1) / kColStep;
  const std::size_t row_tiles = (m + kTileRows_ - 1) / kTileRows_;
  std::size_t col_tiles = (steps * kColStep + kTileCols_ - 1) / kTileCols_;
  const std::size_t uneven = col_tiles * row_tiles % pool.threads();
  if (uneven != 0) col_tiles = std::min(steps, col_tiles + (pool.threads() - uneven + row_tiles - 1) / row_tiles);
  const auto* weight = static_cast<const std::byte*>(args.weight.data());
  const std::size_t weight_row = k * size_of(args.weight.dtype());
  pool.run(
      col_tiles * row_tiles,
      [&](std::size_t tile, std::size_t worker) {
        const std::size_t ct = tile / row_tiles, rt = tile % row_tiles;
        const std::size_t n0 = ct * steps / col_tiles * kColStep;
        const std::size_t n1 = std::min(n, (ct + 1) * steps / col_tiles * kColStep);
        const std::size_t m0 = rt * m / row_tiles, m1 = (rt + 1) * m / row_tiles;
        gemm_tile({.x = args.x.f32() + m0 * k,
                   .rows = m1 - m0,
                   .inputs = k,
                   .weight = weight + n0 * weight_row,
                   .type = args.weight.dtype(),
                   .cols = n1 - n0,
                   .out = out.f32() + m0 * n + n0,
                   .out_stride = n,
                   .accumulate = args.accumulate},
                  scratch[worker].floats(gemm_scratch(n1 - n0)));
        finish(args, out, m0, m1 - m0, n0, n1 - n0);
      },
      m * n * k < kSmallWork);
}

void linear_dnnl(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.rows();
  if (m <= kFewRows) return few_rows(args, out, pool, scratch);

  const std::size_t col_tiles = (n + kTileCols - 1) / kTileCols;
  const std::size_t tile_rows = col_tiles >= kEnoughTiles ? m : std::min(m, kTileRows);
  const std::size_t row_tiles = (m + tile_rows - 1) / tile_rows;
  const auto* weight = static_cast<const std::byte*>(args.weight.data());
  const std::size_t weight_row = k * size_of(args.weight.dtype());
  pool.run(
      col_tiles * row_tiles,
      [&](std::size_t tile, std::size_t worker) {
        const std::size_t n0 = tile / row_tiles * kTileCols, cols = std::min(kTileCols, n - n0);
        const std::size_t m0 = tile % row_tiles * tile_rows, rows = std::min(tile_rows, m - m0);
        const void* stored = weight + n0 * weight_row;
        const auto* panel = static_cast<const float*>(stored);
        if (args.weight.dtype() != DType::F32) {
          float* wide = scratch[worker].floats(cols * k);
          widen(stored, args.weight.dtype(), cols * k, wide);
          panel = wide;
        }
        omp_set_num_threads(1);  // a setting of this thread: parallelism is ours
        const dnnl_status_t status = dnnl_sgemm(
            'N', 'T', static_cast<dnnl_dim_t>(rows), static_cast<dnnl_dim_t>(cols), static_cast<dnnl_dim_t>(k), 1.0f,
            args.x.f32() + m0 * k, static_cast<dnnl_dim_t>(k), panel, static_cast<dnnl_dim_t>(k),
            args.accumulate ? 1.0f : 0.0f, out.f32() + m0 * n + n0, static_cast<dnnl_dim_t>(n));
        SPARSIGHT_CHECK(status == dnnl_success);
        finish(args, out, m0, rows, n0, cols);
      },
      m * n * k < kSmallWork);
}

}  // namespace sparsight::cpu
