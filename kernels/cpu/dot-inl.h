// Instructions that multiply and add integers at once, which Highway's targets do not enable. Included once per Highway
// target.
#if defined(SPARSIGHT_CPU_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_DOT_INL_H_
#undef SPARSIGHT_CPU_DOT_INL_H_
#else
#define SPARSIGHT_CPU_DOT_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>

#include "kernels/cpu/instructions.h"

// Whether some CPUs, or all, with this target have them.
#undef SPARSIGHT_MAY_HAVE_DOT
#undef SPARSIGHT_HAS_DOT
#define SPARSIGHT_MAY_HAVE_DOT (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2)
#define SPARSIGHT_HAS_DOT (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL)

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

using Ints = hwy::HWY_NAMESPACE::ScalableTag<std::int32_t>;
using IntVector = hwy::HWY_NAMESPACE::Vec<Ints>;  // also holds pairs of 16-bit integers, or quads of bytes

// Whether the chosen instruction set has them.
HWY_INLINE bool has_dot() { return SPARSIGHT_HAS_DOT || (SPARSIGHT_MAY_HAVE_DOT && multiplies_bytes()); }

#if SPARSIGHT_MAY_HAVE_DOT
// Without AVX-512 the instructions have another encoding.
#undef SPARSIGHT_DOT
#if HWY_TARGET <= HWY_AVX3
#define SPARSIGHT_DOT(instruction) instruction " %2, %1, %0"
#else
#define SPARSIGHT_DOT(instruction) "%{vex%} " instruction " %2, %1, %0"
#endif
// sum + four products of unsigned and signed bytes
HWY_INLINE void dot_bytes(IntVector unsigned_bytes, IntVector bytes, IntVector& sum) {
  __asm__ volatile(SPARSIGHT_DOT("vpdpbusd") : "+v"(sum.raw) : "v"(unsigned_bytes.raw), "v"(bytes.raw));
}
// sum + both products of 16-bit integers
HWY_INLINE void dot_pairs(IntVector a, IntVector b, IntVector& sum) {
  __asm__ volatile(SPARSIGHT_DOT("vpdpwssd") : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
}
#undef SPARSIGHT_DOT
#endif

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
