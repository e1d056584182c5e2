// Attention of many query rows to all keys in 16-bit integers, for CPUs that multiply these faster than floats. Works
// like attention.cpp, block by block of keys. Queries and keys are rounded by row and head, so that 32 bits hold their
// products exactly; the softmax is computed in floats. Its weights are rounded to multiples of 2^-14 of the largest so
// far, values by column of a block, to one of 2001 numbers. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention_int.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numbers>

#include "kernels/cpu/dot-inl.h"
#include "kernels/cpu/exp2-inl.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/tile-inl.h"
#include "kernels/cpu/transpose-inl.h"

#ifndef SPARSIGHT_ATTENTION_INT_SIZES
#define SPARSIGHT_ATTENTION_INT_SIZES
namespace sparsight::cpu {
constexpr std::size_t kIntKeyBlock = 256;  // keys laid out at once
constexpr std::size_t kWeightBits = 14;    // of a softmax weight
constexpr std::size_t kKeysASum = 128;     // whose weighted values are summed in 32 bits
// The largest integer for a value: some less than 32 bits would hold, since scores of many thousands may exceed their
// largest by the rounding of floats.
constexpr float kMostValue = 1000;
static_assert(1.02f * kKeysASum * (1 << kWeightBits) * kMostValue < 2147483648.0f);

// A pair of 16-bit integers is a word.
inline std::size_t words_of(std::size_t dim) { return (dim + 1) / 2; }
inline std::size_t whole_panels(std::size_t dim) { return (dim + kGemmStep - 1) / kGemmStep * kGemmStep; }
}  // namespace sparsight::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

bool RoundsAttention() { return SPARSIGHT_DOT_PAIRS && has_dot(); }

#if SPARSIGHT_DOT_PAIRS

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;

// Calls store(row, vector, sums) for a[kRows][depth] b[depth][panel_cols()], of which the first kVectors vectors.
// a[r][k] is at r * kRowStep + k * kStep: steps that are not known here take the registers of sums.
template <std::size_t kRows, std::size_t kVectors, std::size_t kRowStep, std::size_t kStep, class Store>
HWY_NOINLINE void multiply(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t depth,
                           const Store& store) {
  const Floats d;
  const Ints di;
  const std::size_t lanes = hn::Lanes(d);
  IntVector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(di);
  for (std::size_t k = 0; k < depth; ++k, a += kStep, b += 2 * lanes) {
    const auto b0 = hn::BitCast(di, hn::LoadU(d, b)), b1 = hn::BitCast(di, hn::LoadU(d, b + lanes));
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto x = hn::BitCast(di, hn::Set(d, a[r * kRowStep]));
      dot_pairs(x, b0, s0[r]);
      if constexpr (kVectors == 2) dot_pairs(x, b1, s1[r]);
    }
  }
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {
    store(r, 0, hn::ConvertTo(d, s0[r]));
    if constexpr (kVectors == 2) store(r, 1, hn::ConvertTo(d, s1[r]));
  }
}

// Calls body(at, number of vectors) for the panels of `cols` columns.
template <class Body>
HWY_INLINE void by_panels(std::size_t cols, const Body& body) {
  const std::size_t width = panel_cols();
  for (std::size_t at = 0; at < cols; at += width) {
    if (cols - at > width / 2)
      body(at, std::integral_constant<std::size_t, 2>());
    else
      body(at, std::integral_constant<std::size_t, 1>());
  }
}

// A block of keys and values in the layout for tiles. Words are stored as floats of the same bits.
struct Block {
  const float* keys;          // panels [words][panel_cols()], one key per column
  const float* key_scales;    // [kIntKeyBlock]
  const float* values;        // panels [kIntKeyBlock / 2][panel_cols()]
  const float* value_scales;  // [whole_panels(dim)]
  std::size_t count;
};

// A task's query rows, and the state of their softmax.
struct Rows {
  float* q;       // tile by tile, [words][rows of the tile]
  float* scales;  // [rows]: with the scale of scores and log2 e
  float* sums;    // [rows][whole_panels(dim)]: weighted sums of values, not yet divided
  float* max;     // [rows]: of scores
  float* total;   // [rows]: of powers
};

// The nearest integer of 0 to 2^16 in the lower half of each word; the upper half is undefined.
HWY_INLINE IntVector nearest_below_2_16(hn::Vec<Floats> x) {
  return hn::BitCast(Ints(), hn::Add(x, hn::Set(Floats(), 0x1p23f)));
}

// Attention of kRows rows, the first being row `at` of the task, to a block. `s` has room for kRows * kIntKeyBlock
// scores, `p` for as many half words.
template <std::size_t kRows>
void meet(std::size_t dim, const Block& block, const Rows& rows, std::size_t at, float* s, float* p) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), words = words_of(dim), stride = whole_panels(dim);
  const std::size_t filled = (block.count + 2 * lanes - 1) / (2 * lanes) * (2 * lanes);
  constexpr std::size_t kPairs = kIntKeyBlock / 2;
  by_panels(block.count, [&](std::size_t key, auto vectors) HWY_ATTR {
    const auto store = [&](std::size_t r, std::size_t vector, hn::Vec<Floats> products) HWY_ATTR {
      const auto scale = hn::LoadU(d, block.key_scales + key + vector * lanes);
      hn::StoreU(hn::Mul(products, scale), d, s + r * kIntKeyBlock + key + vector * lanes);
    };
    multiply<kRows, vectors(), 1, kRows>(rows.q + at * words, block.keys + key * words, words, store);
  });
  float down[kRows];  // subtracted from a row's scores
  for (std::size_t r = 0; r < kRows; ++r) {
    float *row = s + r * kIntKeyBlock, *sums = rows.sums + (at + r) * stride;
    std::fill(row + block.count, row + filled, -std::numeric_limits<float>::infinity());
    auto most = hn::Set(d, -std::numeric_limits<float>::infinity());
    for (std::size_t i = 0; i < filled; i += lanes) most = hn::Max(most, hn::LoadU(d, row + i));
    const auto before = hn::Set(d, rows.max[at + r]);
    const auto max = hn::Max(before, hn::Mul(hn::MaxOfLanes(d, most), hn::Set(d, rows.scales[at + r])));
    const auto shrink = exp2_below(d, hn::Sub(before, max));
    rows.max[at + r] = hn::GetLane(max);
    rows.total[at + r] *= hn::GetLane(shrink);
    down[r] = rows.max[at + r] - static_cast<float>(kWeightBits);
    for (std::size_t c = 0; c < stride; c += lanes) hn::StoreU(hn::Mul(hn::LoadU(d, sums + c), shrink), d, sums + c);
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    const auto factor = hn::Set(d, rows.scales[at + r]), less = hn::Set(d, down[r]);
    auto sum = hn::Zero(d);
    for (std::size_t i = 0; i < filled; i += 2 * lanes) {
      const float* from = s + r * kIntKeyBlock + i;
      const auto e0 = exp2_below(d, hn::MulSub(hn::LoadU(d, from), factor, less)),
                 e1 = exp2_below(d, hn::MulSub(hn::LoadU(d, from + lanes), factor, less));
      sum = hn::Add(sum, hn::Add(e0, e1));
      const auto low = hn::And(nearest_below_2_16(e0), hn::Set(Ints(), 0xFFFF)),
                 high = hn::ShiftLeft<16>(nearest_below_2_16(e1));
      hn::StoreU(hn::BitCast(d, hn::Or(low, high)), d, p + r * kPairs + i / 2);
    }
    rows.total[at + r] += hn::GetLane(hn::SumOfLanes(d, sum));
  }
  by_panels(dim, [&](std::size_t c, auto vectors) HWY_ATTR {
    const auto store = [&](std::size_t r, std::size_t vector, hn::Vec<Floats> products) HWY_ATTR {
      float* sums = rows.sums + (at + r) * stride + c + vector * lanes;
      const auto scale = hn::LoadU(d, block.value_scales + c + vector * lanes);
      hn::StoreU(hn::MulAdd(products, scale, hn::LoadU(d, sums)), d, sums);
    };
    for (std::size_t pair = 0; pair < filled / 2; pair += kKeysASum / 2)
      multiply<kRows, vectors(), kPairs, 1>(p + pair, block.values + c * kPairs + pair * panel_cols(),
                                            std::min(kKeysASum / 2, filled / 2 - pair), store);
  });
}

template <std::size_t kRows>
void choose_rows(std::size_t count, std::size_t dim, const Block& block, const Rows& rows, std::size_t at, float* s,
                 float* p) {
  if constexpr (kRows > 1)
    if (count < kRows) return choose_rows<kRows - 1>(count, dim, block, rows, at, s, p);
  meet<kRows>(dim, block, rows, at, s, p);
}

// The largest integer of which `dim` squares fit 32 bits.
float most_of(std::size_t dim) {
  return std::floor(std::min(32767.0f, std::sqrt(2147480000.0f / static_cast<float>(2 * words_of(dim)))));
}

// What integers up to `most` are multiplied by for values up to `largest`, and by what the values are for that.
// `spoilt` is NaN if a value is NaN or infinite, and then so is the scale.
struct Steps {
  float scale, factor;
  static Steps of(float largest, float spoilt, float most) {
    const bool some = spoilt == 0 && largest >= most * 1e-37f;
    return {some ? largest / most : 1 + spoilt, some ? most / largest : 0};
  }
};

// Rounds from[dim] to words; returns the scale. Writes whole vectors of 16-bit integers: up to a vector less one
// beyond.
template <typename T>
float round_row(const T* from, std::size_t dim, float most, float* to) {
  const Floats d;
  const hn::Rebind<std::int16_t, Floats> d16;
  const std::size_t lanes = hn::Lanes(d), whole = dim / lanes * lanes;
  HWY_ALIGN float rest[hn::MaxLanes(d)] = {};
  for (std::size_t c = whole; c < dim; ++c) rest[c - whole] = widen_one(from[c]);
  const auto last = hn::LoadU(d, rest);
  auto largest = hn::Abs(last), spoilt = hn::Mul(last, hn::Zero(d));
  for (std::size_t c = 0; c < whole; c += lanes) {
    const auto x = load_wide(d, from + c);
    largest = hn::Max(largest, hn::Abs(x));
    spoilt = hn::MulAdd(x, hn::Zero(d), spoilt);
  }
  const Steps steps = Steps::of(hn::GetLane(hn::MaxOfLanes(d, largest)), hn::GetLane(hn::SumOfLanes(d, spoilt)), most);
  const auto factor = hn::Set(d, steps.factor);
  auto* integers = reinterpret_cast<std::int16_t*>(to);
  const auto store = [&](hn::Vec<Floats> x, std::size_t c) HWY_ATTR {
    hn::StoreU(hn::DemoteTo(d16, hn::NearestInt(hn::Mul(x, factor))), d16, integers + c);
  };
  for (std::size_t c = 0; c < whole; c += lanes) store(load_wide(d, from + c), c);
  if (whole != dim) store(last, whole);
  return steps.scale;
}

// Panels of values. A word has those of two keys that are a vector apart, like the words of softmax weights. Columns
// past `dim`, and keys past the last, are 0.
template <typename T>
void lay_out_values(const T* v, std::size_t stride, std::size_t keys, std::size_t dim, float* to, float* scales) {
  const Floats d;
  const Ints di;
  const std::size_t lanes = hn::Lanes(d), width = 2 * lanes;
  for (std::size_t c = 0; c < (dim + width - 1) / width * width; c += lanes) {
    const std::size_t cols = dim > c ? std::min(lanes, dim - c) : 0;
    const auto load = [&](std::size_t key) HWY_ATTR {
      if (cols == lanes) return load_wide(d, v + key * stride + c);
      HWY_ALIGN float some[hn::MaxLanes(d)] = {};
      for (std::size_t i = 0; i < cols; ++i) some[i] = widen_one(v[key * stride + c + i]);
      return hn::LoadU(d, some);
    };
    auto largest = hn::Zero(d), spoilt = hn::Zero(d);
    for (std::size_t key = 0; key < keys; ++key) {
      const auto x = load(key);
      largest = hn::Max(largest, hn::Abs(x));
      spoilt = hn::MulAdd(x, hn::Zero(d), spoilt);
    }
    HWY_ALIGN float most[hn::MaxLanes(d)], bad[hn::MaxLanes(d)], factors[hn::MaxLanes(d)];
    hn::StoreU(largest, d, most);
    hn::StoreU(spoilt, d, bad);
    for (std::size_t i = 0; i < lanes; ++i) {
      const Steps steps = Steps::of(most[i], bad[i], kMostValue);
      scales[c + i] = steps.scale;
      factors[i] = steps.factor;
    }
    const auto factor = hn::LoadU(d, factors);
    float* panel = to + c / width * width * (kIntKeyBlock / 2) + c % width;
    for (std::size_t key = 0; key < keys; key += 2 * lanes)
      for (std::size_t i = key; i < key + lanes; ++i, panel += width) {
        const auto rounded = [&](std::size_t at) HWY_ATTR {
          return at < keys ? hn::NearestInt(hn::Mul(load(at), factor)) : hn::Zero(di);
        };
        const auto both = hn::Or(hn::And(rounded(i), hn::Set(di, 0xFFFF)), hn::ShiftLeft<16>(rounded(i + lanes)));
        hn::StoreU(hn::BitCast(d, both), d, panel);
      }
  }
}

// Rows of one head are far apart in memory: a CPU does not foresee the next.
template <typename T>
HWY_INLINE void prefetch_row(const T* row, std::size_t dim) {
  constexpr std::size_t kLine = 64 / sizeof(T);
  for (std::size_t c = 0; c < dim; c += kLine) __builtin_prefetch(row + c);
}

template <typename T>
void tiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, const T* k, const T* v,
           float* scratch) {
  constexpr std::size_t kAhead = 8;  // rows
  const std::size_t width = panel_cols(), group = a.group(), all = group * count, words = words_of(a.dim);
  const std::size_t stride = whole_panels(a.dim);
  const auto take = [&scratch](std::size_t floats) {
    float* taken = scratch;
    scratch += (floats + 15) / 16 * 16;
    return taken;
  };
  float *keys = take(kIntKeyBlock * words), *key_scales = take(kIntKeyBlock);
  float *values = take(kIntKeyBlock / 2 * stride), *value_scales = take(stride);
  float *s = take(kMostTileRows * kIntKeyBlock), *p = take(kMostTileRows * kIntKeyBlock / 2);
  float *panel = take(kGemmStep * words + 16), *q = take(all * words);
  const Rows rows{q, take(all), take(all * stride), take(all), take(all)};
  std::fill_n(rows.max, all, -std::numeric_limits<float>::infinity());
  std::fill_n(rows.total, all, 0.0f);
  std::fill_n(rows.sums, all * stride, 0.0f);
  const float most = most_of(a.dim);
  // Calls body(first row, number of rows) for tiles of nearly equal size, of rows that are neighbours in a head.
  const auto each_tile = [&](const auto& body) {
    const std::size_t tiles_a_head = (count + kRegisterRows - 1) / kRegisterRows;
    for (std::size_t i = 0; i < group * tiles_a_head; ++i) {
      const std::size_t part = i % tiles_a_head, begin = part * count / tiles_a_head;
      body(i / tiles_a_head * count + begin, (part + 1) * count / tiles_a_head - begin);
    }
  };
  each_tile([&](std::size_t begin, std::size_t in_tile) {
    for (std::size_t i = begin; i < begin + in_tile; ++i) {
      const float* from = a.q + (row0 + i % count) * a.q_stride + (kv_head * group + i / count) * a.dim;
      if (i % count + kAhead < count) prefetch_row(from + kAhead * a.q_stride, a.dim);
      rows.scales[i] = a.scale * std::numbers::log2e_v<float> * round_row(from, a.dim, most, panel);
      for (std::size_t w = 0; w < words; ++w) q[begin * words + w * in_tile + i - begin] = panel[w];
    }
  });
  for (std::size_t key0 = 0; key0 < a.keys; key0 += kIntKeyBlock) {
    const Block block{keys, key_scales, values, value_scales, std::min(kIntKeyBlock, a.keys - key0)};
    const std::size_t at = key0 * a.kv_stride + kv_head * a.dim;
    for (std::size_t c = 0; c < block.count; c += width) {
      const std::size_t cols = std::min(width, block.count - c);
      for (std::size_t i = 0; i < cols; ++i) {
        const std::size_t row = at + (c + i) * a.kv_stride;
        if (c + i + kAhead < block.count) prefetch_row(k + row + kAhead * a.kv_stride, a.dim);
        prefetch_row(v + row, a.dim);
        key_scales[c + i] = round_row(k + row, a.dim, most, panel + i * words);
      }
      transpose_panel(panel, words, cols, words, keys + c * words);
    }
    lay_out_values(v + at, a.kv_stride, block.count, a.dim, values, value_scales);
    each_tile([&](std::size_t begin, std::size_t in_tile) {
      choose_rows<kRegisterRows>(in_tile, a.dim, block, rows, begin, s, p);
    });
  }
  for (std::size_t i = 0; i < all; ++i) {
    float* out = a.out + (row0 + i % count) * a.q_stride + (kv_head * group + i / count) * a.dim;
    const float inverse = 1.0f / rows.total[i];
    for (std::size_t c = 0; c < a.dim; ++c) out[c] = rows.sums[i * stride + c] * inverse;
  }
}

void IntTiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, float* scratch) {
  with_weights(a.k, a.type,
               [&]<typename T>(const T* k) { tiles(a, kv_head, row0, count, k, static_cast<const T*>(a.v), scratch); });
}

#else

void IntTiles(const Attended& /*a*/, std::size_t /*kv_head*/, std::size_t /*row0*/, std::size_t /*count*/,
              float* /*scratch*/) {
  SPARSIGHT_CHECK(false);
}

#endif

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(RoundsAttention);
HWY_EXPORT(IntTiles);

bool rounds_attention() { return HWY_DYNAMIC_DISPATCH(RoundsAttention)(); }

std::size_t int_tiles_scratch(std::size_t rows, std::size_t dim) {
  const std::size_t words = words_of(dim), stride = whole_panels(dim);
  return rows * (words + stride + 3) + kIntKeyBlock * (words + 1) + (kIntKeyBlock / 2 + 1) * stride +
         kMostTileRows * kIntKeyBlock * 3 / 2 + kGemmStep * words + 14 * 16;
}

void int_tiles(const Attended& a, std::size_t kv_head, std::size_t row0, std::size_t count, float* scratch) {
  HWY_DYNAMIC_DISPATCH(IntTiles)(a, kv_head, row0, count, scratch);
}

}  // namespace sparsight::cpu
#endif
