// Matrix products: few rows as dot products that read the weights once, many rows in tiles. An element of the result is
// summed in the same order wherever the cuts fall, so that tiles may follow the number of threads.
#include "kernels/cpu/kernels.h"

#include <algorithm>

namespace sparsight::cpu {
namespace {

constexpr std::size_t kRowsATask = 16;  // of activations to be rounded
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

// body(first column, columns, worker) for all columns, `each` at a time.
template <typename Body>
void each_column_tile(std::size_t n, std::size_t each, std::size_t work, ThreadPool& pool, const Body& body) {
  pool.run((n + each - 1) / each,
           [&](std::size_t tile, std::size_t worker) { body(tile * each, std::min(each, n - tile * each), worker); },
           work < kSmallWork);
}

// A part of the result.
struct Area {
  std::size_t row, rows, col, cols;
};

// body(area, worker) for areas that make up [m, n]: every thread gets the same number, of nearly the same size.
template <typename Body>
void each_area(std::size_t m, std::size_t n, std::size_t k, ThreadPool& pool, const Body& body) {
  const std::size_t steps = (n + kGemmStep - 1) / kGemmStep, row_tiles = (m + kTileRows - 1) / kTileRows;
  std::size_t col_tiles = (n + gemm_cols() - 1) / gemm_cols();
  while (col_tiles < steps && col_tiles * row_tiles % pool.threads() != 0) ++col_tiles;
  const auto first_col = [&](std::size_t tile) { return std::min(n, tile * steps / col_tiles * kGemmStep); };
  pool.run(
      col_tiles * row_tiles,
      [&](std::size_t tile, std::size_t worker) {
        const std::size_t col = first_col(tile / row_tiles), row = tile % row_tiles * m / row_tiles;
        body(Area{row, (tile % row_tiles + 1) * m / row_tiles - row, col, first_col(tile / row_tiles + 1) - col},
             worker);
      },
      m * n * k < kSmallWork);
}

void few_rows(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.outputs();
  const TensorView weight = args.weight.values();
  each_column_tile(n, kDotCols, m * n * k, pool, [&](std::size_t n0, std::size_t cols, std::size_t worker) {
    if (!args.accumulate) {
      dot_rows(args.x.f32(), m, k, weight.data(), weight.dtype(), n0, n0 + cols, out.f32() + n0, n);
    } else {
      float* sum = scratch[worker].floats(m * cols);
      dot_rows(args.x.f32(), m, k, weight.data(), weight.dtype(), n0, n0 + cols, sum, cols);
      for (std::size_t r = 0; r < m; ++r)
        for (std::size_t c = 0; c < cols; ++c) out.f32()[r * n + n0 + c] += sum[r * cols + c];
    }
    finish(args, out, 0, m, n0, cols);
  });
}

void quantised(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.outputs();
  const WeightView& w = args.weight;
  const IntWeights weights{w.values().data(), w.scales().f32(),
                           static_cast<const std::int8_t*>(w.block_scales().data()), n, k};
  IntRows x(args.x, w.int4(), scratch.back());
  pool.run((m + kRowsATask - 1) / kRowsATask,
           [&](std::size_t task, std::size_t) {
             for (std::size_t r = task * kRowsATask; r < std::min(m, (task + 1) * kRowsATask); ++r) x.round(r);
           },
           m * k < kSmallWork);
  const auto tile = [&](const Area& area) {
    return IntTile{.x = x,
                   .first_row = area.row,
                   .rows = area.rows,
                   .weights = weights,
                   .first_col = area.col,
                   .cols = area.cols,
                   .out = out.f32() + area.row * n + area.col,
                   .out_stride = n,
                   .accumulate = args.accumulate};
  };
  const auto work = [&](const Area& area, std::size_t worker) {
    int_tile(tile(area), scratch[worker].floats(int_scratch(area.cols)));
    finish(args, out, area.row, area.rows, area.col, area.cols);
  };
  if (m > kFewRows) return each_area(m, n, k, pool, work);
  // Narrow tiles: each reads its weights from end to end.
  each_column_tile(n, kGemmStep, m * n * k, pool, [&](std::size_t n0, std::size_t cols, std::size_t worker) {
    work({0, m, n0, cols}, worker);
  });
}

}  // namespace

void linear(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  if (args.weight.quantised()) return quantised(args, out, pool, scratch);
  const std::size_t m = args.x.rows(), k = args.x.cols(), n = args.weight.outputs();
  if (m <= kFewRows) return few_rows(args, out, pool, scratch);
  const TensorView weight = args.weight.values();
  each_area(m, n, k, pool, [&](const Area& area, std::size_t worker) {
    gemm_tile({.x = args.x.f32() + area.row * k,
               .rows = area.rows,
               .inputs = k,
               .weight = static_cast<const std::byte*>(weight.data()) + area.col * k * size_of(weight.dtype()),
               .type = weight.dtype(),
               .cols = area.cols,
               .out = out.f32() + area.row * n + area.col,
               .out_stride = n,
               .accumulate = args.accumulate},
              scratch[worker].floats(gemm_scratch(area.cols)));
    finish(args, out, area.row, area.rows, area.col, area.cols);
  });
}

}  // namespace sparsight::cpu
