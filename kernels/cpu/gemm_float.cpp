// Products of floats, or of pairs of bfloat16. Each sum is a vector of partial sums, added up at the end, so that
// weights are multiplied as they are stored. A word is a float, or a pair. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_float.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <unistd.h>

#include <algorithm>
#include <type_traits>

#include "kernels/cpu/instructions.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"
#include "kernels/cpu/prefetcher.h"
#include "kernels/cpu/tile-inl.h"

#undef SPARSIGHT_BF16_PAIRS
#define SPARSIGHT_BF16_PAIRS (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3)

#ifndef SPARSIGHT_GEMM_FLOAT_SIZES
#define SPARSIGHT_GEMM_FLOAT_SIZES
namespace sparsight::cpu {
// A part of the words of a group of rows is multiplied with so many outputs. The former, at most 18 KiB, stays in any
// CPU's first-level cache, and the latter's weights, at most 192 KiB, in its second-level cache.
constexpr std::size_t kPart = 768, kOutputsOfPart = 64;
constexpr std::size_t kWidenedStride = kPart + 16;  // to avoid multiples of a page
constexpr std::size_t kManyRows = 128;              // from here on, what is read again is fetched or widened before
}  // namespace sparsight::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// Rows of a group and outputs of a block, whose sums fit the registers.
constexpr std::size_t kGroupRows = kRegisterRows / 2, kOutputs = 4;
constexpr std::size_t kStepsBetween = 8;  // of a prefetch and the next one

std::size_t StepWords() { return hn::Lanes(Floats()); }

// sum + x * w; for pairs, one product after the other.
template <typename T>
HWY_INLINE Vector multiply_add(Vector x, Vector w, Vector sum) {
#if SPARSIGHT_BF16_PAIRS
  if constexpr (std::is_same_v<T, Bf16Pair>) {
    auto to = sum.raw;  // an operand that is an element of an array puts the array into memory
    __asm__ volatile("vdpbf16ps %2, %1, %0" : "+v"(to) : "v"(w.raw), "v"(x.raw));
    return Vector{to};
  }
#endif
  return hn::MulAdd(x, w, sum);
}

template <std::size_t kRows, std::size_t kCols>
using Sums = Vector[kRows][kCols];

// sums += the products of one step; rows: [kRows, a vector's lanes].
template <std::size_t kRows, std::size_t kCols, typename T>
HWY_INLINE void multiply_step(const float* rows, const T* weight, std::size_t stride, Sums<kRows, kCols>& sums) {
  const Floats d;
  Vector x[kRows];
  HWY_UNROLL(6)
  for (std::size_t r = 0; r < kRows; ++r) x[r] = hn::LoadU(d, rows + r * hn::Lanes(d));
  HWY_UNROLL(4)
  for (std::size_t c = 0; c < kCols; ++c) {
    const auto w = load_wide(d, weight + c * stride);
    HWY_UNROLL(6)
    for (std::size_t r = 0; r < kRows; ++r) sums[r][c] = multiply_add<T>(x[r], w, sums[r][c]);
  }
}

#if HWY_TARGET != HWY_SCALAR
HWY_INLINE Vector add_interleaved(Vector a, Vector b) {
  return hn::Add(hn::InterleaveLower(Floats(), a, b), hn::InterleaveUpper(Floats(), a, b));
}
template <class D>
HWY_INLINE hn::Vec<hn::Full128<float>> sum_of_blocks(D /* of v */, hn::Vec<D> v) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return v;
  } else {
    const hn::Half<D> half;
    return sum_of_blocks(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
}
#endif

// out[kCols] (+)= the lanes of each sum together.
template <std::size_t kCols>
HWY_INLINE void reduce(const Vector (&sums)[kCols], bool add, float* out) {
  const Floats d;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (kCols == 4) {
    const hn::Repartition<std::uint64_t, Floats> d64;
    const hn::Full128<float> d4;
    const auto first = hn::BitCast(d64, add_interleaved(sums[0], sums[1])),
               second = hn::BitCast(d64, add_interleaved(sums[2], sums[3]));
    const auto all = hn::Add(hn::BitCast(d, hn::InterleaveLower(d64, first, second)),
                             hn::BitCast(d, hn::InterleaveUpper(d64, first, second)));
    auto four = sum_of_blocks(d, all);
    if (add) four = hn::Add(four, hn::LoadU(d4, out));
    hn::StoreU(four, d4, out);
    return;
  }
#endif
  for (std::size_t c = 0; c < kCols; ++c) {
    const float sum = hn::GetLane(hn::SumOfLanes(d, sums[c]));
    out[c] = add ? out[c] + sum : sum;
  }
}

// Some words of some outputs' weights.
template <typename T>
struct Weights {
  const T* at;
  std::size_t stride;
  std::size_t outputs;
  std::size_t depth;  // words
  bool add;           // the products to what earlier words summed
};

// What is fetched meanwhile.
struct Ahead {
  Prefetcher& weights;
  Prefetcher& rows;
};

template <std::size_t kRows, std::size_t kCols, typename T>
HWY_INLINE void multiply_block(const float* rows, const Weights<T>& w, float* out, std::size_t out_stride,
                               const Ahead& ahead) {
  const std::size_t step = StepWords();
  Sums<kRows, kCols> sums;
  HWY_UNROLL(6)
  for (auto& row : sums) {
    HWY_UNROLL(4)
    for (Vector& sum : row) sum = hn::Zero(Floats());
  }
  std::size_t k = 0;
  for (const std::size_t whole = w.depth / step * step; k < whole;) {
    ahead.weights.fetch_part();
    ahead.rows.fetch_part();
    for (const std::size_t end = std::min(whole, k + kStepsBetween * step); k < end; k += step, rows += kRows * step)
      multiply_step<kRows, kCols>(rows, w.at + k, w.stride, sums);
  }
  if (k < w.depth) {  // rows end with zeros
    T rest[kCols * hn::MaxLanes(Floats())] = {};
    for (std::size_t c = 0; c < kCols; ++c) std::copy_n(w.at + c * w.stride + k, w.depth - k, rest + c * step);
    multiply_step<kRows, kCols>(rows, rest, step, sums);
  }
  HWY_UNROLL(6)
  for (std::size_t r = 0; r < kRows; ++r) reduce(sums[r], w.add, out + r * out_stride);
}

// A group of `count` rows with all of these outputs.
template <std::size_t kRows, typename T>
void multiply_group(std::size_t count, const float* rows, Weights<T> w, float* out, std::size_t out_stride,
                    const Ahead& ahead) {
  if constexpr (kRows > 1)
    if (count < kRows) return multiply_group<kRows - 1>(count, rows, w, out, out_stride, ahead);
  std::size_t c = 0;
  for (; c + kOutputs <= w.outputs; c += kOutputs, w.at += kOutputs * w.stride)
    multiply_block<kRows, kOutputs>(rows, w, out + c, out_stride, ahead);
  for (; c < w.outputs; ++c, w.at += w.stride) multiply_block<kRows, 1>(rows, w, out + c, out_stride, ahead);
}

// Fetches of a Prefetcher while one group is multiplied.
std::size_t fetches(std::size_t outputs, std::size_t depth) {
  const std::size_t between = kStepsBetween * StepWords();
  return (outputs + kOutputs - 1) / kOutputs * ((depth + between - 1) / between);
}

// All rows, from word `k` on, with these weights, from column `c` on.
template <typename T>
void multiply_part(const FloatTile& tile, std::size_t k, std::size_t c, const Weights<T>& w,
                   Prefetcher& weights_ahead) {
  const FloatRows& x = tile.x;
  const std::size_t last = x.group_of(tile.first_row + tile.rows - 1);
  for (std::size_t g = x.group_of(tile.first_row); g <= last; ++g) {
    const FloatRows::Group group = x.group(g), next = x.group(std::min(g + 1, last));
    const bool fetch = tile.rows > kManyRows && g < last;
    Prefetcher rows_ahead(x.at(next, k), 1, fetch ? next.size * w.depth * sizeof(float) : 0, 0,
                          fetches(w.outputs, w.depth));
    multiply_group<kGroupRows>(group.size, x.at(group, k), w,
                               tile.out + (group.first - tile.first_row) * tile.out_stride + c, tile.out_stride,
                               {weights_ahead, rows_ahead});
  }
}

// Whether rows gain from weights that are widened once: where that takes several instructions, or a group has few rows,
// or widening and multiplying wait for the same units. It does not change results.
template <typename T>
bool widens_before(std::size_t rows) {
  constexpr bool kSlow = HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2, kFewShare = kGroupRows < 6;
  if (!std::is_same_v<T, Bf16> && !std::is_same_v<T, F16>) return false;
  return rows > (kSlow ? kRowsInOrder : kManyRows) && (kSlow || kFewShare || !widens_beside_products());
}

template <typename T>
void multiply_tile(const FloatTile& tile, const T* weight, float* widened) {
  const std::size_t words = tile.x.words(), groups = (tile.rows + kGroupRows - 1) / kGroupRows;
  const bool in_order = tile.rows <= kRowsInOrder, widens = widens_before<T>(tile.rows);
  const std::size_t width = in_order ? kOutputs : kOutputsOfPart, part = in_order ? words : kPart;
  for (std::size_t c = 0; c < tile.cols; c += width) {
    const std::size_t outputs = std::min(width, tile.cols - c);
    for (std::size_t k = 0; k < words; k += part) {
      const std::size_t depth = std::min(part, words - k);
      const T* from = weight + c * words + k;
      // What is read next: further words of these outputs, or the first ones of others.
      const bool last = k + depth == words;
      const std::size_t next_outputs = last ? std::min(width, tile.cols - c - outputs) : outputs,
                        next_depth = std::min(part, last ? words : words - k - depth);
      Prefetcher ahead(last ? from - k + outputs * words : from + depth, next_outputs, next_depth * sizeof(T),
                       words * sizeof(T), groups * fetches(outputs, depth));
      if (widens) {
        for (std::size_t o = 0; o < outputs; ++o) widen_row(from + o * words, depth, widened + o * kWidenedStride);
        multiply_part(tile, k, c, Weights<float>{widened, kWidenedStride, outputs, depth, k != 0}, ahead);
      } else {
        multiply_part(tile, k, c, Weights<T>{from, words, outputs, depth, k != 0}, ahead);
      }
    }
  }
}

bool MultipliesPairs() {
#if SPARSIGHT_BF16_PAIRS
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

void MultiplyTile(const FloatTile& tile, float* scratch) {
#if SPARSIGHT_BF16_PAIRS
  if (tile.pairs) return multiply_tile(tile, static_cast<const Bf16Pair*>(tile.weight), scratch);
#endif
  SPARSIGHT_CHECK(!tile.pairs);
  with_weights(tile.weight, tile.type, [&](const auto* weight) { multiply_tile(tile, weight, scratch); });
}

void LayOut(const float* x, std::size_t words, std::size_t group_rows, float* to) {
  const Floats d;
  const std::size_t step = hn::Lanes(d);
  std::size_t k = 0;
  for (; k + step <= words; k += step, to += group_rows * step) hn::StoreU(hn::LoadU(d, x + k), d, to);
  if (k < words) std::fill(std::copy_n(x + k, words - k, to), to + step, 0.0f);
}

std::size_t GroupRows() { return kGroupRows; }

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(GroupRows);
HWY_EXPORT(LayOut);
HWY_EXPORT(MultipliesPairs);
HWY_EXPORT(MultiplyTile);
HWY_EXPORT(StepWords);

FloatRows::FloatRows(std::size_t rows, std::size_t words, Scratch& memory) : rows_(rows), words_(words) {
  const std::size_t step = HWY_DYNAMIC_DISPATCH(StepWords)(), most = HWY_DYNAMIC_DISPATCH(GroupRows)();
  padded_ = (words + step - 1) / step * step;
  groups_ = (rows + most - 1) / most;
  values_ = memory.floats(rows * padded_);
}

void FloatRows::lay_out(std::size_t row, const float* x) {
  const auto [first, size] = group(group_of(row));
  float* to = values_ + first * padded_ + (row - first) * HWY_DYNAMIC_DISPATCH(StepWords)();
  HWY_DYNAMIC_DISPATCH(LayOut)(x, words_, size, to);
}

bool multiplies_bf16_pairs() { return HWY_DYNAMIC_DISPATCH(MultipliesPairs)(); }

std::size_t float_scratch() { return kOutputsOfPart * kWidenedStride; }

void float_tile(const FloatTile& tile, float* scratch) { HWY_DYNAMIC_DISPATCH(MultiplyTile)(tile, scratch); }

std::size_t gemm_cols() {
  constexpr long kUnknown = 256 << 10;
  static const std::size_t cols = [] {
    const long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
    const auto bytes = static_cast<std::size_t>(cache > 0 ? cache : kUnknown);
    return std::clamp<std::size_t>(bytes / (48 << 10), 2, 12) * kGemmStep;
  }();
  return cols;
}

}  // namespace sparsight::cpu
#endif
