// Products of BF16 pairs on AMX tiles (amx.h): a block of weights is laid out once in the second-level cache, then
// multiplied with all rows of an area, kAmxRows at a time. A word is a pair. Compiled once per target, used by one.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_amx.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include <algorithm>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"
#include "kernels/cpu/prefetcher.h"
#include "kernels/cpu/tile-inl.h"
#include "kernels/cpu/transpose-inl.h"

#ifndef SPARSIGHT_GEMM_AMX_SIZES
#define SPARSIGHT_GEMM_AMX_SIZES
namespace sparsight::cpu {
constexpr std::size_t kDepth = 384;              // words per block
constexpr std::size_t kRowStride = kDepth + 16;  // of rows copied together, to avoid multiples of a page
}  // namespace sparsight::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

// The panels of some rows, kAmxCols outputs each.
void multiply_panels(const AmxTiles& tiles, const float* a, const float* b, std::size_t depth, bool add, float* out,
                     std::size_t out_stride, std::size_t cols, Prefetcher& rows_ahead, Prefetcher& weights_ahead) {
  std::size_t c = 0;
  for (; c + kAmxCols <= cols; c += kAmxCols) {
    rows_ahead.fetch_part();
    weights_ahead.fetch_part();
    amx_multiply_pairs(tiles, a, kRowStride, b + c * depth, depth, add, out + c, out_stride);
  }
  if (c == cols) return;
  float edge[kAmxRows * kAmxCols] = {};
  amx_multiply_pairs(tiles, a, kRowStride, b + c * depth, depth, false, edge, kAmxCols);
  for (std::size_t r = 0; r < tiles.rows(); ++r) {
    float* to = out + r * out_stride;
    for (std::size_t i = c; i < cols; ++i) to[i] = edge[r * kAmxCols + i - c] + (add ? to[i] : 0.0f);
  }
}

void MultiplyOnTiles(const PairTile& tile, float* scratch) {
  SPARSIGHT_CHECK(panel_cols() == kAmxCols);
  const auto* weight = static_cast<const Bf16Pair*>(tile.weight);
  const std::size_t words = tile.words, groups = (tile.rows + kAmxRows - 1) / kAmxRows;
  float* a = scratch;
  float* b = a + kAmxRows * kRowStride;
  AmxTiles tiles;
  for (std::size_t k = 0; k < words; k += kDepth) {
    const std::size_t depth = std::min(kDepth, words - k);
    for (std::size_t c = 0; c < tile.cols; c += kAmxCols)
      transpose_panel(weight + c * words + k, words, std::min(kAmxCols, tile.cols - c), depth, b + c * depth);
    const std::size_t panels = tile.cols / kAmxCols + 1, next_depth = std::min(kDepth, words - k - depth);
    Prefetcher weights_ahead(weight + k + depth, tile.cols, next_depth * sizeof(Bf16Pair), words * sizeof(Bf16Pair),
                             groups * panels);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t row = group * tile.rows / groups, end = (group + 1) * tile.rows / groups, rows = end - row;
      for (std::size_t r = 0; r < rows; ++r) widen_row(tile.x + (row + r) * words + k, depth, a + r * kRowStride);
      const std::size_t next = group + 1 < groups ? (group + 2) * tile.rows / groups - end : 0;
      Prefetcher rows_ahead(tile.x + end * words + k, next, depth * sizeof(float), words * sizeof(float), panels);
      tiles.shape(rows, depth);
      multiply_panels(tiles, a, b, depth, k != 0, tile.out + row * tile.out_stride, tile.out_stride, tile.cols,
                      rows_ahead, weights_ahead);
    }
  }
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(MultiplyOnTiles);

std::size_t pair_scratch(std::size_t cols) {
  return kAmxRows * kRowStride + (cols + kAmxCols - 1) / kAmxCols * kAmxCols * kDepth;
}

void pair_tile(const PairTile& tile, float* scratch) { HWY_DYNAMIC_DISPATCH(MultiplyOnTiles)(tile, scratch); }

}  // namespace sparsight::cpu
#endif
