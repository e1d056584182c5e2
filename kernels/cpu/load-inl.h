// Loads stored values of any type as float vectors, and stores them. Included once per Highway target.
#if defined(SPARSIGHT_CPU_LOAD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef SPARSIGHT_CPU_LOAD_INL_H_
#undef SPARSIGHT_CPU_LOAD_INL_H_
#else
#define SPARSIGHT_CPU_LOAD_INL_H_
#endif

#include <hwy/highway.h>

#include <bit>

#include "kernels/tensor.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn_load = hwy::HWY_NAMESPACE;

// Stored bits with a type, so that templates can distinguish them.
struct Bf16 {
  std::uint16_t bits;
};
struct F16 {
  std::uint16_t bits;
};

// Two inputs as one word, which is loaded unchanged.
struct Bf16Pair {
  Bf16 inputs[2];
};

template <class D>
HWY_INLINE hn_load::Vec<D> load_wide(D d, const Bf16Pair* p) {
  return hn_load::BitCast(d, hn_load::LoadU(hn_load::Repartition<std::uint16_t, D>(), &p->inputs[0].bits));
}

template <class D>
HWY_INLINE hn_load::Vec<D> load_wide(D d, const float* p) {
  return hn_load::LoadU(d, p);
}

template <class D>
HWY_INLINE hn_load::Vec<D> load_wide(D d, const Bf16* p) {
  const hn_load::Rebind<std::uint16_t, D> d16;
  const hn_load::Rebind<std::uint32_t, D> d32;
  const auto bits = hn_load::LoadU(d16, reinterpret_cast<const std::uint16_t*>(p));
  return hn_load::BitCast(d, hn_load::ShiftLeft<16>(hn_load::PromoteTo(d32, bits)));
}

#if (HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2) || HWY_TARGET == HWY_EMU128
// Highway widens finite values only here, as there is no instruction for it.
template <class D>
HWY_INLINE hn_load::Vec<D> load_wide(D d, const F16* p) {
  const hn_load::Rebind<std::uint16_t, D> d16;
  const hn_load::Rebind<std::uint32_t, D> d32;
  const auto bits = hn_load::PromoteTo(d32, hn_load::LoadU(d16, reinterpret_cast<const std::uint16_t*>(p)));
  const auto exponent = hn_load::Set(d32, 0x7C00), sign = hn_load::And(bits, hn_load::Set(d32, 0x8000));
  const auto magnitude = hn_load::BitCast(d, hn_load::ShiftLeft<13>(hn_load::Xor(bits, sign)));
  const auto finite = hn_load::BitCast(d32, hn_load::Mul(magnitude, hn_load::Set(d, 0x1p112f)));
  const auto special = hn_load::VecFromMask(d32, hn_load::Eq(hn_load::And(bits, exponent), exponent));
  const auto all = hn_load::Or(finite, hn_load::And(special, hn_load::Set(d32, 0x7F800000)));
  return hn_load::BitCast(d, hn_load::Or(all, hn_load::ShiftLeft<16>(sign)));
}
#else
template <class D>
HWY_INLINE hn_load::Vec<D> load_wide(D d, const F16* p) {
  const hn_load::Rebind<hwy::float16_t, D> d16;
  return hn_load::PromoteTo(d, hn_load::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(p)));
}
#endif

template <class D>
HWY_INLINE void store_narrow(D d, hn_load::Vec<D> v, float* p) {
  hn_load::StoreU(v, d, p);
}

// To the nearest, ties to even, as f32_to_bf16.
template <class D>
HWY_INLINE void store_narrow(D, hn_load::Vec<D> v, Bf16* p) {
  const hn_load::Rebind<std::uint32_t, D> d32;
  const hn_load::Rebind<std::int32_t, D> di32;
  const hn_load::Rebind<std::uint16_t, D> d16;
  const auto bits = hn_load::BitCast(d32, v), high = hn_load::ShiftRight<16>(bits);
  const auto even = hn_load::And(high, hn_load::Set(d32, 1));
  const auto rounded = hn_load::ShiftRight<16>(hn_load::Add(hn_load::Add(bits, hn_load::Set(d32, 0x7FFF)), even));
  const auto quiet = hn_load::Or(high, hn_load::Set(d32, 0x40));
  const auto out = hn_load::IfThenElse(hn_load::RebindMask(d32, hn_load::IsNaN(v)), quiet, rounded);
  hn_load::StoreU(hn_load::DemoteTo(d16, hn_load::BitCast(di32, out)), d16, reinterpret_cast<std::uint16_t*>(p));
}

HWY_INLINE void narrow_one(float value, float* p) { *p = value; }
HWY_INLINE void narrow_one(float value, Bf16* p) { p->bits = f32_to_bf16(value); }

HWY_INLINE float widen_one(float value) { return value; }
HWY_INLINE float widen_one(Bf16 value) { return bf16_to_f32(value.bits); }
HWY_INLINE float widen_one(Bf16Pair value) { return std::bit_cast<float>(value); }
HWY_INLINE float widen_one(F16 value) { return f16_to_f32(value.bits); }

// to[count] = from. A loop over vectors: a call of memcpy for each row of floats would take a twentieth of a product.
template <typename T>
HWY_INLINE void widen_row(const T* from, std::size_t count, float* to) {
  const hn_load::ScalableTag<float> d;
  const std::size_t lanes = hn_load::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) hn_load::StoreU(load_wide(d, from + i), d, to + i);
  for (; i < count; ++i) to[i] = widen_one(from[i]);
}

template <class Body>
HWY_INLINE void with_weights(const void* data, DType type, Body&& body) {
  switch (type) {
    case DType::F32: body(static_cast<const float*>(data)); break;
    case DType::BF16: body(static_cast<const Bf16*>(data)); break;
    case DType::F16: body(static_cast<const F16*>(data)); break;
    default: SPARSIGHT_CHECK(!"weights are F32, F16 or BF16");
  }
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
