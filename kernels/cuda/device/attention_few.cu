// Attention of few rows of queries, while an answer is generated: keys and values are read once.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

constexpr unsigned kFewWarps = kFewAttentionThreads / kWarpLanes;

}  // namespace

extern "C" __global__ void __launch_bounds__(kFewAttentionThreads) attention_few(AttentionFew few) {
  __shared__ float weights[kFewAttentionKeys];
  __shared__ float room[32], more_room[32];
  const Attention& p = few.a;
  const unsigned head = blockIdx.y, kv_head = head / (p.heads / p.kv_heads);
  const unsigned sequence = blockIdx.z / p.rows, row = blockIdx.z % p.rows;
  const unsigned visible = p.causal != 0 ? min(p.keys, p.first_visible + row + 1) : p.keys;
  const unsigned from = blockIdx.x * few.stretch;
  const unsigned count = visible > from ? min(few.stretch, visible - from) : 0;
  const std::uint64_t q_cols = static_cast<std::uint64_t>(p.heads) * p.dim;
  const std::uint64_t k_cols = static_cast<std::uint64_t>(p.kv_heads) * p.dim;
  const float* q = p.q + blockIdx.z * q_cols + head * p.dim;
  const std::uint64_t first = (static_cast<std::uint64_t>(sequence) * p.keys + from) * k_cols + kv_head * p.dim;

  // A warp for each key.
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
  float most = -INFINITY;
  for (unsigned key = warp; key < count; key += kFewWarps) {
    float score = 0;
    for (unsigned d = lane; d < p.dim; d += kWarpLanes) score += q[d] * load(p.k, p.type, first + key * k_cols + d);
    score = warp_sum(score) * p.scale;
    if (lane == 0) weights[key] = score;
    most = fmaxf(most, score);
  }
  most = block_max(most, room);  // its barrier shows the scores to all
  float sum = 0;
  for (unsigned key = threadIdx.x; key < count; key += kFewAttentionThreads) {
    weights[key] = expf(weights[key] - most);
    sum += weights[key];
  }
  sum = block_sum(sum, more_room);

  // A thread for each column of the values.
  const std::uint64_t at = static_cast<std::uint64_t>(blockIdx.z) * p.heads + head;
  float* part = few.parts == nullptr ? nullptr : few.parts + (at * gridDim.x + blockIdx.x) * (p.dim + 2);
  for (unsigned d = threadIdx.x; d < p.dim; d += kFewAttentionThreads) {
    float out = 0;
#pragma unroll 4
    for (unsigned key = 0; key < count; ++key) out += weights[key] * load(p.v, p.type, first + key * k_cols + d);
    if (part != nullptr)
      part[d] = out;
    else
      p.out[at * p.dim + d] = out / sum;
  }
  if (part != nullptr && threadIdx.x == 0) {
    part[p.dim] = most;
    part[p.dim + 1] = sum;
  }
}

extern "C" __global__ void __launch_bounds__(kFewAttentionThreads) attention_join(AttentionJoin p) {
  const float* parts = p.parts + static_cast<std::uint64_t>(blockIdx.x) * p.stretches * (p.dim + 2);
  float most = -INFINITY, sum = 0;
  for (unsigned i = 0; i < p.stretches; ++i) most = fmaxf(most, parts[i * (p.dim + 2) + p.dim]);
  for (unsigned i = 0; i < p.stretches; ++i)
    sum += parts[i * (p.dim + 2) + p.dim + 1] * expf(parts[i * (p.dim + 2) + p.dim] - most);
  for (unsigned d = threadIdx.x; d < p.dim; d += kFewAttentionThreads) {
    float out = 0;
    for (unsigned i = 0; i < p.stretches; ++i)
      out += parts[i * (p.dim + 2) + d] * expf(parts[i * (p.dim + 2) + p.dim] - most);
    p.out[static_cast<std::uint64_t>(blockIdx.x) * p.dim + d] = out / sum;
  }
}
