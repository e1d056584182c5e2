// Products with one row, and widening, which are bound by memory. Compiled once per target.
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

// Fetches what follows input `at` of kOutputs rows of weights some lines later, for `inputs` inputs of each; after the
// end of these rows that is the beginning of the next ones. A core that computes on each line asks for too few others
// meanwhile.
template <std::size_t kOutputs, typename T>
HWY_INLINE void fetch_ahead(const T* weight, std::size_t k, std::size_t at, std::size_t inputs) {
  constexpr std::size_t kLine = 64 / sizeof(T), kAhead = (kOutputs == 1 ? 96 : 32) * kLine;
  const T* from = weight + at + kAhead + (at + kAhead < k ? 0 : (kOutputs - 1) * k);
  HWY_UNROLL(4)
  for (std::size_t n = 0; n < kOutputs; ++n, from += k)
    for (std::size_t line = 0; line < inputs; line += kLine) __builtin_prefetch(from + line);
}

// Dot products of x with kOutputs rows of weights.
template <std::size_t kOutputs, typename T>
HWY_INLINE void dot_outputs(const float* x, std::size_t k, const T* weight, float* out) {
  const hn::ScalableTag<float> d;
  constexpr std::size_t kChains = kOutputs == 1 ? 4 : 2;  // independent sums: a single one would wait for its latency
  const std::size_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sums[kChains][kOutputs];
  for (auto& chain : sums)
    for (auto& sum : chain) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kChains * lanes <= k; i += kChains * lanes) {
    fetch_ahead<kOutputs>(weight, k, i, kChains * lanes);
    HWY_UNROLL(4)
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      const std::size_t at = i + chain * lanes;
      const auto values = hn::LoadU(d, x + at);
      for (std::size_t n = 0; n < kOutputs; ++n)
        sums[chain][n] = hn::MulAdd(values, load_wide(d, weight + n * k + at), sums[chain][n]);
    }
  }
  for (std::size_t n = 0; n < kOutputs; ++n) {
    auto all = sums[0][n];
    for (std::size_t chain = 1; chain < kChains; ++chain) all = hn::Add(all, sums[chain][n]);
    float sum = hn::GetLane(hn::SumOfLanes(d, all));
    for (std::size_t j = i; j < k; ++j) sum += x[j] * widen_one(weight[n * k + j]);
    out[n] = sum;
  }
}

// A core reads weights fastest in one stretch, unless the row does not stay in the first-level cache beside them: then
// each of its values serves several outputs.
template <typename T>
void dot_row(const float* x, std::size_t k, const T* weight, std::size_t outputs, float* out) {
  constexpr std::size_t kShort = 6144, kOutputs = 4;  // inputs: 24 KiB
  std::size_t n = 0;
  if (k > kShort)
    for (; n + kOutputs <= outputs; n += kOutputs) dot_outputs<kOutputs>(x, k, weight + n * k, out + n);
  for (; n < outputs; ++n) dot_outputs<1>(x, k, weight + n * k, out + n);
}

void DotRow(const float* x, std::size_t k, const void* weight, DType type, std::size_t outputs, float* out) {
  with_weights(weight, type, [&](const auto* typed) { dot_row(x, k, typed, outputs, out); });
}

void Widen(const void* from, DType type, std::size_t count, float* to) {
  with_weights(from, type, [&](const auto* typed) { widen_row(typed, count, to); });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(DotRow);
HWY_EXPORT(Widen);

void dot_row(const float* x, std::size_t k, const void* weight, DType type, std::size_t outputs, float* out) {
  HWY_DYNAMIC_DISPATCH(DotRow)(x, k, weight, type, outputs, out);
}

void widen(const void* from, DType type, std::size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(Widen)(from, type, count, to);
}

}  // namespace sparsight::cpu
#endif
