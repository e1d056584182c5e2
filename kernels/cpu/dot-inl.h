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

// Whether some CPUs, or all, with this target have one for four bytes, and with it one for pairs of 16-bit integers.
#undef SPARSIGHT_MAY_HAVE_DOT
#undef SPARSIGHT_HAS_DOT
#undef SPARSIGHT_DOT_PAIRS
#define SPARSIGHT_DOT_PAIRS (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2)
#define SPARSIGHT_MAY_HAVE_DOT (SPARSIGHT_DOT_PAIRS || (HWY_TARGET == HWY_NEON && HWY_ARCH_ARM_A64))
#define SPARSIGHT_HAS_DOT (HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL)

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

using Ints = hwy::HWY_NAMESPACE::ScalableTag<std::int32_t>;
using IntVector = hwy::HWY_NAMESPACE::Vec<Ints>;  // also holds pairs of 16-bit integers, or quads of bytes

// Whether the chosen instruction set has them.
HWY_INLINE bool has_dot() { return SPARSIGHT_HAS_DOT || (SPARSIGHT_MAY_HAVE_DOT && multiplies_bytes()); }

#if SPARSIGHT_DOT_PAIRS
// Without AVX-512 the instructions have another encoding. Operands are copies: an operand that is an element of an
// array may put the whole array into memory.
#undef SPARSIGHT_DOT
#if HWY_TARGET <= HWY_AVX3
#define SPARSIGHT_DOT(instruction) instruction " %2, %1, %0"
#else
#define SPARSIGHT_DOT(instruction) "%{vex%} " instruction " %2, %1, %0"
#endif
// sum + four products of unsigned and signed bytes
HWY_INLINE void dot_bytes(IntVector unsigned_bytes, IntVector bytes, IntVector& sum) {
  auto to = sum.raw;
  __asm__ volatile(SPARSIGHT_DOT("vpdpbusd") : "+v"(to) : "v"(unsigned_bytes.raw), "v"(bytes.raw));
  sum.raw = to;
}
// sum + both products of 16-bit integers
HWY_INLINE void dot_pairs(IntVector a, IntVector b, IntVector& sum) {
  auto to = sum.raw;
  __asm__ volatile(SPARSIGHT_DOT("vpdpwssd") : "+v"(to) : "v"(a.raw), "v"(b.raw));
  sum.raw = to;
}
#undef SPARSIGHT_DOT
#elif SPARSIGHT_MAY_HAVE_DOT
// For the assembler; GNU's does not take the instructions after .arch_extension.
#define SPARSIGHT_ARM ".arch armv8.2-a+crypto+dotprod+i8mm\n\t"
// sum + four products of bytes, both signed: unsigned ones must be below 128
HWY_INLINE void dot_bytes(IntVector a, IntVector b, IntVector& sum) {
  __asm__ volatile(SPARSIGHT_ARM "sdot %0.4s, %1.16b, %2.16b" : "+w"(sum.raw) : "w"(a.raw), "w"(b.raw));
}
// sums + products of two rows of eight signed bytes with two others: of the first with both, of the second with both
HWY_INLINE void multiply_two_by_two(IntVector rows, IntVector others, IntVector& sums) {
  __asm__ volatile(SPARSIGHT_ARM "smmla %0.4s, %1.16b, %2.16b" : "+w"(sums.raw) : "w"(rows.raw), "w"(others.raw));
}
#endif

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
