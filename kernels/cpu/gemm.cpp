// Matrix products: cuts them into areas for the threads and, once an area's sums are there, adds what belongs to the
// layer. An element is summed in the same order wherever the cuts fall, so that they may follow the number of threads.
#include "kernels/cpu/kernels.h"

#include <algorithm>
#include <optional>

namespace sparsight::cpu {
namespace {

constexpr std::size_t kFewRows = 8;       // up to here the product is bound by reading the weights
constexpr std::size_t kTileRows = 384;    // activation rows an area: its sums stay in the second-level cache
constexpr std::size_t kSumsPadding = 16;  // of a row of sums, off the multiples of a page

// A part of the result.
struct Area {
  std::size_t row, rows, col, cols;
};

// body(area, worker) for areas that make up [m, n]: every thread gets the same number, of nearly the same size. Few
// rows get narrow areas, each of which reads its weights from end to end.
template <typename Body>
void each_area(std::size_t m, std::size_t n, std::size_t k, std::size_t most_cols, ThreadPool& pool, const Body& body) {
  const std::size_t steps = (n + kGemmStep - 1) / kGemmStep, row_tiles = (m + kTileRows - 1) / kTileRows;
  std::size_t col_tiles = m <= kFewRows ? steps : (n + most_cols - 1) / most_cols;
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

enum class Kind { Floats, Int8, Int4 };

Kind kind_of(const WeightView& w) { return !w.quantised() ? Kind::Floats : w.int4() ? Kind::Int4 : Kind::Int8; }

// Activations as the kernels for one kind of weights take them: normalised, and rounded if they are to be.
class Activations {
 public:
  Activations(const NormedInput& in, Kind kind, ThreadPool& pool, std::vector<Scratch>& scratch) : floats_(in.x.f32()) {
    const std::size_t m = in.x.rows(), k = in.x.cols();
    const bool normalised = !in.norm.empty();
    float* normed = normalised && kind == Kind::Floats ? scratch.back().floats(m * k) : nullptr;
    if (kind != Kind::Floats) rows_.emplace(m, k, kind == Kind::Int4, scratch.back());
    if (normed == nullptr && !rows_) return;
    each_row(m, k, pool, [&](std::size_t r, std::size_t worker) {
      const float* row = in.x.row(r).data();
      if (normalised) {
        float* to = normed != nullptr ? normed + r * k : scratch[worker].floats(k);
        rms_norm_row(row, in.norm.f32(), in.norm_eps, k, to);
        row = to;
      }
      if (rows_) rows_->round(r, row);
    });
    if (normed != nullptr) floats_ = normed;
  }

  // sums[area.rows, stride] = x w^T
  void multiply(const WeightView& w, const Area& area, float* sums, std::size_t stride, float* scratch) const {
    const TensorView values = w.values();
    const std::size_t k = w.inputs();
    if (rows_) {
      int_tile({.x = *rows_,
                .first_row = area.row,
                .rows = area.rows,
                .weights = {values.data(), w.scales().f32(), static_cast<const std::int8_t*>(w.block_scales().data()),
                            w.outputs(), k},
                .first_col = area.col,
                .cols = area.cols,
                .out = sums,
                .out_stride = stride},
               scratch);
    } else if (area.rows <= kFewRows) {
      dot_rows(floats_ + area.row * k, area.rows, k, values.data(), values.dtype(), area.col, area.col + area.cols,
               sums, stride);
    } else {
      gemm_tile({.x = floats_ + area.row * k,
                 .rows = area.rows,
                 .inputs = k,
                 .weight = static_cast<const std::byte*>(values.data()) + area.col * k * size_of(values.dtype()),
                 .type = values.dtype(),
                 .cols = area.cols,
                 .out = sums,
                 .out_stride = stride},
                scratch);
    }
  }

 private:
  const float* floats_;
  std::optional<IntRows> rows_;
};

// store(area, sums, stride) once the sums of several products over an area are there, one after another.
template <std::size_t kProducts, typename Store>
void each_product(const Activations& x, const WeightView (&w)[kProducts], std::size_t m, ThreadPool& pool,
                  std::vector<Scratch>& scratch, const Store& store) {
  const auto work = [&](const Area& area, std::size_t worker) {
    const std::size_t stride = area.cols + kSumsPadding, of_sums = (area.rows * stride + 15) / 16 * 16;
    const std::size_t of_kernel = std::max(gemm_scratch(area.cols), int_scratch(area.cols));
    float* sums = scratch[worker].floats(kProducts * of_sums + of_kernel);
    for (std::size_t i = 0; i < kProducts; ++i)
      x.multiply(w[i], area, sums + i * of_sums, stride, sums + kProducts * of_sums);
    for (std::size_t r = 0; r < area.rows; ++r) store(area, r, sums + r * stride, of_sums);
  };
  each_area(m, w[0].outputs(), w[0].inputs(), gemm_cols() / kProducts, pool, work);
}

void add_bias(TensorView bias, const Area& area, float* row) {
  if (bias.empty()) return;
  for (std::size_t c = 0; c < area.cols; ++c) row[c] += bias.f32()[area.col + c];
}

void product(const Activations& x, const LinearArgs& args, Tensor& out, ThreadPool& pool,
             std::vector<Scratch>& scratch) {
  each_product<1>(x, {args.weight}, args.x.rows(), pool, scratch,
                  [&](const Area& area, std::size_t r, float* row, std::size_t) {
                    float* to = out.row(area.row + r).data() + area.col;
                    add_bias(args.bias, area, row);
                    activate(args.activation, row, area.cols);
                    if (args.accumulate)
                      for (std::size_t c = 0; c < area.cols; ++c) to[c] += row[c];
                    else
                      std::copy_n(row, area.cols, to);
                  });
}

}  // namespace

void linear(const LinearArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  product(Activations({args.x}, kind_of(args.weight), pool, scratch), args, out, pool, scratch);
}

void project(const NormedInput& in, std::span<const Projection> parts, ThreadPool& pool,
             std::vector<Scratch>& scratch) {
  std::optional<Activations> x;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Kind kind = kind_of(parts[i].weight);
    if (i == 0 || kind != kind_of(parts[i - 1].weight)) x.emplace(in, kind, pool, scratch);
    product(*x, {.x = in.x, .weight = parts[i].weight, .bias = parts[i].bias}, *parts[i].out, pool, scratch);
  }
}

void gated(const NormedInput& in, const GatedArgs& args, Tensor& out, ThreadPool& pool, std::vector<Scratch>& scratch) {
  if (kind_of(args.gate) != kind_of(args.up)) {
    Tensor up(out.shape());
    const Projection parts[] = {{args.gate, args.gate_bias, &out}, {args.up, args.up_bias, &up}};
    project(in, parts, pool, scratch);
    for (std::size_t r = 0; r < out.rows(); ++r) gate(args.activation, out.row(r).data(), up.row(r).data(), out.cols());
    return;
  }
  const Activations x(in, kind_of(args.gate), pool, scratch);
  each_product<2>(x, {args.gate, args.up}, in.x.rows(), pool, scratch,
                  [&](const Area& area, std::size_t r, float* row, std::size_t to_up) {
                    add_bias(args.gate_bias, area, row);
                    add_bias(args.up_bias, area, row + to_up);
                    gate(args.activation, row, row + to_up, area.cols);
                    std::copy_n(row, area.cols, out.row(area.row + r).data() + area.col);
                  });
}

}  // namespace sparsight::cpu
