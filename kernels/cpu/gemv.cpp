// Products with few rows, and widening, which are bound by memory. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemv.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Rows of x per pass over the weights, and outputs that share the loaded values of x.
constexpr std::size_t kRowBlock = 4, kOutputBlock = 4;

// Fetches what follows input `at` of kOutputs rows of weights some lines later, for `inputs` inputs of each; after the
// end of these rows that is the beginning of the next ones. A core that computes on each line asks for too few others
// meanwhile.
template <std::size_t kOutputs, typename T>
HWY_INLINE void fetch_ahead(const T* weight, std::size_t k, std::size_t at, std::size_t inputs) {
  constexpr std::size_t kLine = 64 / sizeof(T), kAhead = (kOutputs == 1 ? 64 : 32) * kLine;
  const T* from = weight + at + kAhead + (at + kAhead < k ? 0 : (kOutputs - 1) * k);
  HWY_UNROLL(4)
  for (std::size_t n = 0; n < kOutputs; ++n, from += k)
    for (std::size_t line = 0; line < inputs; line += kLine) __builtin_prefetch(from + line);
}

// Dot products of kRows rows of x with kOutputs rows of weights, fetched ahead for one row.
template <std::size_t kRows, std::size_t kOutputs, typename T>
HWY_INLINE void dot_block(const float* x, std::size_t k, const T* weight, float* out, std::size_t out_stride) {
  const hn::ScalableTag<float> d;
  // Several independent sums, since a single one would wait for its latency.
  constexpr std::size_t kChains = kRows * kOutputs >= 8 ? 1 : kRows * kOutputs >= 4 ? 2 : 4;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sums[kChains][kRows][kOutputs];
  for (auto& chain : sums)
    for (auto& row : chain)
      for (auto& sum : row) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kChains * lanes <= k; i += kChains * lanes) {
    if constexpr (kRows == 1) fetch_ahead<kOutputs>(weight, k, i, kChains * lanes);
    HWY_UNROLL(4)
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      const std::size_t at = i + chain * lanes;
      hn::Vec<decltype(d)> values[kRows];
      for (std::size_t r = 0; r < kRows; ++r) values[r] = hn::LoadU(d, x + r * k + at);
      for (std::size_t n = 0; n < kOutputs; ++n) {
        const auto w = load_wide(d, weight + n * k + at);
        for (std::size_t r = 0; r < kRows; ++r) sums[chain][r][n] = hn::MulAdd(values[r], w, sums[chain][r][n]);
      }
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t n = 0; n < kOutputs; ++n) {
      auto all = sums[0][r][n];
      for (std::size_t chain = 1; chain < kChains; ++chain) all = hn::Add(all, sums[chain][r][n]);
      float sum = hn::GetLane(hn::SumOfLanes(d, all));
      for (std::size_t j = i; j < k; ++j) sum += x[r * k + j] * widen_one(weight[n * k + j]);
      out[r * out_stride + n] = sum;
    }
  }
}

// One row. A core reads weights fastest in one stretch, unless the row does not stay in the first-level cache beside
// them: then each of its values serves several outputs.
template <typename T>
void dot_row(const float* x, std::size_t k, const T* weight, std::size_t n_begin, std::size_t n_end, float* out) {
  constexpr std::size_t kShort = 6144;  // inputs: 24 KiB
  std::size_t n = n_begin;
  if (k > kShort)
    for (; n + kOutputBlock <= n_end; n += kOutputBlock)
      dot_block<1, kOutputBlock>(x, k, weight + n * k, out + (n - n_begin), 0);
  for (; n < n_end; ++n) dot_block<1, 1>(x, k, weight + n * k, out + (n - n_begin), 0);
}

template <std::size_t kRows, typename T>
void dot_typed(const float* x, std::size_t k, const T* weight, std::size_t n_begin, std::size_t n_end, float* out,
               std::size_t out_stride) {
  std::size_t n = n_begin;
  for (; n + kOutputBlock <= n_end; n += kOutputBlock)
    dot_block<kRows, kOutputBlock>(x, k, weight + n * k, out + (n - n_begin), out_stride);
  for (; n < n_end; ++n) dot_block<kRows, 1>(x, k, weight + n * k, out + (n - n_begin), out_stride);
}

void DotRows(const float* x, std::size_t rows, std::size_t k, const void* weight, DType type, std::size_t n_begin,
             std::size_t n_end, float* out, std::size_t out_stride) {
  with_weights(weight, type, [&](const auto* typed) {
    for (std::size_t r = 0; r < rows; r += kRowBlock) {
      const float* from = x + r * k;
      float* to = out + r * out_stride;
      switch (rows - r) {
        case 1: dot_row(from, k, typed, n_begin, n_end, to); break;
        case 2: dot_typed<2>(from, k, typed, n_begin, n_end, to, out_stride); break;
        case 3: dot_typed<3>(from, k, typed, n_begin, n_end, to, out_stride); break;
        default: dot_typed<kRowBlock>(from, k, typed, n_begin, n_end, to, out_stride); break;
      }
    }
  });
}

void Widen(const void* from, DType type, std::size_t count, float* to) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  with_weights(from, type, [&](const auto* typed) {
    std::size_t i = 0;
    for (; i + lanes <= count; i += lanes) hn::StoreU(load_wide(d, typed + i), d, to + i);
    for (; i < count; ++i) to[i] = widen_one(typed[i]);
  });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(DotRows);
HWY_EXPORT(Widen);

void dot_rows(const float* x, std::size_t rows, std::size_t k, const void* weight, DType type, std::size_t n_begin,
              std::size_t n_end, float* out, std::size_t out_stride) {
  HWY_DYNAMIC_DISPATCH(DotRows)(x, rows, k, weight, type, n_begin, n_end, out, out_stride);
}

void widen(const void* from, DType type, std::size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(Widen)(from, type, count, to);
}

}  // namespace sparsight::cpu
#endif
