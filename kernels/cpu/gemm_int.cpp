// Products with quantised weights. Activations are rounded to integers, kDepth of a row with a scale of their own,
// and the products of so many inputs are summed exactly in 32 bits. Only then do scales and floats come in, in the same
// order for one row as for thousands. Compiled once per target.
//
// Where a target multiplies and adds bytes in fours (quads: VNNI), activations have 8 bits and weights are read as they
// lie. Elsewhere they have 16, and a tile's weights are widened to 16 bits once (a block's scale multiplied in), to be
// multiplied in pairs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_int.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/cpu/kernels.h"

#ifndef SPARSIGHT_GEMM_INT_SIZES
#define SPARSIGHT_GEMM_INT_SIZES
namespace sparsight::cpu {
constexpr std::size_t kIntMostRows = 12;  // of any target
constexpr std::size_t kIntMostCols = kGemmStep;
}  // namespace sparsight::cpu
#endif

#undef SPARSIGHT_QUADS
#if HWY_TARGET == HWY_AVX3_DL
#define SPARSIGHT_QUADS 1
#else
#define SPARSIGHT_QUADS 0
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Ints = hn::ScalableTag<std::int32_t>;
using Floats = hn::RebindToFloat<Ints>;
using IntVector = hn::Vec<Ints>;  // also of pairs of 16-bit integers, or of quads of bytes

#if SPARSIGHT_QUADS
using Rounded = std::int8_t;
constexpr std::size_t kDepth = 256;
constexpr float kMostWithInt8 = 127, kMostWithInt4 = 127;
// Sums that fit 32 registers; int4 has two for each element, its block's and all blocks'.
constexpr std::size_t kMaxRows = 12, kMaxRowsInt4 = 6;
#else
using Rounded = std::int16_t;
constexpr std::size_t kDepth = 512;
// What 32 bits hold: kDepth products of the largest weight (128, or 8 block scales of 128) and activation.
constexpr float kMostWithInt8 = 32767, kMostWithInt4 = 4095;
static_assert(kDepth * 128 * 32767 < (std::size_t{1} << 31) && kDepth * 8 * 128 * 4095 < (std::size_t{1} << 31));
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr std::size_t kMaxRows = 12;
#else
constexpr std::size_t kMaxRows = 6;
#endif
constexpr std::size_t kMaxRowsInt4 = kMaxRows;
#endif

constexpr std::size_t kBlocks = kDepth / kQuantisedBlock;

HWY_INLINE std::size_t step_cols() { return 2 * hn::Lanes(Ints()); }

// Compilers that reorder too freely run out of registers, and the sums end up in memory.
HWY_INLINE void keep_in_register([[maybe_unused]] IntVector& v) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  __asm__ volatile("" : "+v"(v.raw));
#endif
}

// Rounds count <= 32 values; returns their sum.
HWY_INLINE std::int32_t round_block(const float* x, std::size_t count, float factor, Rounded* to) {
  const Floats d;
  const hn::Rebind<Rounded, Ints> dr;
  const std::size_t lanes = hn::Lanes(d);
  auto sums = hn::Zero(Ints());
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto q = hn::NearestInt(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, factor)));
    sums = hn::Add(sums, q);
    hn::StoreU(hn::DemoteTo(dr, q), dr, to + i);
  }
  std::int32_t sum = hn::GetLane(hn::SumOfLanes(Ints(), sums));
  for (; i < count; ++i) {
    to[i] = static_cast<Rounded>(hn::GetLane(hn::NearestInt(hn::Set(d, x[i] * factor))));
    sum += to[i];
  }
  return sum;
}

// Up to kDepth inputs of a row. `sums` gets what the integers of each kQuantisedBlock add up to; returns the scale.
float RoundPiece(const float* x, std::size_t count, bool int4, void* values, std::int32_t* sums) {
  const Floats d;
  const float most = int4 ? kMostWithInt4 : kMostWithInt8;
  const std::size_t lanes = hn::Lanes(d), padded = (count + 7) / 8 * 8;
  auto* to = static_cast<Rounded*>(values);
  auto largest = hn::Zero(d), spoilt = hn::Zero(d);  // spoilt: NaN where a value is none or infinite
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto v = hn::LoadU(d, x + i);
    largest = hn::Max(largest, hn::Abs(v));
    spoilt = hn::MulAdd(v, hn::Zero(d), spoilt);
  }
  float max = hn::GetLane(hn::MaxOfLanes(d, largest)), bad = hn::GetLane(hn::SumOfLanes(d, spoilt));
  for (; i < count; ++i) {
    max = std::max(max, std::abs(x[i]));
    bad += 0 * x[i];
  }
  std::fill_n(sums, kBlocks, 0);
  if (bad == 0 && max >= most * 1e-37f) {
    for (i = 0; i < count; i += kQuantisedBlock)
      sums[i / kQuantisedBlock] = round_block(x + i, std::min(kQuantisedBlock, count - i), most / max, to + i);
    std::fill(to + count, to + padded, Rounded{0});
  } else {
    std::fill_n(to, padded, Rounded{0});
  }
  return max / most + bad;
}

// Rows that pass over the weights together, at up to kDepth inputs.
struct Group {
  Group(const IntRows& x, std::size_t first, std::size_t count, std::size_t block)
      : rows(count),
        values(static_cast<const Rounded*>(x.values) + x.at(block, first) * kDepth),
        scales(x.scales + x.at(block, first)),
        sums(x.sums + x.at(block, first) * kBlocks) {}

  std::size_t rows;
  const Rounded* values;     // [rows, kDepth]
  const float* scales;       // [rows]
  const std::int32_t* sums;  // [rows, kBlocks]
};

// out (+)= sums, scaled by row and by output.
template <std::size_t kRows>
HWY_INLINE void scale_and_store(const IntVector (&s0)[kRows], const IntVector (&s1)[kRows], const float* row_scales,
                                const float* scales0, const float* scales1, bool add, float* out,
                                std::size_t out_stride) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const auto scale0 = hn::LoadU(d, scales0), scale1 = hn::LoadU(d, scales1);
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {
    float* to = out + r * out_stride;
    const auto row = hn::Set(d, row_scales[r]);
    const auto f0 = hn::Mul(hn::ConvertTo(d, s0[r]), row), f1 = hn::Mul(hn::ConvertTo(d, s1[r]), row);
    hn::StoreU(add ? hn::MulAdd(f0, scale0, hn::LoadU(d, to)) : hn::Mul(f0, scale0), d, to);
    hn::StoreU(add ? hn::MulAdd(f1, scale1, hn::LoadU(d, to + lanes)) : hn::Mul(f1, scale1), d, to + lanes);
  }
}

// A tile's weights at up to kDepth inputs from `begin` on.
struct Slice {
  const IntWeights& w;
  std::size_t first_col, cols, begin, depth;
  const void* widened = nullptr;  // pairs only

  // Two vectors of outputs from the tile's column `col` on. Behind the matrix' last panel it is that panel again, which
  // nobody looks at.
  [[nodiscard]] std::size_t output(std::size_t col, std::size_t vector) const {
    const std::size_t lanes = hn::Lanes(Ints()),
                      last = (w.outputs + kPanelOutputs - 1) / kPanelOutputs * kPanelOutputs - lanes;
    return std::min(first_col + col + vector * lanes, last);
  }
  // Of an output, at `begin`.
  [[nodiscard]] const std::uint8_t* values(std::size_t output) const {
    const std::size_t of_a_group = w.int4() ? 8 : 4, groups = (w.inputs + of_a_group - 1) / of_a_group;
    return static_cast<const std::uint8_t*>(w.values) + output / kPanelOutputs * groups * kPanelBytes +
           begin / of_a_group * kPanelBytes + output % kPanelOutputs * 4;
  }
  [[nodiscard]] const std::int8_t* block_scales(std::size_t output) const {
    return w.block_scales +
           (output / kPanelOutputs * (w.inputs / kQuantisedBlock) + begin / kQuantisedBlock) * kPanelOutputs +
           output % kPanelOutputs;
  }
};

template <typename T>
HWY_INLINE IntVector broadcast(const T* from) {
  std::int32_t word;
  std::memcpy(&word, from, sizeof word);
  return hn::Set(Ints(), word);
}

HWY_INLINE IntVector load_bytes(const std::uint8_t* from) {
#if HWY_TARGET == HWY_SCALAR
  return broadcast(from);
#else
  return hn::BitCast(Ints(), hn::LoadU(hn::Repartition<std::uint8_t, Ints>(), from));
#endif
}

#if SPARSIGHT_QUADS

// Highway's own flags for this target leave the intrinsics out; every CPU that it chooses the target for has them.
// sum + four products of unsigned and signed bytes
HWY_INLINE void add_quads(IntVector unsigned_bytes, IntVector bytes, IntVector& sum) {
  __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(sum.raw) : "v"(unsigned_bytes.raw), "v"(bytes.raw));
}
// sum + two products of 16-bit integers
HWY_INLINE void add_pairs(IntVector a, IntVector b, IntVector& sum) {
  __asm__ volatile("vpdpwssd %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
}

template <std::size_t kRows>
HWY_INLINE void multiply_int8(const Group& x, const Slice& s, std::size_t col, bool add, float* out,
                              std::size_t out_stride) {
  const std::size_t o0 = s.output(col, 0), o1 = s.output(col, 1);
  const std::uint8_t *w0 = s.values(o0), *w1 = s.values(o1);
  IntVector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {  // the offset of the weights
    std::int32_t sum = 0;
    for (std::size_t b = 0; b < kBlocks; ++b) sum += x.sums[r * kBlocks + b];
    s0[r] = s1[r] = hn::Set(Ints(), -128 * sum);
  }
  const Rounded* a = x.values;
  for (std::size_t k = 0; k < s.depth; k += 4, w0 += kPanelBytes, w1 += kPanelBytes) {
    const auto b0 = load_bytes(w0), b1 = load_bytes(w1);
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto v = broadcast(a + r * kDepth + k);
      add_quads(b0, v, s0[r]);
      add_quads(b1, v, s1[r]);
    }
  }
  scale_and_store<kRows>(s0, s1, x.scales, s.w.scales + o0, s.w.scales + o1, add, out, out_stride);
}

template <std::size_t kRows>
HWY_INLINE void multiply_int4(const Group& x, const Slice& s, std::size_t col, bool add, float* out,
                              std::size_t out_stride) {
  const Ints di;
  const hn::Rebind<std::int8_t, Ints> d8;
  const std::size_t o0 = s.output(col, 0), o1 = s.output(col, 1);
  const std::uint8_t *w0 = s.values(o0), *w1 = s.values(o1);
  const std::int8_t *scale0 = s.block_scales(o0), *scale1 = s.block_scales(o1);
  const auto low = hn::Set(di, 0x0F0F0F0F), lower_half = hn::Set(di, 0xFFFF);
  IntVector s0[kRows], s1[kRows];
  HWY_UNROLL(6)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(di);
  const Rounded* a = x.values;
  for (std::size_t block = 0; block < s.depth / kQuantisedBlock;
       ++block, scale0 += kPanelOutputs, scale1 += kPanelOutputs) {
    IntVector t0[kRows], t1[kRows];  // of this block: 32 * 8 * 127 fits 16 bits
    HWY_UNROLL(6)
    for (std::size_t r = 0; r < kRows; ++r) t0[r] = t1[r] = hn::Set(di, -8 * x.sums[r * kBlocks + block]);
    for (std::size_t k = 0; k < kQuantisedBlock; k += 8, a += 8, w0 += kPanelBytes, w1 += kPanelBytes) {
      const auto both0 = load_bytes(w0), both1 = load_bytes(w1);
      const auto b0 = hn::And(both0, low), b1 = hn::And(both1, low);
      HWY_UNROLL(6)
      for (std::size_t r = 0; r < kRows; ++r) {
        const auto v = broadcast(a + r * kDepth);
        add_quads(b0, v, t0[r]);
        add_quads(b1, v, t1[r]);
      }
      const auto c0 = hn::And(hn::ShiftRight<4>(both0), low), c1 = hn::And(hn::ShiftRight<4>(both1), low);
      HWY_UNROLL(6)
      for (std::size_t r = 0; r < kRows; ++r) {
        const auto v = broadcast(a + r * kDepth + 4);
        add_quads(c0, v, t0[r]);
        add_quads(c1, v, t1[r]);
      }
    }
    // The upper halves are signs; those of the scales are left out.
    const auto by0 = hn::And(hn::PromoteTo(di, hn::LoadU(d8, scale0)), lower_half);
    const auto by1 = hn::And(hn::PromoteTo(di, hn::LoadU(d8, scale1)), lower_half);
    HWY_UNROLL(6)
    for (std::size_t r = 0; r < kRows; ++r) {
      add_pairs(t0[r], by0, s0[r]);
      add_pairs(t1[r], by1, s1[r]);
    }
  }
  scale_and_store<kRows>(s0, s1, x.scales, s.w.scales + o0, s.w.scales + o1, add, out, out_stride);
}

HWY_INLINE std::size_t widened_bytes(std::size_t) { return 0; }
HWY_INLINE void widen(Slice&, void*) {}

#else

// sum + the products of the lower and of the upper halves, exactly.
HWY_INLINE IntVector add_pairs(IntVector a, IntVector b, IntVector sum) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  const hn::Repartition<std::int16_t, Ints> d16;
  IntVector none = hn::Zero(Ints());
  return hn::ReorderWidenMulAccumulate(Ints(), hn::BitCast(d16, a), hn::BitCast(d16, b), sum, none);
#else
  const auto low = hn::Mul(hn::ShiftRight<16>(hn::ShiftLeft<16>(a)), hn::ShiftRight<16>(hn::ShiftLeft<16>(b)));
  return hn::Add(sum, hn::Add(low, hn::Mul(hn::ShiftRight<16>(a), hn::ShiftRight<16>(b))));
#endif
}

// a - b and a * b of 16-bit integers
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE std::int32_t halves(std::int32_t low, std::int32_t high) { return (low & 0xFFFF) | (high * 0x10000); }
HWY_INLINE IntVector subtract_pairs(IntVector a, IntVector b) {
  return IntVector(halves((a.raw & 0xFFFF) - (b.raw & 0xFFFF), (a.raw >> 16) - (b.raw >> 16)));
}
HWY_INLINE IntVector multiply_pairs(IntVector a, IntVector b) {
  return IntVector(
      halves(static_cast<std::int16_t>(a.raw) * static_cast<std::int16_t>(b.raw), (a.raw >> 16) * (b.raw >> 16)));
}
#else
using Shorts = hn::Repartition<std::int16_t, Ints>;
HWY_INLINE IntVector subtract_pairs(IntVector a, IntVector b) {
  return hn::BitCast(Ints(), hn::Sub(hn::BitCast(Shorts(), a), hn::BitCast(Shorts(), b)));
}
HWY_INLINE IntVector multiply_pairs(IntVector a, IntVector b) {
  return hn::BitCast(Ints(), hn::Mul(hn::BitCast(Shorts(), a), hn::BitCast(Shorts(), b)));
}
#endif

// Four bytes that are not negative as two pairs of 16-bit integers, less `offset`.
struct Quad {
  IntVector pair[2];
};
HWY_INLINE Quad split(IntVector bytes, std::int32_t offset) {
  const Ints di;
  const auto first = hn::Set(di, 0xFF), second = hn::Set(di, 0xFF0000), less = hn::Set(di, offset * 0x10001);
  const auto a = hn::Or(hn::And(bytes, first), hn::And(hn::ShiftLeft<8>(bytes), second));
  const auto b = hn::Or(hn::And(hn::ShiftRight<16>(bytes), first), hn::And(hn::ShiftRight<8>(bytes), second));
  return {{subtract_pairs(a, less), subtract_pairs(b, less)}};
}

// Of one column: whole quads, or whole octets with int4.
HWY_INLINE std::size_t pairs_of(const Slice& s) { return (s.depth + 7) / 8 * 4; }
HWY_INLINE std::size_t widened_bytes(std::size_t cols) {
  return (cols + step_cols() - 1) / step_cols() * step_cols() * kDepth * sizeof(std::int16_t);
}

// to[step][pair][2 vectors] = the slice's weights.
void widen(Slice& s, void* memory) {
  const Ints di;
  const std::size_t lanes = hn::Lanes(di), width = step_cols(), pairs = pairs_of(s);
  auto* to = static_cast<std::int32_t*>(memory);
  s.widened = to;
  for (std::size_t col = 0; col < s.cols; col += width, to += pairs * width) {
    for (std::size_t vector = 0; vector < 2; ++vector) {
      const std::size_t output = s.output(col, vector);
      const std::uint8_t* from = s.values(output);
      std::int32_t* at = to + vector * lanes;
      if (!s.w.int4()) {
        std::size_t k = 0;
        for (; k < s.depth; k += 4, from += kPanelBytes, at += 2 * width) {
          const Quad q = split(load_bytes(from), 128);
          hn::StoreU(q.pair[0], di, at);
          hn::StoreU(q.pair[1], di, at + width);
        }
        for (; k < 2 * pairs; k += 2, at += width) hn::StoreU(hn::Zero(di), di, at);
        continue;
      }
      const hn::Rebind<std::int8_t, Ints> d8;
      const std::int8_t* scales = s.block_scales(output);
      const auto low = hn::Set(di, 0x0F0F0F0F);
      IntVector scale = hn::Zero(di);
      for (std::size_t k = 0; k < s.depth; k += 8, from += kPanelBytes, at += 4 * width) {
        if (k % kQuantisedBlock == 0) {
          const auto one = hn::PromoteTo(di, hn::LoadU(d8, scales + k / kQuantisedBlock * kPanelOutputs));
          scale = hn::Or(hn::ShiftLeft<16>(one), hn::And(one, hn::Set(di, 0xFFFF)));
        }
        const auto both = load_bytes(from);
        const Quad q0 = split(hn::And(both, low), 8), q1 = split(hn::And(hn::ShiftRight<4>(both), low), 8);
        hn::StoreU(multiply_pairs(q0.pair[0], scale), di, at);
        hn::StoreU(multiply_pairs(q0.pair[1], scale), di, at + width);
        hn::StoreU(multiply_pairs(q1.pair[0], scale), di, at + 2 * width);
        hn::StoreU(multiply_pairs(q1.pair[1], scale), di, at + 3 * width);
      }
    }
  }
}

template <std::size_t kRows>
HWY_INLINE void multiply(const Group& x, const Slice& s, std::size_t col, bool add, float* out,
                         std::size_t out_stride) {
  const Ints di;
  const std::size_t lanes = hn::Lanes(di), pairs = pairs_of(s);
  const std::int32_t* b = static_cast<const std::int32_t*>(s.widened) + col * pairs;
  const Rounded* a = x.values;
  IntVector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(di);
  for (std::size_t k = 0; k < pairs; ++k, b += 2 * lanes) {
    const auto b0 = hn::LoadU(di, b), b1 = hn::LoadU(di, b + lanes);
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto v = broadcast(a + r * kDepth + 2 * k);
      s0[r] = add_pairs(v, b0, s0[r]);
      s1[r] = add_pairs(v, b1, s1[r]);
      keep_in_register(s0[r]);
      keep_in_register(s1[r]);
    }
  }
  scale_and_store<kRows>(s0, s1, x.scales, s.w.scales + s.output(col, 0), s.w.scales + s.output(col, 1), add, out,
                         out_stride);
}

#endif

template <std::size_t kRows, bool kInt4>
HWY_INLINE void multiply_step(const Group& x, const Slice& s, std::size_t col, bool add, float* out,
                              std::size_t out_stride) {
#if SPARSIGHT_QUADS
  if constexpr (kInt4)
    multiply_int4<kRows>(x, s, col, add, out, out_stride);
  else
    multiply_int8<kRows>(x, s, col, add, out, out_stride);
#else
  multiply<kRows>(x, s, col, add, out, out_stride);
#endif
}

// The rows of a group over all columns of a slice.
template <std::size_t kRows, bool kInt4>
void multiply_slice(const Group& x, const Slice& s, bool add, float* out, std::size_t out_stride) {
  if constexpr (kRows > 1)
    if (x.rows < kRows) return multiply_slice<kRows - 1, kInt4>(x, s, add, out, out_stride);
  const std::size_t width = step_cols();
  std::size_t c = 0;
  for (; c + width <= s.cols; c += width) multiply_step<kRows, kInt4>(x, s, c, add, out + c, out_stride);
  if (c == s.cols) return;
  float edge[kIntMostRows * kIntMostCols] = {};
  for (std::size_t r = 0; add && r < kRows; ++r) std::copy_n(out + r * out_stride + c, s.cols - c, edge + r * width);
  multiply_step<kRows, kInt4>(x, s, c, add, edge, width);
  for (std::size_t r = 0; r < kRows; ++r) std::copy_n(edge + r * width, s.cols - c, out + r * out_stride + c);
}

void MultiplyIntTile(const IntTile& tile, float* scratch) {
  const IntWeights& w = tile.weights;
  SPARSIGHT_CHECK(hn::Lanes(Ints()) <= kPanelOutputs);
  const std::size_t most_rows = w.int4() ? kMaxRowsInt4 : kMaxRows;
  const std::size_t groups = (tile.rows + most_rows - 1) / most_rows;
  for (std::size_t k = 0; k < w.inputs; k += kDepth) {
    Slice s{w, tile.first_col, tile.cols, k, std::min(kDepth, w.inputs - k)};
    widen(s, scratch);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t row = group * tile.rows / groups;
      const Group x(tile.x, tile.first_row + row, (group + 1) * tile.rows / groups - row, k / kDepth);
      float* out = tile.out + row * tile.out_stride;
      const bool add = k != 0;
      if (w.int4())
        multiply_slice<kMaxRowsInt4, true>(x, s, add, out, tile.out_stride);
      else
        multiply_slice<kMaxRows, false>(x, s, add, out, tile.out_stride);
    }
  }
}

IntPieces Pieces() { return {kDepth, kDepth * sizeof(Rounded), kBlocks}; }
std::size_t WidenedBytes(std::size_t cols) { return widened_bytes(cols); }

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(RoundPiece);
HWY_EXPORT(MultiplyIntTile);
HWY_EXPORT(Pieces);
HWY_EXPORT(WidenedBytes);

IntRows::IntRows(std::size_t rows, std::size_t inputs, bool with_int4, Scratch& memory)
    : rows_(rows), inputs_(inputs), int4_(with_int4), pieces_(HWY_DYNAMIC_DISPATCH(Pieces)()) {
  const std::size_t count = rows * ((inputs + pieces_.depth - 1) / pieces_.depth);
  const std::size_t of_values = count * pieces_.bytes / sizeof(float), of_sums = count * pieces_.blocks;
  float* all = memory.floats(of_values + of_sums + count);
  values = all;
  sums = reinterpret_cast<std::int32_t*>(all + of_values);
  scales = all + of_values + of_sums;
}

void IntRows::round(std::size_t row, const float* x) {
  for (std::size_t k = 0; k < inputs_; k += pieces_.depth) {
    const std::size_t piece = at(k / pieces_.depth, row);
    scales[piece] = HWY_DYNAMIC_DISPATCH(RoundPiece)(x + k, std::min(pieces_.depth, inputs_ - k), int4_,
                                                     static_cast<std::byte*>(values) + piece * pieces_.bytes,
                                                     sums + piece * pieces_.blocks);
  }
}

std::size_t int_scratch(std::size_t cols) { return HWY_DYNAMIC_DISPATCH(WidenedBytes)(cols) / sizeof(float); }

void int_tile(const IntTile& tile, float* scratch) { HWY_DYNAMIC_DISPATCH(MultiplyIntTile)(tile, scratch); }

}  // namespace sparsight::cpu
#endif
