// Products with quantised weights, in pairs of 16-bit integers: weights are widened to 16 bits (a block's scale
// multiplied in), activations rounded to them, and sums over kIntDepth inputs are exact in 32 bits. Only then do scales
// and floats come in, in the same order for one row as for thousands. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_int.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"
#include "kernels/cpu/transpose-inl.h"

#ifndef SPARSIGHT_GEMM_INT_SIZES
#define SPARSIGHT_GEMM_INT_SIZES
namespace sparsight::cpu {
constexpr std::size_t kIntStride = kIntDepth + 32;  // of rows copied together, off the multiples of a page
constexpr std::size_t kIntMostRows = 12;            // of any target
constexpr std::size_t kIntMostCols = kGemmStep;
// What 32 bits hold: kIntDepth products of the largest weight (127, or 8 block scales of 127) and activation.
constexpr float kMostWithInt8 = 32767, kMostWithInt4 = 5500;
static_assert(kIntDepth * 127 * 32767 < (std::size_t{1} << 31) && kIntDepth * 8 * 127 * 5500 < (std::size_t{1} << 31));
static_assert(kIntDepth % kQuantisedBlock == 0);
}  // namespace sparsight::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Sums that fit the registers: 24 of 32, or 12 of 16.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr std::size_t kMaxRows = 12;
#else
constexpr std::size_t kMaxRows = 6;
#endif
using Ints = hn::ScalableTag<std::int32_t>;
using Floats = hn::RebindToFloat<Ints>;
using IntVector = hn::Vec<Ints>;  // also of pairs of 16-bit integers

HWY_INLINE std::size_t panel_cols() { return 2 * hn::Lanes(Ints()); }

HWY_INLINE IntVector load_pairs(const std::int16_t* from) {
  return hn::LoadU(Ints(), reinterpret_cast<const std::int32_t*>(from));
}

// sum + the products of the lower and of the upper halves, exactly.
HWY_INLINE IntVector add_pairs(IntVector a, IntVector b, IntVector sum) {
#if HWY_TARGET == HWY_AVX3_DL
  // Highway's own flags for this target leave the intrinsic out; every CPU that it chooses the target for has it.
  __asm__("vpdpwssd %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
  return sum;
#elif HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  const hn::Repartition<std::int16_t, Ints> d16;
  IntVector none = hn::Zero(Ints());
  return hn::ReorderWidenMulAccumulate(Ints(), hn::BitCast(d16, a), hn::BitCast(d16, b), sum, none);
#else
  const auto low = hn::Mul(hn::ShiftRight<16>(hn::ShiftLeft<16>(a)), hn::ShiftRight<16>(hn::ShiftLeft<16>(b)));
  return hn::Add(sum, hn::Add(low, hn::Mul(hn::ShiftRight<16>(a), hn::ShiftRight<16>(b))));
#endif
}

// Compilers that reorder too freely run out of registers, and the sums end up in memory.
HWY_INLINE void keep_in_register([[maybe_unused]] IntVector& v) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  __asm__ volatile("" : "+v"(v.raw));
#endif
}

// One row of activations; inputs past the last up to `stride` become 0.
void QuantiseRow(const float* x, std::size_t inputs, float most, std::int16_t* to, std::size_t stride, float* scales) {
  const Floats d;
  const hn::Rebind<std::int16_t, Ints> d16;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t begin = 0; begin < inputs; begin += kIntDepth, ++scales) {
    const std::size_t count = std::min(kIntDepth, inputs - begin);
    auto largest = hn::Zero(d), spoilt = hn::Zero(d);  // spoilt: NaN where a value is none or infinite
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) {
      const auto v = hn::LoadU(d, x + begin + i);
      largest = hn::Max(largest, hn::Abs(v));
      spoilt = hn::MulAdd(v, hn::Zero(d), spoilt);
    }
    float max = hn::GetLane(hn::MaxOfLanes(d, largest)), bad = hn::GetLane(hn::SumOfLanes(d, spoilt));
    for (std::size_t j = i; j < count; ++j) {
      max = std::max(max, std::abs(x[begin + j]));
      bad += 0 * x[begin + j];
    }
    const bool usable = bad == 0 && max >= most * 1e-37f;
    const float inverse = usable ? most / max : 0.0f;
    *scales = max / most + bad;
    const auto factor = hn::Set(d, inverse);
    for (i = 0; i + lanes <= count; i += lanes) {
      const auto v = usable ? hn::Mul(hn::LoadU(d, x + begin + i), factor) : hn::Zero(d);
      hn::StoreU(hn::DemoteTo(d16, hn::NearestInt(v)), d16, to + begin + i);
    }
    for (; i < count; ++i) {
      const auto v = hn::Set(d, usable ? x[begin + i] * inverse : 0.0f);
      to[begin + i] = static_cast<std::int16_t>(hn::GetLane(hn::NearestInt(v)));
    }
  }
  std::fill(to + inputs, to + stride, std::int16_t{0});
}

// Inputs [begin, begin + depth) of one output as 16-bit integers, and zeros up to the next multiple of 8. `begin` is a
// multiple of kIntDepth.
HWY_INLINE void widen_ints(const IntWeights& w, std::size_t output, std::size_t begin, std::size_t depth,
                           std::int16_t* to) {
  if (!w.int4()) {
    const hn::ScalableTag<std::int16_t> d;
    const hn::Rebind<std::int8_t, decltype(d)> d8;
    const std::size_t lanes = hn::Lanes(d);
    const auto* from = static_cast<const std::int8_t*>(w.values) + output * w.inputs + begin;
    std::size_t i = 0;
    for (; i + lanes <= depth; i += lanes) hn::StoreU(hn::PromoteTo(d, hn::LoadU(d8, from + i)), d, to + i);
    for (; i < depth; ++i) to[i] = from[i];
  } else {
    constexpr std::size_t kHalf = kQuantisedBlock / 2;
    const hn::CappedTag<std::int16_t, kHalf> d16;
    const hn::Rebind<std::uint8_t, decltype(d16)> d8;
    const std::size_t step = hn::Lanes(d16);
    const auto* from = static_cast<const std::uint8_t*>(w.values) + (output * w.inputs + begin) / 2;
    const std::int8_t* scales = w.block_scales + (output * w.inputs + begin) / kQuantisedBlock;
    const auto low = hn::Set(d16, 15), eight = hn::Set(d16, 8);
    for (std::size_t block = 0; block < depth / kQuantisedBlock; ++block) {
      const auto scale = hn::Set(d16, scales[block]);
      for (std::size_t i = 0; i < kHalf; i += step) {
        const auto bytes = hn::PromoteTo(d16, hn::LoadU(d8, from + block * kHalf + i));
        std::int16_t* at = to + block * kQuantisedBlock + i;
        hn::StoreU(hn::Mul(hn::Sub(hn::And(bytes, low), eight), scale), d16, at);
        hn::StoreU(hn::Mul(hn::Sub(hn::ShiftRight<4>(bytes), eight), scale), d16, at + kHalf);
      }
    }
  }
  for (std::size_t i = depth; i % 8 != 0; ++i) to[i] = 0;
}

// to[pairs][panel_cols()][2] = the weights of `cols` outputs; outputs past these are 0.
void pack(const IntWeights& w, std::size_t output, std::size_t cols, std::size_t begin, std::size_t depth,
          std::int16_t* rows, std::int16_t* to) {
  const std::size_t width = panel_cols(), padded = (depth + 7) / 8 * 8;
  for (std::size_t c = 0; c < cols; ++c) widen_ints(w, output + c, begin, depth, rows + c * kIntStride);
  for (std::size_t c = cols; c < width; ++c) std::memset(rows + c * kIntStride, 0, padded * sizeof(std::int16_t));
#if SPARSIGHT_TRANSPOSES
  for (std::size_t c = 0; c < width; c += width / 2)
    transpose_pairs(rows + c * kIntStride, kIntStride, padded / 2, to + 2 * c, width);
#else
  for (std::size_t k = 0; k < padded; k += 2)
    for (std::size_t c = 0; c < width; ++c)
      for (std::size_t i = 0; i < 2; ++i) to[k * width + 2 * c + i] = rows[c * kIntStride + k + i];
#endif
}

// c[kRows][panel_cols()] (+)= a b, scaled by row and by output.
template <std::size_t kRows>
HWY_INLINE void multiply(const std::int16_t* HWY_RESTRICT a, const std::int16_t* HWY_RESTRICT b, std::size_t pairs,
                         const float* HWY_RESTRICT row_scales, const float* HWY_RESTRICT scales, bool add,
                         float* HWY_RESTRICT c, std::size_t c_stride) {
  const Ints di;
  const Floats df;
  const std::size_t lanes = hn::Lanes(di);
  IntVector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(di);
  for (std::size_t k = 0; k < pairs; ++k, b += 4 * lanes) {
    const auto b0 = load_pairs(b), b1 = load_pairs(b + 2 * lanes);
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      std::int32_t pair;
      std::memcpy(&pair, a + r * kIntStride + 2 * k, sizeof pair);
      const auto x = hn::Set(di, pair);
      s0[r] = add_pairs(x, b0, s0[r]);
      s1[r] = add_pairs(x, b1, s1[r]);
      keep_in_register(s0[r]);
      keep_in_register(s1[r]);
    }
  }
  const auto scale0 = hn::LoadU(df, scales), scale1 = hn::LoadU(df, scales + lanes);
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {
    float* to = c + r * c_stride;
    const auto row = hn::Set(df, row_scales[r]);
    const auto f0 = hn::Mul(hn::ConvertTo(df, s0[r]), row), f1 = hn::Mul(hn::ConvertTo(df, s1[r]), row);
    hn::StoreU(add ? hn::MulAdd(f0, scale0, hn::LoadU(df, to)) : hn::Mul(f0, scale0), df, to);
    hn::StoreU(add ? hn::MulAdd(f1, scale1, hn::LoadU(df, to + lanes)) : hn::Mul(f1, scale1), df, to + lanes);
  }
}

// What a group of rows passes over.
struct Panels {
  const std::int16_t* b;
  std::size_t pairs;
  const float* scales;  // by output, padded to whole panels
  std::size_t cols;
  bool add;
};

template <std::size_t kRows>
void multiply_panels(const std::int16_t* a, const float* row_scales, const Panels& p, float* out,
                     std::size_t out_stride) {
  const std::size_t width = panel_cols();
  std::size_t c = 0;
  for (; c + width <= p.cols; c += width)
    multiply<kRows>(a, p.b + c * 2 * p.pairs, p.pairs, row_scales, p.scales + c, p.add, out + c, out_stride);
  if (c == p.cols) return;
  float edge[kIntMostRows * kIntMostCols];
  for (std::size_t r = 0; r < kRows; ++r)
    for (std::size_t i = 0; i < width; ++i)
      edge[r * width + i] = p.add && c + i < p.cols ? out[r * out_stride + c + i] : 0.0f;
  multiply<kRows>(a, p.b + c * 2 * p.pairs, p.pairs, row_scales, p.scales + c, p.add, edge, width);
  for (std::size_t r = 0; r < kRows; ++r) std::copy_n(edge + r * width, p.cols - c, out + r * out_stride + c);
}

template <std::size_t kRows>
void choose_rows(std::size_t rows, const std::int16_t* a, const float* row_scales, const Panels& p, float* out,
                 std::size_t out_stride) {
  if constexpr (kRows > 1)
    if (rows < kRows) return choose_rows<kRows - 1>(rows, a, row_scales, p, out, out_stride);
  multiply_panels<kRows>(a, row_scales, p, out, out_stride);
}

void MultiplyIntTile(const IntTile& tile, float* scratch) {
  const std::size_t width = panel_cols(), inputs = tile.weights.inputs;
  SPARSIGHT_CHECK(width <= kIntMostCols);
  float* scales = scratch;
  const std::size_t padded_cols = (tile.cols + width - 1) / width * width;
  auto* rows16 = reinterpret_cast<std::int16_t*>(scales + (padded_cols + 15) / 16 * 16);
  auto* a = rows16 + kIntMostCols * kIntStride;
  auto* b = a + kIntMostRows * kIntStride;
  std::copy_n(tile.weights.scales + tile.first_col, tile.cols, scales);
  std::fill(scales + tile.cols, scales + padded_cols, 0.0f);
  const std::size_t groups = (tile.rows + kMaxRows - 1) / kMaxRows;
  for (std::size_t k = 0; k < inputs; k += kIntDepth) {
    const std::size_t depth = std::min(kIntDepth, inputs - k), padded = (depth + 7) / 8 * 8;
    for (std::size_t c = 0; c < tile.cols; c += width)
      pack(tile.weights, tile.first_col + c, std::min(width, tile.cols - c), k, depth, rows16, b + c * padded);
    const Panels panels{b, padded / 2, scales, tile.cols, tile.accumulate || k != 0};
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t row = group * tile.rows / groups, rows = (group + 1) * tile.rows / groups - row;
      float row_scales[kIntMostRows];
      for (std::size_t r = 0; r < rows; ++r) {
        const std::size_t at = tile.first_row + row + r;
        std::memcpy(a + r * kIntStride, tile.x.values + at * tile.x.stride + k, padded * sizeof(std::int16_t));
        row_scales[r] = tile.x.scales[at * tile.x.blocks + k / kIntDepth];
      }
      choose_rows<kMaxRows>(rows, a, row_scales, panels, tile.out + row * tile.out_stride, tile.out_stride);
    }
  }
}

// The same for few rows: each output's weights are widened once, and multiplied where they lie.
void IntDotRows(const IntTile& tile) {
  const Ints di;
  const hn::CappedTag<float, 1> one;
  const std::size_t lanes = 2 * hn::Lanes(di), inputs = tile.weights.inputs;
  HWY_ALIGN std::int16_t w[kIntStride];
  for (std::size_t c = 0; c < tile.cols; ++c) {
    const auto scale = hn::Set(one, tile.weights.scales[tile.first_col + c]);
    for (std::size_t k = 0; k < inputs; k += kIntDepth) {
      const std::size_t depth = std::min(kIntDepth, inputs - k), whole = depth / (2 * lanes) * (2 * lanes);
      widen_ints(tile.weights, tile.first_col + c, k, depth, w);
      for (std::size_t r = 0; r < tile.rows; ++r) {
        const std::size_t at = tile.first_row + r;
        const std::int16_t* x = tile.x.values + at * tile.x.stride + k;
        auto sum0 = hn::Zero(di), sum1 = hn::Zero(di);
        for (std::size_t i = 0; i < whole; i += 2 * lanes) {
          sum0 = add_pairs(load_pairs(x + i), load_pairs(w + i), sum0);
          sum1 = add_pairs(load_pairs(x + i + lanes), load_pairs(w + i + lanes), sum1);
        }
        std::int32_t sum = hn::GetLane(hn::SumOfLanes(di, hn::Add(sum0, sum1)));
        for (std::size_t i = whole; i < depth; ++i) sum += std::int32_t{x[i]} * w[i];
        float* out = tile.out + r * tile.out_stride + c;
        const auto value = hn::Mul(hn::Set(one, static_cast<float>(sum)),
                                   hn::Set(one, tile.x.scales[at * tile.x.blocks + k / kIntDepth]));
        hn::StoreU(tile.accumulate || k != 0 ? hn::MulAdd(value, scale, hn::LoadU(one, out)) : hn::Mul(value, scale),
                   one, out);
      }
    }
  }
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(QuantiseRow);
HWY_EXPORT(MultiplyIntTile);
HWY_EXPORT(IntDotRows);

IntRows::IntRows(TensorView x, bool with_int4, Scratch& memory)
    : stride((x.cols() + 31) / 32 * 32),
      blocks((x.cols() + kIntDepth - 1) / kIntDepth),
      most_(with_int4 ? kMostWithInt4 : kMostWithInt8),
      x_(x) {
  const std::size_t of_scales = (x.rows() * blocks + 15) / 16 * 16;
  scales = memory.floats(of_scales + (x.rows() * stride + 1) / 2);
  values = reinterpret_cast<std::int16_t*>(scales + of_scales);
}

void IntRows::round(std::size_t row) {
  HWY_DYNAMIC_DISPATCH(QuantiseRow)
  (x_.row(row).data(), x_.cols(), most_, values + row * stride, stride, scales + row * blocks);
}

std::size_t int_scratch(std::size_t cols) {
  const std::size_t padded = (cols + kIntMostCols - 1) / kIntMostCols * kIntMostCols;
  const std::size_t shorts = (kIntMostCols + kIntMostRows) * kIntStride + padded * kIntDepth;
  return (padded + 15) / 16 * 16 + (shorts + 1) / 2;
}

void int_tile(const IntTile& tile, float* scratch) { HWY_DYNAMIC_DISPATCH(MultiplyIntTile)(tile, scratch); }
void int_dot_rows(const IntTile& tile) { HWY_DYNAMIC_DISPATCH(IntDotRows)(tile); }

}  // namespace sparsight::cpu
#endif
