// What the device's kernels share: reading and rounding numbers of each type, sums over a block.
#pragma once

#include <cuda_fp16.h>

#include "kernels/cuda/parameters.h"

namespace sparsight::cuda {

constexpr unsigned kWarpLanes = 32;
constexpr unsigned kAllLanes = 0xFFFFFFFFu;

__device__ __forceinline__ float f16_value(unsigned bits) {
  return __half2float(__ushort_as_half(static_cast<unsigned short>(bits)));
}
__device__ __forceinline__ float bf16_value(unsigned bits) { return __uint_as_float(bits << 16); }

__device__ __forceinline__ float load(const void* from, Type type, std::uint64_t i) {
  if (type == Type::F32) return static_cast<const float*>(from)[i];
  const unsigned bits = static_cast<const unsigned short*>(from)[i];
  return type == Type::F16 ? f16_value(bits) : bf16_value(bits);
}

// To nearest, ties to even; NaN stays one.
__device__ __forceinline__ unsigned short bf16_bits(float value) {
  const unsigned bits = __float_as_uint(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<unsigned short>(bits >> 16 | 64);
  return static_cast<unsigned short>((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

constexpr float kLargestF16 = 65504.0f;
__device__ __forceinline__ unsigned short f16_bits(float value) {
  // NaN passes: it is neither larger nor smaller.
  const float held = value > kLargestF16 ? kLargestF16 : value < -kLargestF16 ? -kLargestF16 : value;
  return __half_as_ushort(__float2half_rn(held));
}

__device__ __forceinline__ void save(void* to, Type type, std::uint64_t i, float value) {
  if (type == Type::F32)
    static_cast<float*>(to)[i] = value;
  else if (type == Type::BF16)
    static_cast<unsigned short*>(to)[i] = bf16_bits(value);
  else
    static_cast<unsigned short*>(to)[i] = f16_bits(value);
}

__device__ __forceinline__ float apply(Function1 function, float x) {
  switch (function) {
    case Function1::None: return x;
    case Function1::Gelu: return 0.5f * x * (1.0f + erff(x * 0.70710678118654752f));
    case Function1::GeluTanh: return 0.5f * x * (1.0f + tanhf(0.79788456080286536f * (x + 0.044715f * x * x * x)));
    case Function1::QuickGelu: return x / (1.0f + expf(-1.702f * x));
    case Function1::Silu: return x / (1.0f + expf(-x));
    case Function1::Relu: return x > 0.0f ? x : 0.0f;
  }
  return x;
}

// The block's memory whose size the host chooses.
template <typename T>
__device__ __forceinline__ T* dynamic_shared() {
#ifdef SPARSIGHT_CUDA_EMULATOR
  return static_cast<T*>(::sparsight::emulator::dynamic_shared());
#else
  extern __shared__ uint4 everything[];
  return reinterpret_cast<T*>(everything);
#endif
}

// Index of this thread in the grid, and how many there are.
__device__ __forceinline__ std::uint64_t grid_thread() {
  return static_cast<std::uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
}
__device__ __forceinline__ std::uint64_t grid_threads() { return static_cast<std::uint64_t>(gridDim.x) * blockDim.x; }

template <typename T>
__device__ __forceinline__ T warp_sum(T value) {
  for (unsigned apart = kWarpLanes / 2; apart > 0; apart /= 2) value += __shfl_xor_sync(kAllLanes, value, apart);
  return value;
}

__device__ __forceinline__ float warp_max(float value) {
  for (unsigned apart = kWarpLanes / 2; apart > 0; apart /= 2)
    value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, apart));
  return value;
}

// The sum over all threads of the block, for each of them. Whole warps; `room` has a T for each warp and is free again
// after the next barrier.
template <typename T>
__device__ __forceinline__ T block_sum(T value, T* room) {
  const unsigned warp = threadIdx.x / kWarpLanes, warps = blockDim.x / kWarpLanes;
  value = warp_sum(value);
  if (threadIdx.x % kWarpLanes == 0) room[warp] = value;
  __syncthreads();
  T sum = 0;
  for (unsigned i = 0; i < warps; ++i) sum += room[i];
  return sum;
}

__device__ __forceinline__ float block_max(float value, float* room) {
  const unsigned warp = threadIdx.x / kWarpLanes, warps = blockDim.x / kWarpLanes;
  value = warp_max(value);
  if (threadIdx.x % kWarpLanes == 0) room[warp] = value;
  __syncthreads();
  float most = room[0];
  for (unsigned i = 1; i < warps; ++i) most = fmaxf(most, room[i]);
  return most;
}

}  // namespace sparsight::cuda
