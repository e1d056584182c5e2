// Norms, activations and rotary embedding, one row at a time. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/elementwise.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstring>

#include "kernels/cpu/kernels.h"
#include "kernels/cpu/load-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sparsight::cpu::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls vector(i) for whole vectors and scalar(i) for the rest.
template <class Vector, class Scalar>
HWY_INLINE void sweep(std::size_t count, std::size_t lanes, const Vector& vector, const Scalar& scalar) {
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) vector(i);
  for (; i < count; ++i) scalar(i);
}

// x / (1 + exp(-scale x))
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid_times(D d, V x, float scale) {
  // Beyond 88 the result is 0 in any case, and Highway's Exp is not defined for larger numbers.
  const V e = hn::Exp(d, hn::Min(hn::Mul(x, hn::Set(d, -scale)), hn::Set(d, 88.0f)));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0f), e));
}

HWY_INLINE float sigmoid_times(float x, float scale) { return x / (1.0f + std::exp(-scale * x)); }

void RmsNormRow(const float* x, const float* weight, float eps, std::size_t cols, float* out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  auto squares = hn::Zero(d);
  float tail = 0;
  sweep(
      cols, lanes,
      [&](std::size_t i) {
        const auto v = hn::LoadU(d, x + i);
        squares = hn::MulAdd(v, v, squares);
      },
      [&](std::size_t i) { tail += x[i] * x[i]; });
  const float sum = hn::GetLane(hn::SumOfLanes(d, squares)) + tail;
  const float scale = 1.0f / std::sqrt(sum / static_cast<float>(cols) + eps);
  const auto vscale = hn::Set(d, scale);
  sweep(
      cols, lanes,
      [&](std::size_t i) {
        hn::StoreU(hn::Mul(hn::LoadU(d, weight + i), hn::Mul(hn::LoadU(d, x + i), vscale)), d, out + i);
      },
      [&](std::size_t i) { out[i] = weight[i] * (x[i] * scale); });
}

void LayerNormRow(const float* x, const float* weight, const float* bias, float eps, std::size_t cols, float* out) {
  const hn::ScalableTag<float> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto n = static_cast<float>(cols);
  auto vsum = hn::Zero(d);
  float sum = 0;
  sweep(
      cols, lanes, [&](std::size_t i) { vsum = hn::Add(vsum, hn::LoadU(d, x + i)); },
      [&](std::size_t i) { sum += x[i]; });
  const float mean = (sum + hn::GetLane(hn::SumOfLanes(d, vsum))) / n;
  const auto vmean = hn::Set(d, mean);
  auto vsquares = hn::Zero(d);
  float squares = 0;
  sweep(
      cols, lanes,
      [&](std::size_t i) {
        const auto v = hn::Sub(hn::LoadU(d, x + i), vmean);
        vsquares = hn::MulAdd(v, v, vsquares);
      },
      [&](std::size_t i) { squares += (x[i] - mean) * (x[i] - mean); });
  const float scale = 1.0f / std::sqrt((squares + hn::GetLane(hn::SumOfLanes(d, vsquares))) / n + eps);
  const auto vscale = hn::Set(d, scale);
  sweep(
      cols, lanes,
      [&](std::size_t i) {
        const auto v = hn::Mul(hn::Sub(hn::LoadU(d, x + i), vmean), vscale);
        hn::StoreU(hn::MulAdd(v, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i)), d, out + i);
      },
      [&](std::size_t i) { out[i] = (x[i] - mean) * scale * weight[i] + bias[i]; });
}

void SigmoidTimes(float* x, std::size_t count, float scale) {
  const hn::ScalableTag<float> d;
  sweep(
      count, hn::Lanes(d), [&](std::size_t i) { hn::StoreU(sigmoid_times(d, hn::LoadU(d, x + i), scale), d, x + i); },
      [&](std::size_t i) { x[i] = sigmoid_times(x[i], scale); });
}

void SiluMul(float* gate, const float* up, std::size_t count) {
  const hn::ScalableTag<float> d;
  sweep(
      count, hn::Lanes(d),
      [&](std::size_t i) {
        hn::StoreU(hn::Mul(sigmoid_times(d, hn::LoadU(d, gate + i), 1.0f), hn::LoadU(d, up + i)), d, gate + i);
      },
      [&](std::size_t i) { gate[i] = sigmoid_times(gate[i], 1.0f) * up[i]; });
}

// `to` is x itself or does not overlap it.
template <typename T>
void rope_to(const float* x, std::size_t heads, std::size_t head_dim, const float* cos, const float* sin, T* to) {
  const hn::ScalableTag<float> d;
  const std::size_t half = head_dim / 2;
  for (std::size_t h = 0; h < heads; ++h, x += head_dim, to += head_dim) {
    sweep(
        half, hn::Lanes(d),
        [&](std::size_t j) {
          const auto a = hn::LoadU(d, x + j), b = hn::LoadU(d, x + half + j);
          const auto c = hn::LoadU(d, cos + j), s = hn::LoadU(d, sin + j);
          store_narrow(d, hn::NegMulAdd(b, s, hn::Mul(a, c)), to + j);
          store_narrow(d, hn::MulAdd(a, s, hn::Mul(b, c)), to + half + j);
        },
        [&](std::size_t j) {
          const float a = x[j], b = x[half + j];
          narrow_one(a * cos[j] - b * sin[j], to + j);
          narrow_one(b * cos[j] + a * sin[j], to + half + j);
        });
  }
}

void RopeRow(const float* x, std::size_t heads, std::size_t head_dim, const float* cos, const float* sin, void* to,
             DType type) {
  if (type == DType::BF16) return rope_to(x, heads, head_dim, cos, sin, static_cast<Bf16*>(to));
  rope_to(x, heads, head_dim, cos, sin, static_cast<float*>(to));
}

void NarrowRow(const float* x, std::size_t count, std::uint16_t* to) {
  const hn::ScalableTag<float> d;
  auto* bf16 = reinterpret_cast<Bf16*>(to);
  sweep(
      count, hn::Lanes(d), [&](std::size_t i) { store_narrow(d, hn::LoadU(d, x + i), bf16 + i); },
      [&](std::size_t i) { narrow_one(x[i], bf16 + i); });
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(RmsNormRow);
HWY_EXPORT(LayerNormRow);
HWY_EXPORT(SigmoidTimes);
HWY_EXPORT(SiluMul);
HWY_EXPORT(RopeRow);
HWY_EXPORT(NarrowRow);

void rms_norm_row(const float* x, const float* weight, float eps, std::size_t cols, float* out) {
  HWY_DYNAMIC_DISPATCH(RmsNormRow)(x, weight, eps, cols, out);
}

void layer_norm_row(const float* x, const float* weight, const float* bias, float eps, std::size_t cols, float* out) {
  HWY_DYNAMIC_DISPATCH(LayerNormRow)(x, weight, bias, eps, cols, out);
}

void rope_row(const float* x, std::size_t heads, std::size_t head_dim, const float* cos, const float* sin, void* to,
              DType type) {
  HWY_DYNAMIC_DISPATCH(RopeRow)(x, heads, head_dim, cos, sin, to, type);
}

void store_row(const float* x, std::size_t count, void* to, DType type) {
  if (type == DType::BF16) return HWY_DYNAMIC_DISPATCH(NarrowRow)(x, count, static_cast<std::uint16_t*>(to));
  std::memcpy(to, x, count * sizeof(float));
}

void gate(Activation activation, float* x, const float* up, std::size_t count) {
  if (activation == Activation::Silu) return HWY_DYNAMIC_DISPATCH(SiluMul)(x, up, count);
  activate(activation, x, count);
  for (std::size_t i = 0; i < count; ++i) x[i] *= up[i];
}

void activate(Activation activation, float* x, std::size_t count) {
  switch (activation) {
    case Activation::None: return;
    case Activation::QuickGelu: return HWY_DYNAMIC_DISPATCH(SigmoidTimes)(x, count, 1.702f);
    case Activation::Silu: return HWY_DYNAMIC_DISPATCH(SigmoidTimes)(x, count, 1.0f);
    case Activation::Gelu:
      for (std::size_t i = 0; i < count; ++i) x[i] = 0.5f * x[i] * (1.0f + std::erf(x[i] * 0.70710678f));
      return;
    case Activation::GeluTanh:
      for (std::size_t i = 0; i < count; ++i)
        x[i] = 0.5f * x[i] * (1.0f + std::tanh(0.79788456f * (x[i] + 0.044715f * x[i] * x[i] * x[i])));
      return;
    case Activation::Relu:
      for (std::size_t i = 0; i < count; ++i) x[i] = x[i] > 0.0f ? x[i] : 0.0f;
      return;
  }
}

}  // namespace sparsight::cpu
#endif
