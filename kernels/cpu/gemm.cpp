// Matrix products: divides them into areas for the threads and, when an area's sums are complete, applies the layer's
// bias and activation. The order of an element's sum does not depend on the areas, so that these may depend on the
// number of threads.
#include "kernels/cpu/instructions.h"
#include "kernels/cpu/kernels.h"

#include <algorithm>
#include <optional>

namespace sparsight::cpu {
namespace {

// For one row a thread reads so many bytes of weights at a stretch. For few, it reads those of the narrowest area.
constexpr std::size_t kStretch = 2 << 20, kFewRows = 16;
constexpr std::size_t kTileRows = 544;  // activation rows per area, so that its sums nearly fit the second-level cache
constexpr std::size_t kMostLaidOut = 8 << 20;  // activations that are laid out at once: 32 MiB
constexpr std::size_t kSumsPadding = 16;       // of a row of sums, to avoid multiples of a page

// Rows of the input, and of the result.
struct RowRange {
  std::size_t first, count;
};

// A part of the result.
struct Area {
  std::size_t row, rows, col, cols;
};

// Calls body(range) for ranges of nearly the same size, each laid out at once.
template <typename Body>
void each_range(TensorView x, const Body& body) {
  const std::size_t most = std::max(kTileRows, kMostLaidOut / std::max<std::size_t>(x.cols(), 1));
  const std::size_t ranges = (x.rows() + most - 1) / most;
  for (std::size_t i = 0; i < ranges; ++i) {
    const std::size_t first = i * x.rows() / ranges;
    body(RowRange{first, (i + 1) * x.rows() / ranges - first});
  }
}

// In which form rows are multiplied.
enum class Kind { Floats, Bf16Pairs, Int8, Int4 };

Kind kind_of(const WeightView& w, std::size_t rows, Arithmetic arithmetic) {
  if (w.quantised()) return w.int4() ? Kind::Int4 : Kind::Int8;
  const bool pairs = arithmetic == Arithmetic::Bf16 && w.values().dtype() == DType::BF16 && w.inputs() % 2 == 0 &&
                     rows > kRowsInOrder && multiplies_bf16_pairs();
  return pairs ? Kind::Bf16Pairs : Kind::Floats;
}

// A range of activations in the form for one kind of weights: normalised, and laid out or rounded.
class Activations {
 public:
  Activations(const NormedInput& in, RowRange range, Kind kind, const Workers& workers) : range_(range) {
    const std::size_t m = range.count, k = in.x.cols();
    const bool normalised = !in.norm.empty(), pairs = kind == Kind::Bf16Pairs;
    Scratch& shared = workers.scratch.back();
    float* rows = nullptr;  // a single one, or those for AMX
    if (kind == Kind::Int8 || kind == Kind::Int4)
      rounded_.emplace(m, k, kind == Kind::Int4, shared);
    else if (m > 1 && !(pairs && uses_amx()))
      laid_out_.emplace(m, pairs ? k / 2 : k, shared);
    else if (normalised || pairs)
      rows = shared.floats(m * k);
    rows_ = rows != nullptr ? rows : host(in.x).row(range.first).data();
    pairs_ = pairs;
    if (!rounded_ && !laid_out_ && rows == nullptr) return;
    each_row(m, k, workers.pool, [&](std::size_t r, std::size_t worker) {
      const float* row = host(in.x).row(range.first + r).data();
      float* own = workers.scratch[worker].floats(2 * k);
      if (normalised) {
        float* to = rows != nullptr && !pairs ? rows + r * k : own;
        rms_norm_row(row, host(in.norm).f32(), in.norm_eps, k, to);
        row = to;
      }
      if (pairs) {
        float* to = rows != nullptr ? rows + r * words_of(k) : own + k;
        store_row(row, k, to, DType::BF16);
        row = to;
      }
      if (rounded_) rounded_->round(r, row);
      if (laid_out_) laid_out_->lay_out(r, row);
    });
  }

  // Rows of one of several tiles, of nearly the same size.
  [[nodiscard]] RowRange tile(std::size_t number, std::size_t tiles) const {
    const auto begin = [&](std::size_t i) {
      const std::size_t row = laid_out_ ? laid_out_->begin_of_tile(i, tiles) : i * range_.count / tiles;
      return range_.first + row;
    };
    return {begin(number), begin(number + 1) - begin(number)};
  }
  [[nodiscard]] std::size_t rows() const { return range_.count; }

  // sums[area.rows, stride] = x w^T
  void multiply(const WeightView& w, const Area& area, float* sums, std::size_t stride, float* scratch) const {
    const HostView values = host(w.values());
    const std::size_t k = w.inputs();
    const std::size_t first = area.row - range_.first;
    if (rounded_) {
      return int_tile({.x = *rounded_,
                       .first_row = first,
                       .rows = area.rows,
                       .weights = {values.data(), host(w.scales()).f32(),
                                   static_cast<const std::int8_t*>(host(w.block_scales()).data()), w.outputs(), k},
                       .first_col = area.col,
                       .cols = area.cols,
                       .out = sums,
                       .out_stride = stride},
                      scratch);
    }
    const void* weight = static_cast<const std::byte*>(values.data()) + area.col * k * size_of(values.dtype());
    if (laid_out_) {
      float_tile({.x = *laid_out_,
                  .first_row = first,
                  .rows = area.rows,
                  .weight = weight,
                  .type = values.dtype(),
                  .pairs = pairs_,
                  .cols = area.cols,
                  .out = sums,
                  .out_stride = stride},
                 scratch);
    } else if (pairs_) {
      pair_tile({.x = rows_ + first * words_of(k),
                 .rows = area.rows,
                 .words = words_of(k),
                 .weight = weight,
                 .cols = area.cols,
                 .out = sums,
                 .out_stride = stride},
                scratch);
    } else {
      dot_row(rows_, k, weight, values.dtype(), area.cols, sums);
    }
  }

 private:
  [[nodiscard]] std::size_t words_of(std::size_t inputs) const { return pairs_ ? inputs / 2 : inputs; }

  RowRange range_;
  bool pairs_ = false;
  const float* rows_ = nullptr;  // floats, or pairs, if neither of the next two
  std::optional<FloatRows> laid_out_;
  std::optional<IntRows> rounded_;
};

std::size_t scratch_of_kernel(std::size_t cols) {
  return std::max({float_scratch(), int_scratch(cols), uses_amx() ? pair_scratch(cols) : 0});
}

// The width of the widest area, in steps of columns.
std::size_t most_steps(std::size_t rows, const WeightView& w) {
  if (rows == 1) return kStretch * w.outputs() / (kGemmStep * std::max<std::size_t>(w.values().bytes(), 1));
  return rows <= kFewRows ? 1 : gemm_cols() / kGemmStep;
}

// Calls store(area, sums, stride, further) when the sums of several products over an area are complete: those of the
// next product are `further` floats behind.
template <std::size_t kProducts, typename Store>
void each_product(const Activations& x, const WeightView (&w)[kProducts], const Workers& workers, const Store& store) {
  const std::size_t m = x.rows(), n = w[0].outputs(), tiles = (m + kTileRows - 1) / kTileRows;
  workers.pool.share({.units = (n + kGemmStep - 1) / kGemmStep,
                      .most = most_steps(m, w[0]) / kProducts,
                      .across = tiles,
                      .small = m * n * w[0].inputs() < kSmallWork},
                     [&](const Piece& piece, std::size_t worker) {
                       const RowRange rows = x.tile(piece.number, tiles);
                       const std::size_t col = piece.begin * kGemmStep;
                       const Area area{rows.first, rows.count, col, std::min(n, piece.end * kGemmStep) - col};
                       const std::size_t stride = area.cols + kSumsPadding;
                       const std::size_t of_sums = (area.rows * stride + 15) / 16 * 16;
                       float* sums = workers.scratch[worker].floats(kProducts * of_sums + scratch_of_kernel(area.cols));
                       for (std::size_t i = 0; i < kProducts; ++i)
                         x.multiply(w[i], area, sums + i * of_sums, stride, sums + kProducts * of_sums);
                       store(area, sums, stride, of_sums);
                     });
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
  each_product<1>(x, {args.weight}, workers, [&](const Area& area, float* sums, std::size_t stride, std::size_t) {
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
  each_range(args.x, [&](RowRange range) { product(Activations({args.x}, range, kind, workers), args, out, workers); });
}

void project(const NormedInput& in, std::span<const Projection> parts, const Workers& workers) {
  each_range(in.x, [&](RowRange range) {
    std::optional<Activations> x;
    std::optional<Kind> form;
    for (const Projection& part : parts) {
      const Kind kind = kind_of(part.weight, in.x.rows(), workers.arithmetic);
      if (kind != form) x.emplace(in, range, kind, workers);
      form = kind;
      product(*x, {.x = in.x, .weight = part.weight, .bias = part.bias}, *part.out, workers);
    }
  });
}

void gated(const NormedInput& in, const GatedArgs& args, Tensor& out, const Workers& workers) {
  const Kind kind = kind_of(args.gate, in.x.rows(), workers.arithmetic),
             of_up = kind_of(args.up, in.x.rows(), workers.arithmetic);
  each_range(in.x, [&](RowRange range) {
    const Activations x(in, range, kind, workers);
    if (kind == of_up) {
      each_product<2>(x, {args.gate, args.up}, workers,
                      [&](const Area& area, float* sums, std::size_t stride, std::size_t to_up) {
                        finish(area, sums, stride, args.gate_bias, false, out);
                        gate_area(area, args, sums + to_up, stride, out);
                      });
      return;
    }
    product(x, {.x = in.x, .weight = args.gate, .bias = args.gate_bias}, out, workers);
    each_product<1>(
        Activations(in, range, of_up, workers), {args.up}, workers,
        [&](const Area& area, float* up, std::size_t stride, std::size_t) { gate_area(area, args, up, stride, out); });
  });
}

}  // namespace sparsight::cpu
