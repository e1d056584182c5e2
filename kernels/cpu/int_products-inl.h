// The instructions of products with quantised weights: bytes or pairs of 16 bits, four inputs at a time (Quads), or in
// blocks with their own scale. Included once per Highway target.
#if defined(SPARSIGHT_CPU_INT_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_INT_PRODUCTS_INL_H_
#undef SPARSIGHT_CPU_INT_PRODUCTS_INL_H_
#else
#define SPARSIGHT_CPU_INT_PRODUCTS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/cpu/dot-inl.h"
#include "kernels/cpu/int_scheme-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

// Otherwise a compiler may reorder so freely that it runs out of registers and puts the sums into memory.
HWY_INLINE void keep_in_register([[maybe_unused]] IntVector& v) {
#if SPARSIGHT_X86_VECTORS
  __asm__ volatile("" : "+v"(v.raw));
#endif
}

template <typename T>
HWY_INLINE IntVector broadcast(const T* from) {
  std::int32_t word;
  std::memcpy(&word, from, sizeof word);
  return hn::Set(Ints(), word);
}

HWY_INLINE IntVector load_bytes(const std::uint8_t* from) {
#if HWY_TARGET == HWY_SCALAR
  return broadcast(from);
#else
  return hn::BitCast(Ints(), hn::LoadU(hn::Repartition<std::uint8_t, Ints>(), from));
#endif
}

// a * b of 16-bit integers, summed in pairs, exactly in 32 bits
HWY_INLINE IntVector multiply_pairs(IntVector a, IntVector b) {
#if SPARSIGHT_X86_VECTORS
  const hn::Repartition<std::int16_t, Ints> d16;
  IntVector none = hn::Zero(Ints());
  return hn::ReorderWidenMulAccumulate(Ints(), hn::BitCast(d16, a), hn::BitCast(d16, b), hn::Zero(Ints()), none);
#else
  const auto low = hn::Mul(hn::ShiftRight<16>(hn::ShiftLeft<16>(a)), hn::ShiftRight<16>(hn::ShiftLeft<16>(b)));
  return hn::Add(low, hn::Mul(hn::ShiftRight<16>(a), hn::ShiftRight<16>(b)));
#endif
}

// The same number in both halves of each word.
HWY_INLINE IntVector load_twice(const std::int8_t* from) {
  const Ints di;
  const auto one = hn::PromoteTo(di, hn::LoadU(hn::Rebind<std::int8_t, Ints>(), from));
  return hn::Or(hn::ShiftLeft<16>(one), hn::And(one, hn::Set(di, 0xFFFF)));
}

// Whether dot_bytes() takes signed bytes only: then int8 weights are multiplied without their offset.
constexpr bool kSignedDot = SPARSIGHT_MAY_HAVE_DOT && !SPARSIGHT_DOT_PAIRS;

// Every second of four unsigned bytes, as a pair of 16-bit integers.
HWY_INLINE IntVector even_bytes(IntVector bytes) { return hn::And(bytes, hn::Set(Ints(), 0x00FF00FF)); }
HWY_INLINE IntVector odd_bytes(IntVector bytes) { return even_bytes(hn::ShiftRight<8>(bytes)); }

// Four inputs of each output, or of a row, for products with int8 weights: bytes if the set multiplies them, else
// pairs.
template <class S>
struct Quads {
  IntVector even, odd;
  static HWY_INLINE Quads of_weights(IntVector bytes) { return {even_bytes(bytes), odd_bytes(bytes)}; }
  static HWY_INLINE Quads of_row(const std::int16_t* from) { return {broadcast(from), broadcast(from + 2)}; }
  HWY_INLINE void multiply(const Quads& row, IntVector& sum) const {
    sum = hn::Add(sum, hn::Add(multiply_pairs(even, row.even), multiply_pairs(odd, row.odd)));
  }
};
#if SPARSIGHT_MAY_HAVE_DOT
HWY_INLINE IntVector without_offset(IntVector bytes) {
  return kSignedDot ? hn::Xor(bytes, hn::Set(Ints(), static_cast<std::int32_t>(0x80808080))) : bytes;
}
template <>
struct Quads<Scheme<false, true>> {
  IntVector bytes;
  static HWY_INLINE Quads of_weights(IntVector bytes) { return {without_offset(bytes)}; }
  static HWY_INLINE Quads of_row(const std::int8_t* from) { return {broadcast(from)}; }
  HWY_INLINE void multiply(const Quads& row, IntVector& sum) const { dot_bytes(bytes, row.bytes, sum); }
};
#endif

#if SPARSIGHT_X86_VECTORS || SPARSIGHT_MAY_HAVE_DOT

// sum of a block: + four products of unsigned and signed bytes, in 32 bits or in two sums of 16 bits
template <class S>
HWY_INLINE void add_to_block(IntVector unsigned_bytes, IntVector bytes, IntVector& sum) {
#if SPARSIGHT_MAY_HAVE_DOT
  if constexpr (S::kDot) return dot_bytes(unsigned_bytes, bytes, sum);
#endif
#if HWY_TARGET <= HWY_AVX3
  sum.raw = _mm512_add_epi16(sum.raw, _mm512_maddubs_epi16(unsigned_bytes.raw, bytes.raw));
#elif HWY_TARGET <= HWY_AVX2
  sum.raw = _mm256_add_epi16(sum.raw, _mm256_maddubs_epi16(unsigned_bytes.raw, bytes.raw));
#elif HWY_ARCH_X86
  sum.raw = _mm_add_epi16(sum.raw, _mm_maddubs_epi16(unsigned_bytes.raw, bytes.raw));
#endif
  keep_in_register(sum);
}

// The offset of a block's weights, with which its sum starts. Together with the products, 32 times (bits - 8) * 127, it
// fits 16 bits; of two sums the first includes it.
template <class S>
HWY_INLINE IntVector block_offset(std::int32_t sum) {
  return hn::Set(Ints(), S::kDot ? -8 * sum : -8 * sum & 0xFFFF);
}

// all + block * scale, exactly
template <class S>
HWY_INLINE void add_block(IntVector block, IntVector scale_twice, IntVector& all) {
#if SPARSIGHT_DOT_PAIRS
  // The upper half of the block's sum is only its sign.
  if constexpr (S::kDot) return dot_pairs(block, hn::And(scale_twice, hn::Set(Ints(), 0xFFFF)), all);
#endif
  if constexpr (S::kDot)
    all = hn::Add(all, hn::Mul(block, hn::ShiftRight<16>(scale_twice)));
  else
    all = hn::Add(all, multiply_pairs(block, scale_twice));
}

#endif

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
