// Products with few rows, and widening: what is bound by memory. Compiled once per target.
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

// Rows of x taken together with one pass over the weights.
constexpr std::size_t kBlock = 4;

// Dot products of kRows rows of x with one row of weights. Four sums a row hide the latency of the multiply-add.
template <std::size_t kRows, typename T>
void dot_block(const float* x, std::size_t k, const T* weight, float* out, std::size_t out_stride) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sum0[kRows], sum1[kRows];
  for (std::size_t r = 0; r < kRows; ++r) sum0[r] = sum1[r] = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 2 * lanes <= k; i += 2 * lanes) {
    const auto w0 = load_wide(d, weight + i);
    const auto w1 = load_wide(d, weight + i + lanes);
    for (std::size_t r = 0; r < kRows; ++r) {
      sum0[r] = hn::MulAdd(hn::LoadU(d, x + r * k + i), w0, sum0[r]);
      sum1[r] = hn::MulAdd(hn::LoadU(d, x + r * k + i + lanes), w1, sum1[r]);
    }
  }
  for (std::size_t r = 0; r < kRows; ++r) {
    float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0[r], sum1[r])));
    for (std::size_t j = i; j < k; ++j) sum += x[r * k + j] * widen_one(weight[j]);
    out[r * out_stride] = sum;
  }
}

template <typename T>
void dot_typed(const float* x, std::size_t rows, std::size_t k, const T* weight, std::size_t n_begin, std::size_t n_end,
               float* out, std::size_t out_stride) {
  for (std::size_t n = n_begin; n < n_end; ++n) {
    const T* w = weight + n * k;
    float* to = out + (n - n_begin);
    std::size_t r = 0;
    for (; r + kBlock <= rows; r += kBlock) dot_block<kBlock>(x + r * k, k, w, to + r * out_stride, out_stride);
    switch (rows - r) {
      case 3: dot_block<3>(x + r * k, k, w, to + r * out_stride, out_stride); break;
      case 2: dot_block<2>(x + r * k, k, w, to + r * out_stride, out_stride); break;
      case 1: dot_block<1>(x + r * k, k, w, to + r * out_stride, out_stride); break;
      default: break;
    }
  }
}

void DotRows(const float* x, std::size_t rows, std::size_t k, const void* weight, DType type, std::size_t n_begin,
             std::size_t n_end, float* out, std::size_t out_stride) {
  with_weights(weight, type,
               [&](const auto* typed) { dot_typed(x, rows, k, typed, n_begin, n_end, out, out_stride); });
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
