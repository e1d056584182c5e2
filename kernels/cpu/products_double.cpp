// Products of float rows, summed in double. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/products_double.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/highway.h>

#include "kernels/cpu/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Multiplies one row of a with kColumns consecutive rows of b.
template <std::size_t kColumns>
HWY_INLINE void dot_columns(const float* a, const float* b, std::size_t width, double* out) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, hn::ScalableTag<double>> df;
  const std::size_t lanes = hn::Lanes(d);
  auto sum0 = hn::Zero(d), sum1 = sum0, sum2 = sum0, sum3 = sum0;
  std::size_t c = 0;
  for (; c + lanes <= width; c += lanes) {
    const auto x = hn::PromoteTo(d, hn::LoadU(df, a + c));
    sum0 = hn::MulAdd(x, hn::PromoteTo(d, hn::LoadU(df, b + c)), sum0);
    if constexpr (kColumns > 1) {
      sum1 = hn::MulAdd(x, hn::PromoteTo(d, hn::LoadU(df, b + width + c)), sum1);
      sum2 = hn::MulAdd(x, hn::PromoteTo(d, hn::LoadU(df, b + 2 * width + c)), sum2);
      sum3 = hn::MulAdd(x, hn::PromoteTo(d, hn::LoadU(df, b + 3 * width + c)), sum3);
    }
  }
  out[0] = hn::GetLane(hn::SumOfLanes(d, sum0));
  if constexpr (kColumns > 1) {
    out[1] = hn::GetLane(hn::SumOfLanes(d, sum1));
    out[2] = hn::GetLane(hn::SumOfLanes(d, sum2));
    out[3] = hn::GetLane(hn::SumOfLanes(d, sum3));
  }
  for (; c < width; ++c)
    for (std::size_t j = 0; j < kColumns; ++j)
      out[j] += static_cast<double>(a[c]) * static_cast<double>(b[j * width + c]);
}

void DoubleDots(const float* a, const float* b, std::size_t rows, std::size_t width, double* out) {
  std::size_t j = 0;
  for (; j + 4 <= rows; j += 4) dot_columns<4>(a, b + j * width, width, out + j);
  for (; j < rows; ++j) dot_columns<1>(a, b + j * width, width, out + j);
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(DoubleDots);

void double_products(HostView a, HostView b, double* out, ThreadPool& pool) {
  constexpr std::size_t kColumns = 64;  // rows of b per task; a few of them fit the first-level cache
  const std::size_t blocks = (b.rows() + kColumns - 1) / kColumns, width = a.cols();
  pool.run(
      a.rows() * blocks,
      [&](std::size_t task, std::size_t) {
        const std::size_t row = task / blocks, first = task % blocks * kColumns;
        HWY_DYNAMIC_DISPATCH(DoubleDots)
        (a.row(row).data(), b.f32() + first * width, std::min(kColumns, b.rows() - first), width,
         out + row * b.rows() + first);
      },
      a.rows() * b.rows() * width < kSmallWork);
}

}  // namespace sparsight::cpu
#endif
