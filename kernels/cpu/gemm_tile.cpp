// One tile of a matrix product (Goto and van de Geijn 2008): a block of weights is widened and laid out once in the
// second-level cache, then multiplied with all rows of the tile, kRegisterRows at a time in registers. The unit is a
// word: a float or, if the CPU supports it, a pair of bfloat16. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_tile.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <unistd.h>

#include <algorithm>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/instructions.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"
#include "kernels/cpu/tile-inl.h"
#include "kernels/cpu/transpose-inl.h"

#ifndef SPARSIGHT_GEMM_TILE_SIZES
#define SPARSIGHT_GEMM_TILE_SIZES
namespace sparsight::cpu {
constexpr std::size_t kDepth = 384;              // words per block
constexpr std::size_t kRowStride = kDepth + 16;  // of rows copied together, to avoid multiples of a page
constexpr std::size_t kStepsAhead = 8;           // of a panel, fetched before they are multiplied
constexpr std::size_t kMostCols = kGemmStep;
constexpr std::size_t kCopiedRows = std::max(kMostTileRows, kAmxRows);
}  // namespace sparsight::cpu
#endif

#undef SPARSIGHT_BF16_PAIRS
#define SPARSIGHT_BF16_PAIRS (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3)

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;

// sum + x * w; for pairs, one product after the other.
template <bool kPairs>
HWY_INLINE void multiply_add(Vector x, Vector w, Vector& sum) {
#if SPARSIGHT_BF16_PAIRS
  if constexpr (kPairs) {
    auto to = sum.raw;  // an operand that is an element of an array puts the array into memory
    __asm__ volatile("vdpbf16ps %2, %1, %0" : "+v"(to) : "v"(w.raw), "v"(x.raw));
    sum.raw = to;
    return;
  }
#endif
  sum = hn::MulAdd(x, w, sum);
}

// c[kRows][panel_cols()] (+)= a[kRows][depth] b[depth][panel_cols()].
template <bool kPairs, std::size_t kRows>
HWY_INLINE void multiply(const float* HWY_RESTRICT a, const float* HWY_RESTRICT b, std::size_t depth, bool add,
                         float* HWY_RESTRICT c, std::size_t c_stride) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  Vector s0[kRows], s1[kRows];
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) s0[r] = s1[r] = hn::Zero(d);
  for (std::size_t k = 0; k < depth; ++k, b += 2 * lanes) {
    const auto b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes);
    // From the second-level cache, which a core does not ask early enough by itself.
    __builtin_prefetch(b + kStepsAhead * 2 * lanes);
    if constexpr (hn::MaxLanes(d) * sizeof(float) == 64) __builtin_prefetch(b + kStepsAhead * 2 * lanes + lanes);
    HWY_UNROLL(12)
    for (std::size_t r = 0; r < kRows; ++r) {
      const auto x = hn::Set(d, a[r * kRowStride + k]);
      multiply_add<kPairs>(x, b0, s0[r]);
      multiply_add<kPairs>(x, b1, s1[r]);
    }
  }
  HWY_UNROLL(12)
  for (std::size_t r = 0; r < kRows; ++r) {
    float* to = c + r * c_stride;
    if (add) {
      s0[r] = hn::Add(s0[r], hn::LoadU(d, to));
      s1[r] = hn::Add(s1[r], hn::LoadU(d, to + lanes));
    }
    hn::StoreU(s0[r], d, to);
    hn::StoreU(s1[r], d, to + lanes);
  }
}

// Prefetches memory that will be read soon, row by row, into the second-level cache, in small parts between products.
class Prefetcher {
 public:
  Prefetcher(const void* from, std::size_t rows, std::size_t row_bytes, std::size_t stride, std::size_t parts)
      : row_(static_cast<const std::byte*>(from)),
        stride_(stride),
        lines_((row_bytes + kLine - 1) / kLine),
        left_(rows * lines_),
        a_part_((left_ + parts - 1) / parts) {}

  void fetch_part() {
    for (std::size_t i = std::min(a_part_, left_); i != 0; --i, --left_) {
      __builtin_prefetch(row_ + line_ * kLine, 0, 2);
      if (++line_ < lines_) continue;
      line_ = 0;
      row_ += stride_;
    }
  }

 private:
  static constexpr std::size_t kLine = 64;
  const std::byte* row_;
  std::size_t stride_, lines_, left_, a_part_, line_ = 0;
};

// Calls product(b, add, c, c_stride) for the panels of some rows, at most kMostRows.
template <std::size_t kMostRows, typename Product>
HWY_INLINE void multiply_panels(const float* b, std::size_t rows, std::size_t depth, bool add, float* out,
                                std::size_t out_stride, std::size_t cols, Prefetcher& rows_ahead,
                                Prefetcher& weights_ahead, const Product& product) {
  const std::size_t width = panel_cols();
  std::size_t c = 0;
  for (; c + width <= cols; c += width) {
    rows_ahead.fetch_part();
    weights_ahead.fetch_part();
    product(b + c * depth, add, out + c, out_stride);
  }
  if (c == cols) return;
  float edge[kMostRows * kMostCols] = {};
  product(b + c * depth, false, edge, width);
  for (std::size_t r = 0; r < rows; ++r) {
    float* to = out + r * out_stride;
    for (std::size_t i = c; i < cols; ++i) to[i] = edge[r * width + i - c] + (add ? to[i] : 0.0f);
  }
}

template <bool kPairs, std::size_t kRows>
void choose_rows(std::size_t rows, const float* a, const float* b, std::size_t depth, bool add, float* out,
                 std::size_t out_stride, std::size_t cols, Prefetcher& rows_ahead, Prefetcher& weights_ahead) {
  if constexpr (kRows > 1)
    if (rows < kRows)
      return choose_rows<kPairs, kRows - 1>(rows, a, b, depth, add, out, out_stride, cols, rows_ahead, weights_ahead);
  multiply_panels<kRows>(b, kRows, depth, add, out, out_stride, cols, rows_ahead, weights_ahead,
                         [&](const float* panel, bool to_add, float* c, std::size_t c_stride) {
                           multiply<kPairs, kRows>(a, panel, depth, to_add, c, c_stride);
                         });
}

// The same for pairs on AMX tiles, up to kAmxRows rows at once.
[[maybe_unused]] void multiply_by_amx(AmxTiles& tiles, std::size_t rows, const float* a, const float* b,
                                      std::size_t depth, bool add, float* out, std::size_t out_stride, std::size_t cols,
                                      Prefetcher& rows_ahead, Prefetcher& weights_ahead) {
  tiles.shape(rows, depth);
  multiply_panels<kAmxRows>(b, rows, depth, add, out, out_stride, cols, rows_ahead, weights_ahead,
                            [&](const float* panel, bool to_add, float* c, std::size_t c_stride) {
                              amx_multiply_pairs(tiles, a, kRowStride, panel, depth, to_add, c, c_stride);
                            });
}

// A loop over vectors: calling memcpy for this would cost a twentieth of the whole product.
HWY_INLINE void copy_row(const float* from, std::size_t count, float* to) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  for (; i < count; ++i) to[i] = from[i];
}

template <bool kPairs = false, typename T>
void multiply_tile(const GemmTile& tile, const T* weight, float* scratch) {
  const std::size_t width = panel_cols(), inputs = tile.words;
  SPARSIGHT_CHECK(width <= kMostCols);
  float* a = scratch;
  float* b = a + kCopiedRows * kRowStride;
  const bool by_amx = kPairs && uses_amx();
  AmxTiles tiles;
  // Groups of equal size, so that no group has too few rows to hide the latency of multiply-adds.
  const std::size_t most = by_amx ? kAmxRows : kRegisterRows, groups = (tile.rows + most - 1) / most;
  for (std::size_t k = 0; k < inputs; k += kDepth) {
    const std::size_t depth = std::min(kDepth, inputs - k);
    for (std::size_t c = 0; c < tile.cols; c += width)
      transpose_panel(weight + c * inputs + k, inputs, std::min(width, tile.cols - c), depth, b + c * depth);
    const std::size_t panels = tile.cols / width + 1, next_depth = std::min(kDepth, inputs - k - depth);
    Prefetcher weights_ahead(weight + k + depth, tile.cols, next_depth * sizeof(T), inputs * sizeof(T),
                             groups * panels);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t row = group * tile.rows / groups, end = (group + 1) * tile.rows / groups, rows = end - row;
      for (std::size_t r = 0; r < rows; ++r) copy_row(tile.x + (row + r) * inputs + k, depth, a + r * kRowStride);
      const std::size_t next = group + 1 < groups ? (group + 2) * tile.rows / groups - end : 0;
      Prefetcher rows_ahead(tile.x + end * inputs + k, next, depth * sizeof(float), inputs * sizeof(float), panels);
      float* out = tile.out + row * tile.out_stride;
      if (by_amx)
        multiply_by_amx(tiles, rows, a, b, depth, k != 0, out, tile.out_stride, tile.cols, rows_ahead, weights_ahead);
      else
        choose_rows<kPairs, kRegisterRows>(rows, a, b, depth, k != 0, out, tile.out_stride, tile.cols, rows_ahead,
                                           weights_ahead);
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

void MultiplyTile(const GemmTile& tile, float* scratch) {
#if SPARSIGHT_BF16_PAIRS
  if (tile.pairs) return multiply_tile<true>(tile, static_cast<const Bf16Pair*>(tile.weight), scratch);
#endif
  SPARSIGHT_CHECK(!tile.pairs);
  with_weights(tile.weight, tile.type, [&](const auto* weight) { multiply_tile(tile, weight, scratch); });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(MultipliesPairs);
HWY_EXPORT(MultiplyTile);

std::size_t gemm_cols() {
  constexpr long kUnknown = 256 << 10;
  static const std::size_t cols = [] {
    const long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
    const auto bytes = static_cast<std::size_t>(cache > 0 ? cache : kUnknown);
    return std::clamp<std::size_t>(bytes * 6 / 10 / (kDepth * sizeof(float)) / kMostCols, 2, 12) * kMostCols;
  }();
  return cols;
}

std::size_t gemm_scratch(std::size_t cols) {
  return kCopiedRows * kRowStride + (cols + kMostCols - 1) / kMostCols * kMostCols * kDepth;
}

bool multiplies_bf16_pairs() { return HWY_DYNAMIC_DISPATCH(MultipliesPairs)(); }

void gemm_tile(const GemmTile& tile, float* scratch) { HWY_DYNAMIC_DISPATCH(MultiplyTile)(tile, scratch); }

}  // namespace sparsight::cpu
#endif
