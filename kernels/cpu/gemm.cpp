// Matrix products: divides them into areas for the threads and, when an area's sums are complete, applies the layer's
// bias and activation. The order of an element's sum does not depend on the areas, so that these may depend on the
// number of threads.
#include "kernels/cpu/kernels.h"

#include <algorithm>
#include <optional>

namespace sparsight::cpu {
namespace {

constexpr std::size_t kFewRows = 8;     // up to this number, reading the weights takes longest
constexpr std::size_t kTileRows = 544;  // activation rows per area, so that its sums nearly fit the second-level cache
constexpr std::size_t kSumsPadding = 16;  // of a row of sums, to avoid multiples of a page

// A part of the result.
struct Area {
  std::size_t row, rows, col, cols;
};

// Calls body(area, worker) for areas that cover [m, n]. With few rows they are narrow, and each reads its weights in
// one sequence.
template <typename Body>
void each_area(std::size_t m, std::size_t n, std::size_t k, std::size_t most_cols, ThreadPool& pool, const Body& body) {
  const std::size_t row_tiles = (m + kTileRows - 1) / kTileRows;
  pool.share({.units = (n + kGemmStep - 1) / kGemmStep,
              .most = m <= kFewRows ? 1 : most_cols / kGemmStep,
              .across = row_tiles,
              .small = m * n * k < kSmallWork},
             [&](const Piece& piece, std::size_t worker) {
               const std::size_t row = piece.number * m / row_tiles, rows = (piece.number + 1) * m / row_tiles - row;
               const std::size_t col = piece.begin * kGemmStep;
               body(Area{row, rows, col, std::min(n, piece.end * kGemmStep) - col}, worker);
             });
}

// In which form rows are multiplied.
enum class Kind { Floats, Bf16Pairs, Int8, Int4 };

Kind kind_of(const WeightView& w, std::size_t rows, Arithmetic arithmetic) {
  if (w.quantised()) return w.int4() ? Kind::Int4 : Kind::Int8;
  const bool pairs = arithmetic == Arithmetic::Bf16 && w.values().dtype() == DType::BF16 && w.inputs() % 2 == 0 &&
                     rows > kFewRows && multiplies_bf16_pairs();
  return pairs ? Kind::Bf16Pairs : Kind::Floats;
}

// Activations in the form for one kind of weights: normalised, and rounded if needed.
class Activations {
 public:
  Activations(const NormedInput& in, Kind kind, const Workers& workers)
      : words_(host(in.x).f32()), pairs_(kind == Kind::Bf16Pairs) {
    const std::size_t m = in.x.rows(), k = in.x.cols();
    const bool normalised = !in.norm.empty(), floats = kind == Kind::Floats;
    if (floats && !normalised) return;
    Scratch& shared = workers.scratch.back();
    float* words = floats || pairs_ ? shared.floats(m * words_of(k)) : nullptr;
    if (words == nullptr) rows_.emplace(m, k, kind == Kind::Int4, shared);
    each_row(m, k, workers.pool, [&](std::size_t r, std::size_t worker) {
      const float* row = host(in.x).row(r).data();
      if (normalised) {
        float* to = floats ? words + r * k : workers.scratch[worker].floats(k);
        rms_norm_row(row, host(in.norm).f32(), in.norm_eps, k, to);
        row = to;
      }
      if (pairs_) store_row(row, k, words + r * words_of(k), DType::BF16);
      if (rows_) rows_->round(r, row);
    });
    if (words != nullptr) words_ = words;
  }

  // sums[area.rows, stride] = x w^T
  void multiply(const WeightView& w, const Area& area, float* sums, std::size_t stride, float* scratch) const {
    const HostView values = host(w.values());
    const std::size_t k = w.inputs();
    if (rows_) {
      int_tile({.x = *rows_,
                .first_row = area.row,
                .rows = area.rows,
                .weights = {values.data(), host(w.scales()).f32(),
                            static_cast<const std::int8_t*>(host(w.block_scales()).data()), w.outputs(), k},
                .first_col = area.col,
                .cols = area.cols,
                .out = sums,
                .out_stride = stride},
               scratch);
    } else if (area.rows <= kFewRows) {
      dot_rows(words_ + area.row * k, area.rows, k, values.data(), values.dtype(), area.col, area.col + area.cols, sums,
               stride);
    } else {
      gemm_tile({.x = words_ + area.row * words_of(k),
                 .rows = area.rows,
                 .words = words_of(k),
                 .weight = static_cast<const std::byte*>(values.data()) + area.col * k * size_of(values.dtype()),
                 .type = values.dtype(),
                 .pairs = pairs_,
                 .cols = area.cols,
                 .out = sums,
                 .out_stride = stride},
                scratch);
    }
  }

 private:
  [[nodiscard]] std::size_t words_of(std::size_t inputs) const { return pairs_ ? inputs / 2 : inputs; }

  const float* words_;  // floats, or pairs
  bool pairs_;
  std::optional<IntRows> rows_;
};

// Calls store(area, sums, stride, further) when the sums of several products over an area are complete: those of the
// next product are `further` floats behind.
template <std::size_t kProducts, typename Store>
void each_product(const Activations& x, const WeightView (&w)[kProducts], std::size_t m, const Workers& workers,
                  const Store& store) {
  const auto work = [&](const Area& area, std::size_t worker) {
    const std::size_t stride = area.cols + kSumsPadding, of_sums = (area.rows * stride + 15) / 16 * 16;
    const std::size_t of_kernel = std::max(gemm_scratch(area.cols), int_scratch(area.cols));
    float* sums = workers.scratch[worker].floats(kProducts * of_sums + of_kernel);
    for (std::size_t i = 0; i < kProducts; ++i)
      x.multiply(w[i], area, sums + i * of_sums, stride, sums + kProducts * of_sums);
    store(area, sums, stride, of_sums);
  };
  each_area(m, w[0].outputs(), w[0].inputs(), gemm_cols() / kProducts, workers.pool, work);
}

const float* bias_of(TensorView bias, const Area& area) { return bias.empty() ? nullptr : host(bias).f32() + area.col; }

// Adds the bias and writes or adds the sums to their place in `out`.
void finish(const Area& area, const float* sums, std::size_t stride, TensorView bias, bool add, Tensor& out) {
  finish_rows({.sums = sums,
               .stride = stride,
               .bias = bias_of(bias, area),
               .add = add,
               .rows = area.rows,
               .cols = area.cols,
               .to = row_of(out, area.row) + area.col,
               .to_stride = out.cols()});
}

void product(const Activations& x, const LinearArgs& args, Tensor& out, const Workers& workers) {
  each_product<1>(x, {args.weight}, args.x.rows(), workers,
                  [&](const Area& area, float* sums, std::size_t stride, std::size_t) {
                    finish(area, sums, stride, args.bias, args.accumulate, out);
                    if (args.activation == Activation::None) return;
                    for (std::size_t r = 0; r < area.rows; ++r)
                      activate(args.activation, row_of(out, area.row + r) + area.col, area.cols);
                  });
}

// out = activation(out) * (sums + bias)
void gate_area(const Area& area, const GatedArgs& args, float* sums, std::size_t stride, Tensor& out) {
  if (!args.up_bias.empty())
    finish_rows({sums, stride, bias_of(args.up_bias, area), false, area.rows, area.cols, sums, stride});
  for (std::size_t r = 0; r < area.rows; ++r)
    gate(args.activation, row_of(out, area.row + r) + area.col, sums + r * stride, area.cols);
}

}  // namespace

void linear(const LinearArgs& args, Tensor& out, const Workers& workers) {
  const Kind kind = kind_of(args.weight, args.x.rows(), workers.arithmetic);
  product(Activations({args.x}, kind, workers), args, out, workers);
}

void project(const NormedInput& in, std::span<const Projection> parts, const Workers& workers) {
  std::optional<Activations> x;
  std::optional<Kind> rounded_as;
  for (const Projection& part : parts) {
    const Kind kind = kind_of(part.weight, in.x.rows(), workers.arithmetic);
    if (kind != rounded_as) x.emplace(in, kind, workers);
    rounded_as = kind;
    product(*x, {.x = in.x, .weight = part.weight, .bias = part.bias}, *part.out, workers);
  }
}

void gated(const NormedInput& in, const GatedArgs& args, Tensor& out, const Workers& workers) {
  const Kind kind = kind_of(args.gate, in.x.rows(), workers.arithmetic);
  if (const Kind other = kind_of(args.up, in.x.rows(), workers.arithmetic); kind != other) {
    product(Activations(in, kind, workers), {.x = in.x, .weight = args.gate, .bias = args.gate_bias}, out, workers);
    each_product<1>(
        Activations(in, other, workers), {args.up}, in.x.rows(), workers,
        [&](const Area& area, float* up, std::size_t stride, std::size_t) { gate_area(area, args, up, stride, out); });
    return;
  }
  const Activations x(in, kind, workers);
  each_product<2>(x, {args.gate, args.up}, in.x.rows(), workers,
                  [&](const Area& area, float* sums, std::size_t stride, std::size_t to_up) {
                    finish(area, sums, stride, args.gate_bias, false, out);
                    gate_area(area, args, sums + to_up, stride, out);
                  });
}

}  // namespace sparsight::cpu
