// How a target multiplies activations, rounded to integers, with quantised weights (kernels.h). Included once per
// Highway target.
#if defined(SPARSIGHT_CPU_INT_SCHEME_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_INT_SCHEME_INL_H_
#undef SPARSIGHT_CPU_INT_SCHEME_INL_H_
#else
#define SPARSIGHT_CPU_INT_SCHEME_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/cpu/dot-inl.h"
#include "kernels/cpu/kernels.h"

#undef SPARSIGHT_X86_VECTORS
#define SPARSIGHT_X86_VECTORS (HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128)

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::RebindToFloat<Ints>;

// How products with int8 or int4 weights are computed. kDotBytes: the instruction set multiplies bytes.
template <bool kInt4Weights, bool kDotBytes>
struct Scheme {
  static constexpr bool kInt4 = kInt4Weights, kDot = kDotBytes;
  static constexpr bool kInBytes = kDot || (kInt4 && SPARSIGHT_X86_VECTORS);  // else in pairs of 16 bits
  using Rounded = std::conditional_t<kInBytes, std::int8_t, std::int16_t>;    // an activation
  static constexpr std::size_t kDepth = kInBytes ? 256 : 512;                 // inputs per piece
  static constexpr std::size_t kBlocks = kDepth / kQuantisedBlock;
  // The largest integer for an activation. In pairs, 32 bits can hold a piece's products with the largest weight: 128,
  // or 8 times a block scale of 128.
  static constexpr int kMost = kInBytes ? 127 : kInt4 ? 4095 : 32767;
};
static_assert(std::size_t{512} * 128 * 32767 < (std::size_t{1} << 31));
static_assert(std::size_t{512} * 8 * 128 * 4095 < (std::size_t{1} << 31));

// Calls body(Scheme()) for the weights and the chosen instruction set.
template <class Body>
auto with_scheme(bool int4, const Body& body) {
#if SPARSIGHT_MAY_HAVE_DOT
  if (has_dot()) return int4 ? body(Scheme<true, true>()) : body(Scheme<false, true>());
#endif
#if !SPARSIGHT_HAS_DOT
  return int4 ? body(Scheme<true, false>()) : body(Scheme<false, false>());
#endif
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
