// Powers of two for softmax. Included once per Highway target.
#if defined(SPARSIGHT_CPU_EXP2_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_EXP2_INL_H_
#undef SPARSIGHT_CPU_EXP2_INL_H_
#else
#define SPARSIGHT_CPU_EXP2_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn_exp = hwy::HWY_NAMESPACE;

// 2^x for x <= 0: within one unit in the last place (a minimax polynomial on [-1/2, 1/2]), 1 at 0, 0 below -126. NaN
// gives NaN.
template <class D, class V = hn_exp::Vec<D>>
HWY_INLINE V exp2_below(D d, V x) {
  const hn_exp::RebindToSigned<D> di;
  const auto shift = hn_exp::Set(d, 0x1.8p23f);  // leaves the nearest integer in the lowest bits
  const auto least = hn_exp::Set(d, -126.0f);
  const auto shifted = hn_exp::Add(x, shift);
  const auto r = hn_exp::Sub(x, hn_exp::Sub(shifted, shift));
  auto p = hn_exp::Set(d, 0x1.41fbbcp-13f);
  p = hn_exp::MulAdd(p, r, hn_exp::Set(d, 0x1.5f3e52p-10f));
  p = hn_exp::MulAdd(p, r, hn_exp::Set(d, 0x1.3b2d4cp-7f));
  p = hn_exp::MulAdd(p, r, hn_exp::Set(d, 0x1.c6aee8p-5f));
  p = hn_exp::MulAdd(p, r, hn_exp::Set(d, 0x1.ebfbdcp-3f));
  p = hn_exp::MulAdd(p, r, hn_exp::Set(d, 0x1.62e43p-1f));
  p = hn_exp::MulAdd(p, r, hn_exp::Set(d, 1.0f));
  const auto exponent = hn_exp::ShiftLeft<23>(hn_exp::BitCast(di, shifted));
  return hn_exp::IfThenZeroElse(hn_exp::Lt(x, least),
                                hn_exp::BitCast(d, hn_exp::Add(hn_exp::BitCast(di, p), exponent)));
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
