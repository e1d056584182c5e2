// Products with quantised weights. Activations are rounded to integers, each piece of a row with its own scale, and the
// products of a piece are summed exactly in 32 bits; of a piece with outliers twice (kernels.h). Only then are scales
// applied, in float, in the same order for one row as for thousands. Compiled once per target.
//
// In bytes: 8-bit activations are multiplied by weights as stored, four at a time where the instruction set has this,
// or with int4 two at a time (any x86 vectors). In pairs: activations have 16 bits, and a tile's weights are widened to
// 16 bits once, multiplied by their block's scale.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_int.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/int_products-inl.h"
#include "kernels/cpu/int_scheme-inl.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/prefetcher.h"
#include "kernels/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

// Int4 in bytes has two sums for each element: its block's and all blocks'.
template <class S>
constexpr std::size_t kMaxRows = kRegisterRows / (S::kInt4 && S::kInBytes ? 2 : 1);

// Rows that are multiplied with the weights together, in one pass of one piece.
template <class S>
struct Group {
  Group(const IntRows& x, std::size_t first, std::size_t count, std::size_t pass, std::size_t piece)
      : rows(count),
        values(static_cast<const typename S::Rounded*>(x.values) + x.at(pass, piece, first) * S::kDepth),
        scales(x.scales + x.at(pass, piece, first)),
        sums(x.sums + x.at(pass, piece, first) * S::kBlocks) {}

  std::size_t rows;
  const typename S::Rounded* values;  // [rows, kDepth]
  const float* scales;                // [rows]
  const std::int32_t* sums;           // [rows, kBlocks]

  [[nodiscard]] std::int32_t sum(std::size_t row) const {
    std::int32_t all = 0;
    for (std::size_t b = 0; b < S::kBlocks; ++b) all += sums[row * S::kBlocks + b];
    return all;
  }
};

template <std::size_t kRows>
using Sums = IntVector[kRows];

// out (+)= sums, scaled by row and by output.
template <std::size_t kRows>
HWY_INLINE void scale_and_store(const Sums<kRows>& s0, const Sums<kRows>& s1, const float* row_scales,
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

// A tile's weights for one piece of the inputs.
struct Slice {
  const IntWeights& w;
  std::size_t first_col, cols, begin, depth;
  const void* widened = nullptr;  // pairs only
  std::size_t ahead = 0;          // how many bytes later the weights lie that are wanted soon; 0: in no hurry

  // The first output of one of two vectors from the tile's column `col` on. Beyond the matrix' last panel it is that
  // panel again, whose results are not used.
  [[nodiscard]] std::size_t output(std::size_t col, std::size_t vector) const {
    const std::size_t lanes = hn::Lanes(Ints()),
                      last = (w.outputs + kPanelOutputs - 1) / kPanelOutputs * kPanelOutputs - lanes;
    return std::min(first_col + col + vector * lanes, last);
  }
  [[nodiscard]] std::size_t inputs_of_a_group() const { return w.int4() ? 8 : 4; }
  [[nodiscard]] std::size_t panel_bytes() const {
    return (w.inputs + inputs_of_a_group() - 1) / inputs_of_a_group() * kPanelBytes;
  }
  // The values of an output at `begin`.
  [[nodiscard]] const std::uint8_t* values(std::size_t output) const {
    return static_cast<const std::uint8_t*>(w.values) + output / kPanelOutputs * panel_bytes() +
           begin / inputs_of_a_group() * kPanelBytes + output % kPanelOutputs * 4;
  }
  [[nodiscard]] const std::int8_t* block_scales(std::size_t output) const {
    return w.block_scales +
           (output / kPanelOutputs * (w.inputs / kQuantisedBlock) + begin / kQuantisedBlock) * kPanelOutputs +
           output % kPanelOutputs;
  }
};

#if SPARSIGHT_X86_VECTORS || SPARSIGHT_MAY_HAVE_DOT

#if SPARSIGHT_MAY_HAVE_DOT && HWY_ARCH_ARM_A64

// multiply_int8(), two rows and two outputs at a time.
template <class S, std::size_t kRows>
HWY_INLINE void multiply_int8_by_two(const Group<S>& x, const Slice& s, std::size_t col, bool add, float* out,
                                     std::size_t out_stride) {
  constexpr std::size_t kPairs = (kRows + 1) / 2, kOutputPairs = 4;
  const Ints di;
  const hn::Repartition<std::int64_t, Ints> d64;
  const std::size_t o0 = s.output(col, 0), o1 = s.output(col, 1);
  const std::uint8_t *w0 = s.values(o0), *w1 = s.values(o1);
  IntVector sums[kPairs][kOutputPairs];
  HWY_UNROLL(6)
  for (std::size_t p = 0; p < kPairs; ++p)
    for (IntVector& sum : sums[p]) sum = hn::Zero(di);
  for (std::size_t k = 0; k < s.depth; k += 8, w0 += 2 * kPanelBytes, w1 += 2 * kPanelBytes) {
    const bool more = k + 4 < s.depth;  // else the second four inputs of a row are 0, whatever the weights
    const auto a0 = without_offset(load_bytes(w0)), a1 = without_offset(load_bytes(w1));
    const auto b0 = more ? without_offset(load_bytes(w0 + kPanelBytes)) : a0,
               b1 = more ? without_offset(load_bytes(w1 + kPanelBytes)) : a1;
    const IntVector weights[kOutputPairs] = {hn::InterleaveLower(di, a0, b0), hn::InterleaveUpper(di, a0, b0),
                                             hn::InterleaveLower(di, a1, b1), hn::InterleaveUpper(di, a1, b1)};
    HWY_UNROLL(6)
    for (std::size_t p = 0; p < kPairs; ++p) {
      std::int64_t two[2];
      std::memcpy(&two[0], x.values + 2 * p * S::kDepth + k, 8);
      std::memcpy(&two[1], x.values + std::min(2 * p + 1, kRows - 1) * S::kDepth + k, 8);
      const auto rows = hn::BitCast(di, hn::LoadU(d64, two));
      for (std::size_t o = 0; o < kOutputPairs; ++o) multiply_two_by_two(rows, weights[o], sums[p][o]);
    }
  }
  IntVector s0[kRows], s1[kRows];
  for (std::size_t r = 0; r < kRows; ++r) {
    const auto& of = sums[r / 2];
    s0[r] = r % 2 == 0 ? hn::ConcatLowerLower(di, of[1], of[0]) : hn::ConcatUpperUpper(di, of[1], of[0]);
    s1[r] = r % 2 == 0 ? hn::ConcatLowerLower(di, of[3], of[2]) : hn::ConcatUpperUpper(di, of[3], of[2]);
  }
  scale_and_store<kRows>(s0, s1, x.scales, s.w.scales + o0, s.w.scales + o1, add, out, out_stride);
}

#endif

// A core that computes much on each line of weights fetches few others meanwhile, unless it is told which ones.
HWY_INLINE void fetch_ahead(const Slice& s, const std::uint8_t* w0, const std::uint8_t* w1) {
  hwy::Prefetch(w0 + s.ahead);
  hwy::Prefetch(w1 + s.ahead);
}

// The sums of a piece of the inputs, with weights as stored. They may wrap around in between: they start with the
// weights' offset, which compensates it.
template <class S, std::size_t kRows>
HWY_INLINE void sum_int8(const Group<S>& x, const Slice& s, std::size_t col, Sums<kRows>& s0, Sums<kRows>& s1) {
  const std::uint8_t *w0 = s.values(s.output(col, 0)), *w1 = s.values(s.output(col, 1));
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Set(Ints(), S::kDot && kSignedDot ? 0 : -128 * x.sum(r));
  for (std::size_t k = 0; k < s.depth; k += 4, w0 += kPanelBytes, w1 += kPanelBytes) {
    if constexpr (S::kDot) fetch_ahead(s, w0, w1);
    const auto b0 = Quads<S>::of_weights(load_bytes(w0)), b1 = Quads<S>::of_weights(load_bytes(w1));
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto v = Quads<S>::of_row(x.values + r * S::kDepth + k);
      b0.multiply(v, s0[r]);
      b1.multiply(v, s1[r]);
    }
  }
}

template <class S, std::size_t kRows>
HWY_INLINE void sum_int4(const Group<S>& x, const Slice& s, std::size_t col, Sums<kRows>& s0, Sums<kRows>& s1) {
  // Independent sums of a block, for rows that are too few to hide the latency.
  constexpr std::size_t kChains = kRows <= 2 ? 2 : 1;
  const Ints di;
  const std::size_t o0 = s.output(col, 0), o1 = s.output(col, 1);
  const std::uint8_t *w0 = s.values(o0), *w1 = s.values(o1);
  const std::int8_t *scale0 = s.block_scales(o0), *scale1 = s.block_scales(o1);
  const auto low = hn::Set(di, 0x0F0F0F0F);
  HWY_UNROLL(6)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(di);
  const std::int8_t* a = x.values;
  for (std::size_t block = 0; block < s.depth / kQuantisedBlock;
       ++block, scale0 += kPanelOutputs, scale1 += kPanelOutputs) {
    IntVector t0[kChains][kRows], t1[kChains][kRows];
    HWY_UNROLL(6)
    for (std::size_t r = 0; r < kRows; ++r) {
      t0[kChains - 1][r] = t1[kChains - 1][r] = hn::Zero(di);
      t0[0][r] = t1[0][r] = block_offset<S>(x.sums[r * S::kBlocks + block]);
    }
    for (std::size_t k = 0; k < kQuantisedBlock; k += 8, a += 8, w0 += kPanelBytes, w1 += kPanelBytes) {
      fetch_ahead(s, w0, w1);
      const auto both0 = load_bytes(w0), both1 = load_bytes(w1);
      const auto b0 = hn::And(both0, low), b1 = hn::And(both1, low);
      HWY_UNROLL(6)
      for (std::size_t r = 0; r < kRows; ++r) {
        const auto v = broadcast(a + r * S::kDepth);
        add_to_block<S>(b0, v, t0[0][r]);
        add_to_block<S>(b1, v, t1[0][r]);
      }
      const auto c0 = hn::And(hn::ShiftRight<4>(both0), low), c1 = hn::And(hn::ShiftRight<4>(both1), low);
      HWY_UNROLL(6)
      for (std::size_t r = 0; r < kRows; ++r) {
        const auto v = broadcast(a + r * S::kDepth + 4);
        add_to_block<S>(c0, v, t0[kChains - 1][r]);
        add_to_block<S>(c1, v, t1[kChains - 1][r]);
      }
    }
    const auto by0 = load_twice(scale0), by1 = load_twice(scale1);
    HWY_UNROLL(6)
    for (std::size_t r = 0; r < kRows; ++r) {
      for (std::size_t chain = 0; chain < kChains; ++chain) {
        add_block<S>(t0[chain][r], by0, s0[r]);
        add_block<S>(t1[chain][r], by1, s1[r]);
      }
    }
  }
}

// With weights as stored.
template <class S, std::size_t kRows>
HWY_INLINE void multiply_stored(const Group<S>& x, const Slice& s, std::size_t col, bool add, float* out,
                                std::size_t out_stride) {
#if SPARSIGHT_MAY_HAVE_DOT && HWY_ARCH_ARM_A64
  if constexpr (!S::kInt4 && S::kDot && kRows > 1)
    if (multiplies_two_by_two()) return multiply_int8_by_two<S, kRows>(x, s, col, add, out, out_stride);
#endif
  IntVector s0[kRows], s1[kRows];
  if constexpr (S::kInt4)
    sum_int4<S, kRows>(x, s, col, s0, s1);
  else
    sum_int8<S, kRows>(x, s, col, s0, s1);
  scale_and_store<kRows>(s0, s1, x.scales, s.w.scales + s.output(col, 0), s.w.scales + s.output(col, 1), add, out,
                         out_stride);
}

// One row with one panel of weights, so that a core reads a single stretch of memory, which it does fastest.
constexpr std::size_t kPanelVectors = kPanelOutputs / hn::MaxLanes(Ints());
constexpr std::size_t kRowChains = kPanelVectors == 1 ? 4 : 2;  // independent sums, to hide the latency
constexpr std::size_t kAhead = 96 * kPanelBytes;                // what is fetched lies so many bytes later
using PanelSums = IntVector[kPanelVectors];

HWY_INLINE IntVector load_vector(const std::uint8_t* panel, std::size_t vector) {
  return load_bytes(panel + vector * hn::Lanes(Ints()) * 4);
}

template <class S>
HWY_INLINE void sum_panel_int8(const Group<S>& x, std::size_t depth, const std::uint8_t* w, PanelSums& all) {
  PanelSums sums[kRowChains];
  for (PanelSums& chain : sums)
    for (IntVector& sum : chain) sum = hn::Zero(Ints());
  for (IntVector& sum : sums[0]) sum = hn::Set(Ints(), S::kDot && kSignedDot ? 0 : -128 * x.sum(0));
  const auto multiply = [&](std::size_t k, PanelSums& chain) HWY_ATTR {
    hwy::Prefetch(w + kAhead);
    const auto inputs = Quads<S>::of_row(x.values + k);
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kPanelVectors; ++v) Quads<S>::of_weights(load_vector(w, v)).multiply(inputs, chain[v]);
    w += kPanelBytes;
  };
  std::size_t k = 0;
  for (; k + 4 * kRowChains <= depth; k += 4 * kRowChains) {
    HWY_UNROLL(4)
    for (std::size_t chain = 0; chain < kRowChains; ++chain) multiply(k + 4 * chain, sums[chain]);
  }
  for (; k < depth; k += 4) multiply(k, sums[0]);
  for (std::size_t v = 0; v < kPanelVectors; ++v) {
    all[v] = sums[0][v];
    for (std::size_t chain = 1; chain < kRowChains; ++chain) all[v] = hn::Add(all[v], sums[chain][v]);
  }
}

template <class S>
HWY_INLINE void sum_panel_int4(const Group<S>& x, std::size_t depth, const std::uint8_t* w, const std::int8_t* scales,
                               PanelSums& all) {
  const Ints di;
  const auto low = hn::Set(di, 0x0F0F0F0F);
  for (IntVector& sum : all) sum = hn::Zero(di);
  const std::int8_t* a = x.values;
  for (std::size_t block = 0; block < depth / kQuantisedBlock; ++block, scales += kPanelOutputs) {
    PanelSums sums[kRowChains];
    for (PanelSums& chain : sums)
      for (IntVector& sum : chain) sum = hn::Zero(di);
    for (IntVector& sum : sums[0]) sum = block_offset<S>(x.sums[block]);
    HWY_UNROLL(4)
    for (std::size_t k = 0; k < kQuantisedBlock; k += 8, a += 8, w += kPanelBytes) {
      hwy::Prefetch(w + kAhead);
      const auto first = broadcast(a), second = broadcast(a + 4);
      PanelSums &of_first = sums[k / 4 % kRowChains], &of_second = sums[(k / 4 + 1) % kRowChains];
      HWY_UNROLL(4)
      for (std::size_t v = 0; v < kPanelVectors; ++v) {
        const auto both = load_vector(w, v);
        add_to_block<S>(hn::And(both, low), first, of_first[v]);
        add_to_block<S>(hn::And(hn::ShiftRight<4>(both), low), second, of_second[v]);
      }
    }
    HWY_UNROLL(4)
    for (std::size_t v = 0; v < kPanelVectors; ++v) {
      const auto scale = load_twice(scales + v * hn::Lanes(di));
      for (PanelSums& chain : sums) add_block<S>(chain[v], scale, all[v]);
    }
  }
}

// One row with all of a tile's weights as stored, which it reads once, in their order: all inputs of a panel, then the
// next one. Sums are those of multiply_stored().
template <class S>
void multiply_row(const IntTile& tile) {
  const Floats d;
  const IntWeights& w = tile.weights;
  for (std::size_t col = 0; col < tile.cols; col += kPanelOutputs) {
    Slice s{w, tile.first_col + col, kPanelOutputs, 0, 0};
    hn::Vec<Floats> out[kPanelVectors];
    for (auto& sum : out) sum = hn::Zero(d);
    for (std::size_t piece = 0; s.begin < w.inputs; ++piece, s.begin += S::kDepth) {
      s.depth = std::min(S::kDepth, w.inputs - s.begin);
      for (std::size_t pass = 0; pass < tile.x.passes(); ++pass) {
        if (!tile.x.needs(pass, piece, tile.first_row, 1)) continue;
        const Group<S> x(tile.x, tile.first_row, 1, pass, piece);
        const std::uint8_t* values = s.values(s.output(0, 0));
        PanelSums sums;
        if constexpr (S::kInt4)
          sum_panel_int4<S>(x, s.depth, values, s.block_scales(s.output(0, 0)), sums);
        else
          sum_panel_int8<S>(x, s.depth, values, sums);
        for (std::size_t v = 0; v < kPanelVectors; ++v)
          out[v] = hn::MulAdd(hn::Mul(hn::ConvertTo(d, sums[v]), hn::Set(d, *x.scales)),
                              hn::LoadU(d, w.scales + tile.first_col + col + v * hn::Lanes(d)), out[v]);
      }
    }
    float edge[kPanelOutputs];
    float* to = col + kPanelOutputs <= tile.cols ? tile.out + col : edge;
    for (std::size_t v = 0; v < kPanelVectors; ++v) hn::StoreU(out[v], d, to + v * hn::Lanes(d));
    if (to == edge) std::copy_n(edge, tile.cols - col, tile.out + col);
  }
}

#endif

#if !SPARSIGHT_HAS_DOT

// a - b and a * b of 16-bit integers
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE std::int32_t halves(std::int32_t low, std::int32_t high) { return (low & 0xFFFF) | (high * 0x10000); }
HWY_INLINE IntVector subtract_halves(IntVector a, IntVector b) {
  return IntVector(halves((a.raw & 0xFFFF) - (b.raw & 0xFFFF), (a.raw >> 16) - (b.raw >> 16)));
}
HWY_INLINE IntVector multiply_halves(IntVector a, IntVector b) {
  return IntVector(
      halves(static_cast<std::int16_t>(a.raw) * static_cast<std::int16_t>(b.raw), (a.raw >> 16) * (b.raw >> 16)));
}
#else
using Shorts = hn::Repartition<std::int16_t, Ints>;
HWY_INLINE IntVector subtract_halves(IntVector a, IntVector b) {
  return hn::BitCast(Ints(), hn::Sub(hn::BitCast(Shorts(), a), hn::BitCast(Shorts(), b)));
}
HWY_INLINE IntVector multiply_halves(IntVector a, IntVector b) {
  return hn::BitCast(Ints(), hn::Mul(hn::BitCast(Shorts(), a), hn::BitCast(Shorts(), b)));
}
#endif

// Pairs of one column: whole quads, or whole octets with int4.
HWY_INLINE std::size_t pairs_of(const Slice& s) { return (s.depth + 7) / 8 * 4; }

// to[step][pair][2 vectors] = the slice's weights.
void widen(Slice& s, void* memory) {
  const Ints di;
  const std::size_t lanes = hn::Lanes(di), width = panel_cols(), pairs = pairs_of(s);
  auto* to = static_cast<std::int32_t*>(memory);
  s.widened = to;
  for (std::size_t col = 0; col < s.cols; col += width, to += pairs * width) {
    for (std::size_t vector = 0; vector < 2; ++vector) {
      const std::size_t output = s.output(col, vector);
      const std::uint8_t* from = s.values(output);
      std::int32_t* at = to + vector * lanes;
      if (!s.w.int4()) {
        const auto offset = hn::Set(di, 128 * 0x10001);
        std::size_t k = 0;
        for (; k < s.depth; k += 4, from += kPanelBytes, at += 2 * width) {
          const auto bytes = load_bytes(from);
          hn::StoreU(subtract_halves(even_bytes(bytes), offset), di, at);
          hn::StoreU(subtract_halves(odd_bytes(bytes), offset), di, at + width);
        }
        for (; k < 2 * pairs; k += 2, at += width) hn::StoreU(hn::Zero(di), di, at);
        continue;
      }
      const std::int8_t* scales = s.block_scales(output);
      const auto low = hn::Set(di, 0x0F0F0F0F), offset = hn::Set(di, 8 * 0x10001);
      for (std::size_t k = 0; k < s.depth; k += 8, from += kPanelBytes, at += 4 * width) {
        const auto scale = load_twice(scales + k / kQuantisedBlock * kPanelOutputs);
        const auto both = load_bytes(from);
        const auto first = hn::And(both, low), second = hn::And(hn::ShiftRight<4>(both), low);
        hn::StoreU(multiply_halves(subtract_halves(even_bytes(first), offset), scale), di, at);
        hn::StoreU(multiply_halves(subtract_halves(odd_bytes(first), offset), scale), di, at + width);
        hn::StoreU(multiply_halves(subtract_halves(even_bytes(second), offset), scale), di, at + 2 * width);
        hn::StoreU(multiply_halves(subtract_halves(odd_bytes(second), offset), scale), di, at + 3 * width);
      }
    }
  }
}

template <class S, std::size_t kRows>
HWY_INLINE void multiply_widened(const Group<S>& x, const Slice& s, std::size_t col, bool add, float* out,
                                 std::size_t out_stride) {
  const Ints di;
  const std::size_t lanes = hn::Lanes(di), pairs = pairs_of(s);
  const std::int32_t* b = static_cast<const std::int32_t*>(s.widened) + col * pairs;
  const std::int16_t* a = x.values;
  IntVector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(di);
  for (std::size_t k = 0; k < pairs; ++k, b += 2 * lanes) {
    const auto b0 = hn::LoadU(di, b), b1 = hn::LoadU(di, b + lanes);
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto v = broadcast(a + r * S::kDepth + 2 * k);
      s0[r] = hn::Add(s0[r], multiply_pairs(v, b0));
      s1[r] = hn::Add(s1[r], multiply_pairs(v, b1));
      keep_in_register(s0[r]);
      keep_in_register(s1[r]);
    }
  }
  scale_and_store<kRows>(s0, s1, x.scales, s.w.scales + s.output(col, 0), s.w.scales + s.output(col, 1), add, out,
                         out_stride);
}

#endif

// Whether `rows` rows of a tile are multiplied by the weights as stored, without widening.
template <class S>
constexpr bool uses_stored_weights(std::size_t rows) {
  constexpr std::size_t kFew = 3;
  return S::kInBytes || (SPARSIGHT_X86_VECTORS && rows <= kFew);
}

template <class S, std::size_t kRows>
HWY_INLINE void multiply_step(const Group<S>& x, const Slice& s, std::size_t col, bool add, float* out,
                              std::size_t out_stride) {
#if !SPARSIGHT_HAS_DOT
  if constexpr (!S::kInBytes) {
    if (s.widened != nullptr) return multiply_widened<S, kRows>(x, s, col, add, out, out_stride);
  }
#endif
#if SPARSIGHT_X86_VECTORS || SPARSIGHT_MAY_HAVE_DOT
  if constexpr (S::kInt4 ? S::kInBytes : uses_stored_weights<S>(kRows))
    multiply_stored<S, kRows>(x, s, col, add, out, out_stride);
#endif
}

// Multiplies the rows of a group with all columns of a slice.
template <class S, std::size_t kRows>
void multiply_slice(const Group<S>& x, const Slice& s, bool add, float* out, std::size_t out_stride,
                    Prefetcher& weights_ahead) {
  if constexpr (kRows > 1)
    if (x.rows < kRows) return multiply_slice<S, kRows - 1>(x, s, add, out, out_stride, weights_ahead);
  const std::size_t width = panel_cols();
  std::size_t c = 0;
  for (; c + width <= s.cols; c += width) {
    weights_ahead.fetch_part();
    multiply_step<S, kRows>(x, s, c, add, out + c, out_stride);
  }
  if (c == s.cols) return;
  float edge[kMostTileRows * kGemmStep] = {};
  for (std::size_t r = 0; add && r < kRows; ++r) std::copy_n(out + r * out_stride + c, s.cols - c, edge + r * width);
  multiply_step<S, kRows>(x, s, c, add, edge, width);
  for (std::size_t r = 0; r < kRows; ++r) std::copy_n(edge + r * width, s.cols - c, out + r * out_stride + c);
}

template <class S>
void multiply_tile(const IntTile& tile, [[maybe_unused]] float* scratch) {
#if SPARSIGHT_X86_VECTORS || SPARSIGHT_MAY_HAVE_DOT
  if constexpr (S::kInt4 ? S::kInBytes : uses_stored_weights<S>(1))
    if (tile.rows == 1) return multiply_row<S>(tile);
#endif
  const IntWeights& w = tile.weights;
  const std::size_t groups = (tile.rows + kMaxRows<S> - 1) / kMaxRows<S>;
  for (std::size_t k = 0; k < w.inputs; k += S::kDepth) {
    Slice s{w, tile.first_col, tile.cols, k, std::min(S::kDepth, w.inputs - k)};
#if !SPARSIGHT_HAS_DOT
    if (!uses_stored_weights<S>(tile.rows)) widen(s, scratch);
#endif
    // Widened weights of the next slice are wanted soon by widen(), others by the first rows.
    const std::size_t to_next = s.depth / s.inputs_of_a_group() * kPanelBytes;
    const bool widened = s.widened != nullptr && k + S::kDepth < w.inputs;
    Prefetcher weights_ahead(s.values(s.output(0, 0)) + to_next,
                             widened ? (tile.cols + kPanelOutputs - 1) / kPanelOutputs : 0, to_next, s.panel_bytes(),
                             groups * (tile.cols / panel_cols() + 1));
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t row = group * tile.rows / groups, rows = (group + 1) * tile.rows / groups - row;
      const std::size_t piece = k / S::kDepth;
      for (std::size_t pass = 0; pass < tile.x.passes(); ++pass) {
        if (!tile.x.needs(pass, piece, tile.first_row + row, rows)) continue;
        const Group<S> x(tile.x, tile.first_row + row, rows, pass, piece);
        s.ahead = group == 0 && pass == 0 ? to_next : 0;
        multiply_slice<S, kMaxRows<S>>(x, s, k != 0 || pass != 0, tile.out + row * tile.out_stride, tile.out_stride,
                                       weights_ahead);
      }
    }
  }
}

void MultiplyIntTile(const IntTile& tile, float* scratch) {
  SPARSIGHT_CHECK(hn::Lanes(Ints()) <= kPanelOutputs);
  if (SPARSIGHT_HAS_DOT && !tile.weights.int4() && tile.rows > kFewForAmx && uses_amx()) return amx_int8_tile(tile);
  with_scheme(tile.weights.int4(), [&]<class S>(S) { multiply_tile<S>(tile, scratch); });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(MultiplyIntTile);

std::size_t int_scratch(std::size_t cols) {
  constexpr std::size_t kMostDepth = 512;  // the most of any target, each input in 16 bits
  return (cols + kGemmStep - 1) / kGemmStep * kGemmStep * kMostDepth / 2;
}

void int_tile(const IntTile& tile, float* scratch) { HWY_DYNAMIC_DISPATCH(MultiplyIntTile)(tile, scratch); }

}  // namespace sparsight::cpu
#endif
