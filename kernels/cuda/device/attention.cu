// Attention in float32, for exact results and where cuDNN is not installed, and the scores that pruning asks for.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

// A thread has a quarter of a row's outputs: columns quarter, quarter + 4, ...; four neighbours share a row.
constexpr unsigned kQuarters = kAttentionThreads / kAttentionRows;

// Keys pass in tiles; a row's largest score and sum are corrected with each (online softmax, arXiv 1805.02867).
template <unsigned kMaxDim>
__device__ __forceinline__ void attend(const Attention& p, float* shared) {
  constexpr unsigned kRows = kAttentionRows, kPad = 1;
  constexpr unsigned kKeys = kMaxDim <= 128 ? kAttentionKeys : kWideAttentionKeys;
  float* q = shared;                      // [kRows][dim + 1]
  float* k = q + kRows * (p.dim + kPad);  // [kKeys][dim + 1]
  float* v = k + kKeys * (p.dim + kPad);  // [kKeys][dim]
  float* weights = v + kKeys * p.dim;     // [kRows][kKeys + 1]
  const unsigned head = blockIdx.y, kv_head = head / (p.heads / p.kv_heads), sequence = blockIdx.z;
  const unsigned first = blockIdx.x * kRows, rows = min(kRows, p.rows - first);
  const std::uint64_t q_cols = static_cast<std::uint64_t>(p.heads) * p.dim;
  const std::uint64_t k_cols = static_cast<std::uint64_t>(p.kv_heads) * p.dim;
  const std::uint64_t q_row = static_cast<std::uint64_t>(sequence) * p.rows + first;
  const std::uint64_t k_row = static_cast<std::uint64_t>(sequence) * p.keys;

  for (unsigned i = threadIdx.x; i < kRows * p.dim; i += kAttentionThreads) {
    const unsigned r = i / p.dim, d = i % p.dim;
    q[r * (p.dim + kPad) + d] = r < rows ? p.q[(q_row + r) * q_cols + head * p.dim + d] * p.scale : 0.0f;
  }

  const unsigned row = threadIdx.x / kQuarters, quarter = threadIdx.x % kQuarters;
  const unsigned visible = p.causal ? min(p.keys, p.first_visible + first + row + 1) : p.keys;
  const unsigned last_row_sees = p.causal ? min(p.keys, p.first_visible + first + rows) : p.keys;
  float out[kMaxDim / kQuarters];
  for (unsigned i = 0; i < kMaxDim / kQuarters; ++i) out[i] = 0;
  float most = -INFINITY, sum = 0;
  for (unsigned from = 0; from < last_row_sees; from += kKeys) {
    __syncthreads();
    for (unsigned i = threadIdx.x; i < kKeys * p.dim; i += kAttentionThreads) {
      const unsigned key = i / p.dim, d = i % p.dim;
      const bool there = from + key < p.keys;
      const std::uint64_t at = (k_row + from + key) * k_cols + kv_head * p.dim + d;
      k[key * (p.dim + kPad) + d] = there ? load(p.k, p.type, at) : 0.0f;
      v[key * p.dim + d] = there ? load(p.v, p.type, at) : 0.0f;
    }
    __syncthreads();
    float here[kKeys / kQuarters];
    float tile_most = -INFINITY;
    for (unsigned i = 0; i < kKeys / kQuarters; ++i) here[i] = 0;
    for (unsigned d = 0; d < p.dim; ++d) {
      const float a = q[row * (p.dim + kPad) + d];
      for (unsigned i = 0; i < kKeys / kQuarters; ++i) here[i] += a * k[(i * kQuarters + quarter) * (p.dim + kPad) + d];
    }
    for (unsigned i = 0; i < kKeys / kQuarters; ++i) {
      if (from + i * kQuarters + quarter >= visible) here[i] = -INFINITY;
      tile_most = fmaxf(tile_most, here[i]);
    }
    for (unsigned apart = 1; apart < kQuarters; apart *= 2)
      tile_most = fmaxf(tile_most, __shfl_xor_sync(kAllLanes, tile_most, apart));
    const float now_most = fmaxf(most, tile_most);
    // A row of the tile may see none of these keys, and rows behind the last see none at all.
    const float kept = now_most == -INFINITY ? 0.0f : expf(most - now_most);
    float tile_sum = 0;
    for (unsigned i = 0; i < kKeys / kQuarters; ++i) {
      const float weight = now_most == -INFINITY ? 0.0f : expf(here[i] - now_most);
      weights[row * (kKeys + kPad) + i * kQuarters + quarter] = weight;
      tile_sum += weight;
    }
    for (unsigned apart = 1; apart < kQuarters; apart *= 2) tile_sum += __shfl_xor_sync(kAllLanes, tile_sum, apart);
    sum = sum * kept + tile_sum;
    most = now_most;
    __syncwarp();  // a row's weights are made by four threads of one warp
    for (unsigned i = 0; i < kMaxDim / kQuarters; ++i) out[i] *= kept;
    for (unsigned key = 0; key < kKeys; ++key) {
      const float weight = weights[row * (kKeys + kPad) + key];
      for (unsigned i = 0; i < kMaxDim / kQuarters; ++i)
        if (i * kQuarters + quarter < p.dim) out[i] += weight * v[key * p.dim + i * kQuarters + quarter];
    }
  }
  if (row >= rows) return;
  for (unsigned i = 0; i < kMaxDim / kQuarters; ++i)
    if (i * kQuarters + quarter < p.dim)
      p.out[(q_row + row) * q_cols + head * p.dim + i * kQuarters + quarter] = out[i] / sum;
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kAttentionThreads) attention_64(Attention p) {
  attend<64>(p, dynamic_shared<float>());
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads) attention_128(Attention p) {
  attend<128>(p, dynamic_shared<float>());
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads) attention_256(Attention p) {
  attend<256>(p, dynamic_shared<float>());
}

extern "C" __global__ void __launch_bounds__(kScoreKeys) scores(Scores p) {
  __shared__ float q[kScoreRows][kScoreDims];
  __shared__ float k[kScoreKeys][kScoreDims + 1];
  const unsigned head = blockIdx.z, kv_head = head / (p.heads / p.kv_heads);
  const unsigned first_row = blockIdx.y * kScoreRows, first_key = blockIdx.x * kScoreKeys;
  const std::uint64_t q_cols = static_cast<std::uint64_t>(p.heads) * p.dim;
  const std::uint64_t k_cols = static_cast<std::uint64_t>(p.kv_heads) * p.dim;
  float sums[kScoreRows] = {};
  for (unsigned from = 0; from < p.dim; from += kScoreDims) {
    for (unsigned i = threadIdx.x; i < kScoreRows * kScoreDims; i += kScoreKeys) {
      const unsigned r = i / kScoreDims, d = i % kScoreDims;
      const bool there = first_row + r < p.rows && from + d < p.dim;
      q[r][d] = there ? p.q[p.row_of[first_row + r] * q_cols + head * p.dim + from + d] : 0.0f;
    }
    for (unsigned i = threadIdx.x; i < kScoreKeys * kScoreDims; i += kScoreKeys) {
      const unsigned key = i / kScoreDims, d = i % kScoreDims;
      const bool there = first_key + key < p.keys && from + d < p.dim;
      k[key][d] = there ? load(p.k, p.type, (first_key + key) * k_cols + kv_head * p.dim + from + d) : 0.0f;
    }
    __syncthreads();
    for (unsigned d = 0; d < kScoreDims; ++d)
      for (unsigned r = 0; r < kScoreRows; ++r) sums[r] += q[r][d] * k[threadIdx.x][d];
    __syncthreads();
  }
  const unsigned key = first_key + threadIdx.x;
  if (key >= p.keys) return;
  for (unsigned r = 0; r < kScoreRows && first_row + r < p.rows; ++r) {
    const std::uint64_t at = (static_cast<std::uint64_t>(head) * p.rows + first_row + r) * p.keys + key;
    p.out[at] = key < p.visible[first_row + r] ? sums[r] * p.scale : -INFINITY;
  }
}

extern "C" __global__ void softmax_rows(SoftmaxRows p) {
  __shared__ float room[32], more_room[32];
  float* x = p.x + static_cast<std::uint64_t>(blockIdx.x) * p.keys;
  float most = -INFINITY;
  for (unsigned key = threadIdx.x; key < p.keys; key += blockDim.x) most = fmaxf(most, x[key]);
  most = block_max(most, room);
  float sum = 0;
  for (unsigned key = threadIdx.x; key < p.keys; key += blockDim.x) {
    x[key] = expf(x[key] - most);
    sum += x[key];
  }
  sum = block_sum(sum, more_room);
  for (unsigned key = threadIdx.x; key < p.keys; key += blockDim.x) x[key] /= sum;
}

extern "C" __global__ void mean_of_heads(MeanOfHeads p) {
  for (std::uint64_t i = grid_thread(); i < p.count; i += grid_threads()) {
    float sum = 0;
    for (unsigned head = 0; head < p.heads; ++head) sum += p.x[head * p.count + i];
    p.out[i] = sum / static_cast<float>(p.heads);
  }
}
