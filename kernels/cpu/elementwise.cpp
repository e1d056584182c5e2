// Norms, activations and rotary embedding, one row at a time. Compiled once per target.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/elementwise.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstring>
#include <iterator>
#include <numbers>

#include "kernels/cpu/exp2-inl.h"
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

// x times the normal distribution's integral up to x, for any number of lanes. Of -|x| that integral is a power of two,
// whose exponent is a minimax polynomial: within 5e-8 of the exact value everywhere.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  constexpr float kExponent[] = {-0x1.0047a6p-26f,
                                 0x1.344704p-21f,
                                 -0x1.2395aep-17f,
                                 0x1.186adap-14f,
                                 -0x1.0c106ep-12f,
                                 -0x1.3c3804p-15f,
                                 0x1.c9b6ccp-8f,
                                 -0x1.adc710p-5f,
                                 -0x1.d63c4ap-2f,
                                 -0x1.26aecep+0f,
                                 -1.0f};
  const V t = hn::Abs(x);
  V p = hn::Set(d, kExponent[0]);
  for (std::size_t i = 1; i < std::size(kExponent); ++i) p = hn::MulAdd(p, t, hn::Set(d, kExponent[i]));
  const V below = exp2_below(d, p);
  return hn::Mul(x, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), below, hn::Sub(hn::Set(d, 1.0f), below)));
}

// x / 2 * (1 + tanh(u)) = x / (1 + exp(-2 u))
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_tanh(D d, V x) {
  constexpr float kTwice = 2 * 0.79788456f * std::numbers::log2e_v<float>;
  const V one = hn::Set(d, 1.0f);
  const V cubic = hn::MulAdd(hn::Mul(hn::Mul(x, x), x), hn::Set(d, 0.044715f), x);
  const V e = exp2_below(d, hn::Mul(hn::Abs(cubic), hn::Set(d, -kTwice)));
  return hn::Mul(x, hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e)));
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

// x = function(tag, x), for every value alike: the last ones one by one.
template <class Function>
HWY_INLINE void transform(float* x, std::size_t count, const Function& function) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  sweep(
      count, hn::Lanes(d), [&](std::size_t i) { hn::StoreU(function(d, hn::LoadU(d, x + i)), d, x + i); },
      [&](std::size_t i) { x[i] = hn::GetLane(function(one, hn::Set(one, x[i]))); });
}

void Gelu(float* x, std::size_t count) {
  transform(x, count, [](auto d, auto v) HWY_ATTR { return gelu(d, v); });
}

void GeluTanh(float* x, std::size_t count) {
  transform(x, count, [](auto d, auto v) HWY_ATTR { return gelu_tanh(d, v); });
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

void FinishRows(const FinishedSums& f) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  for (std::size_t r = 0; r < f.rows; ++r) {
    const float* sums = f.sums + r * f.stride;
    float* to = f.to + r * f.to_stride;
    const auto finish = [&](auto tag, std::size_t i) HWY_ATTR {
      auto v = hn::LoadU(tag, sums + i);
      if (f.bias != nullptr) v = hn::Add(v, hn::LoadU(tag, f.bias + i));
      if (f.add) v = hn::Add(hn::LoadU(tag, to + i), v);
      hn::StoreU(v, tag, to + i);
    };
    sweep(
        f.cols, hn::Lanes(d), [&](std::size_t i) { finish(d, i); }, [&](std::size_t i) { finish(one, i); });
  }
}

}  // namespace
}  // namespace sparsight::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sparsight::cpu {

HWY_EXPORT(RmsNormRow);
HWY_EXPORT(LayerNormRow);
HWY_EXPORT(SigmoidTimes);
HWY_EXPORT(Gelu);
HWY_EXPORT(GeluTanh);
HWY_EXPORT(SiluMul);
HWY_EXPORT(RopeRow);
HWY_EXPORT(NarrowRow);
HWY_EXPORT(FinishRows);

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

void finish_rows(const FinishedSums& finished) { HWY_DYNAMIC_DISPATCH(FinishRows)(finished); }

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
    case Activation::Gelu: return HWY_DYNAMIC_DISPATCH(Gelu)(x, count);
    case Activation::GeluTanh: return HWY_DYNAMIC_DISPATCH(GeluTanh)(x, count);
    case Activation::Relu:
      for (std::size_t i = 0; i < count; ++i) x[i] = x[i] > 0.0f ? x[i] : 0.0f;
      return;
  }
}

}  // namespace sparsight::cpu
#endif
