#include "tests/cuda_emulator/planted.h"

using sparsight::emulator::Planted;

namespace {
constexpr unsigned kAll = 0xFFFFFFFFu;
}

// Everything that may be done: exchanges between barriers, a tree of shuffles, atomics of all blocks.
extern "C" __global__ void planted_nothing(Planted p) {
  __shared__ float room[64];
  room[threadIdx.x] = p.x[threadIdx.x];
  __syncthreads();
  const float other = room[63 - threadIdx.x];
  __syncthreads();
  room[threadIdx.x] = other;
  __syncwarp();
  float sum = room[threadIdx.x ^ 1];
  for (unsigned apart = 16; apart > 0; apart /= 2) sum += __shfl_xor_sync(kAll, sum, apart);
  if (threadIdx.x == 0) atomicAdd(p.y, sum);
}
// A barrier is missing.
extern "C" __global__ void planted_shared_race(Planted p) {
  __shared__ float room[64];
  room[threadIdx.x] = 0;
  __syncthreads();
  room[threadIdx.x] = p.x[threadIdx.x];
  p.y[threadIdx.x] = room[63 - threadIdx.x];
}
extern "C" __global__ void planted_shared_read_first(Planted p) {
  __shared__ float room[64];
  room[threadIdx.x] = p.x[threadIdx.x];
  __syncthreads();
  const float other = room[(threadIdx.x + 1) % 64];
  room[threadIdx.x] = other;
}
extern "C" __global__ void planted_global_race(Planted p) { p.y[threadIdx.x / 2] = p.x[threadIdx.x]; }
extern "C" __global__ void planted_block_race(Planted p) {
  if (threadIdx.x == 0) p.y[blockIdx.x / 2] = 1.0f;
}
// Without __syncwarp.
extern "C" __global__ void planted_warp_race(Planted p) {
  __shared__ float room[64];
  room[threadIdx.x] = 0;
  __syncthreads();
  room[threadIdx.x] = p.x[threadIdx.x];
  p.y[threadIdx.x] = room[threadIdx.x ^ 1];
}
extern "C" __global__ void planted_unwritten(Planted p) {
  if (threadIdx.x == 0) p.x[0] = p.y[0] + 1.0f;
}
extern "C" __global__ void planted_shared_unwritten(Planted p) {
  __shared__ float room[64];
  if (threadIdx.x < 32) room[threadIdx.x] = 1.0f;
  __syncthreads();
  p.y[threadIdx.x] = room[threadIdx.x];
}
extern "C" __global__ void planted_behind_the_end(Planted p) { p.y[blockIdx.x * blockDim.x + threadIdx.x + 1] = 1.0f; }
extern "C" __global__ void planted_shared_behind_the_end(Planted) {
  auto* room = static_cast<float*>(sparsight::emulator::dynamic_shared());
  room[threadIdx.x + 1] = 1.0f;
}
extern "C" __global__ void planted_misaligned(Planted p) {
  if (threadIdx.x == 0) *reinterpret_cast<float4*>(p.y) = *reinterpret_cast<const float4*>(p.x + 1);
}
extern "C" __global__ void planted_barrier(Planted p) {
  if (threadIdx.x < 40) __syncthreads();
  p.y[threadIdx.x] = 1.0f;
}
extern "C" __global__ void planted_warp_barrier(Planted p) {
  if (threadIdx.x != 3) __syncwarp();
  p.y[threadIdx.x] = 1.0f;
}
// Lane 31 is not there.
extern "C" __global__ void planted_shuffle(Planted p) {
  if (threadIdx.x % 32 == 31) return;
  p.y[threadIdx.x] = __shfl_xor_sync(kAll >> 1, p.x[threadIdx.x], 1);
}
extern "C" __global__ void planted_host_write(Planted) {
  static float host;
  float* at = &host;
  if (threadIdx.x == 0) atomicAdd(at, 1.0f);
}
// One block reads what others add to.
extern "C" __global__ void planted_atomic(Planted p) {
  if (threadIdx.x == 0) atomicAdd(p.y, 1.0f);
  if (threadIdx.x == 0 && blockIdx.x == 1) p.x[0] = p.y[0];
}
