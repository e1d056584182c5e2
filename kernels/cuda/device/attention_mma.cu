// Attention on tensor cores: factors rounded to BF16, sums and softmax in float32. Rows of queries stay in registers
// while tiles of keys and values pass (FlashAttention-2, arXiv 2307.08691, algorithm 1).
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

constexpr unsigned kTileKeys = kMmaAttentionKeys;
constexpr unsigned kWarpRows = 16;  // of an mma's tile: a lane has parts of rows `group` and `group` + 8

__device__ __forceinline__ unsigned pair(float low, float high) {
  return static_cast<unsigned>(bf16_bits(low)) | static_cast<unsigned>(bf16_bits(high)) << 16;
}

// d += a b of a warp, 16 x 8 x 16.
__device__ __forceinline__ void multiply_add(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
#if defined(SPARSIGHT_CUDA_EMULATOR)
  sparsight::emulator::mma_16x8x16(sparsight::emulator::Half::BF16, d, a, b);
#elif __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  // Never launched on a GPU without these instructions.
#endif
}

// Two neighbouring numbers of a row of q, k or v, 0 behind the end of the head.
__device__ __forceinline__ unsigned load_pair(const void* from, Type type, std::uint64_t at, unsigned left,
                                              float scale) {
  const float low = left > 0 ? load(from, type, at) * scale : 0.0f;
  const float high = left > 1 ? load(from, type, at + 1) * scale : 0.0f;
  return pair(low, high);
}

// Largest, or sum, of a row: over the four lanes that share it.
__device__ __forceinline__ float row_max(float value) {
  value = fmaxf(value, __shfl_xor_sync(kAllLanes, value, 1));
  return fmaxf(value, __shfl_xor_sync(kAllLanes, value, 2));
}
__device__ __forceinline__ float row_sum(float value) {
  value += __shfl_xor_sync(kAllLanes, value, 1);
  return value + __shfl_xor_sync(kAllLanes, value, 2);
}

template <unsigned kDim>
__device__ __forceinline__ void attend_mma(const Attention& p, unsigned* shared) {
  constexpr unsigned kSteps = kDim / 16;        // of the products with keys
  constexpr unsigned kKeyWords = kDim / 2 + 4;  // of a key's row: pairs along the head; padded against bank conflicts
  constexpr unsigned kValueWords = kDim + 8;    // of two keys' values: pairs along the keys
  constexpr unsigned kColumns = kTileKeys / 8;  // tiles of 8 keys
  unsigned* keys = shared;                      // [kTileKeys][kKeyWords]
  unsigned* values = keys + kTileKeys * kKeyWords;  // [kTileKeys / 2][kValueWords]

  const unsigned head = blockIdx.y, kv_head = head / (p.heads / p.kv_heads), sequence = blockIdx.z;
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes, group = lane / 4, t = lane % 4;
  const unsigned block_row = blockIdx.x * kMmaAttentionRows, first = block_row + warp * kWarpRows;
  const std::uint64_t q_cols = static_cast<std::uint64_t>(p.heads) * p.dim;
  const std::uint64_t k_cols = static_cast<std::uint64_t>(p.kv_heads) * p.dim;
  const std::uint64_t q_row = static_cast<std::uint64_t>(sequence) * p.rows;
  const std::uint64_t k_row = static_cast<std::uint64_t>(sequence) * p.keys;

  // exp2 is what the hardware has: the scale takes log2(e) with it.
  const float scale = p.scale * 1.4426950408889634f;
  unsigned q[kSteps][4];
  for (unsigned step = 0; step < kSteps; ++step)
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned row = first + group + i % 2 * 8, d = step * 16 + 2 * t + i / 2 * 8;
      const unsigned left = row < p.rows && d < p.dim ? p.dim - d : 0;
      q[step][i] = load_pair(p.q, Type::F32, (q_row + row) * q_cols + head * p.dim + d, left, scale);
    }

  float out[kDim / 8][4] = {};
  float most[2] = {-INFINITY, -INFINITY}, sum[2] = {};
  unsigned visible[2];
  for (unsigned half = 0; half < 2; ++half)
    visible[half] = p.causal ? min(p.keys, p.first_visible + first + group + half * 8 + 1) : p.keys;
  const unsigned last_row = min(p.rows, block_row + kMmaAttentionRows);
  const unsigned end = p.causal ? min(p.keys, p.first_visible + last_row) : p.keys;

  for (unsigned from = 0; from < end; from += kTileKeys) {
    __syncthreads();
    for (unsigned i = threadIdx.x; i < kTileKeys * kDim / 2; i += kMmaAttentionThreads) {
      const unsigned key = i / (kDim / 2), d = i % (kDim / 2) * 2;
      const unsigned left = from + key < p.keys && d < p.dim ? p.dim - d : 0;
      const std::uint64_t at = (k_row + from + key) * k_cols + kv_head * p.dim + d;
      keys[key * kKeyWords + d / 2] = load_pair(p.k, p.type, at, left, 1.0f);
    }
    for (unsigned i = threadIdx.x; i < kTileKeys / 2 * kDim; i += kMmaAttentionThreads) {
      const unsigned key = i / kDim * 2, d = i % kDim;
      const std::uint64_t at = (k_row + from + key) * k_cols + kv_head * p.dim + d;
      const float low = d < p.dim && from + key < p.keys ? load(p.v, p.type, at) : 0.0f;
      const float high = d < p.dim && from + key + 1 < p.keys ? load(p.v, p.type, at + k_cols) : 0.0f;
      values[key / 2 * kValueWords + d] = pair(low, high);
    }
    __syncthreads();

    float scores[kColumns][4] = {};
    for (unsigned step = 0; step < kSteps; ++step)
      for (unsigned column = 0; column < kColumns; ++column) {
        const unsigned* key = keys + (column * 8 + group) * kKeyWords + step * 8 + t;
        const unsigned b[2] = {key[0], key[4]};
        multiply_add(scores[column], q[step], b);
      }

    float tile_most[2] = {most[0], most[1]};
    for (unsigned column = 0; column < kColumns; ++column)
      for (unsigned i = 0; i < 4; ++i) {
        if (from + column * 8 + 2 * t + i % 2 >= visible[i / 2]) scores[column][i] = -INFINITY;
        tile_most[i / 2] = fmaxf(tile_most[i / 2], scores[column][i]);
      }
    float kept[2], tile_sum[2] = {}, base[2];
    for (unsigned half = 0; half < 2; ++half) {
      tile_most[half] = row_max(tile_most[half]);
      // A row may see none of these keys.
      base[half] = tile_most[half] == -INFINITY ? 0.0f : tile_most[half];
      kept[half] = exp2f(most[half] - base[half]);
      most[half] = tile_most[half];
    }
    for (unsigned column = 0; column < kColumns; ++column)
      for (unsigned i = 0; i < 4; ++i) {
        scores[column][i] = exp2f(scores[column][i] - base[i / 2]);
        tile_sum[i / 2] += scores[column][i];
      }
    for (unsigned half = 0; half < 2; ++half) sum[half] = sum[half] * kept[half] + row_sum(tile_sum[half]);
    for (unsigned column = 0; column < kDim / 8; ++column)
      for (unsigned i = 0; i < 4; ++i) out[column][i] *= kept[i / 2];

    // Scores lie in the lanes as the next product wants its first factor.
    for (unsigned step = 0; step < kTileKeys / 16; ++step) {
      const float(&low)[4] = scores[2 * step];
      const float(&high)[4] = scores[2 * step + 1];
      const unsigned a[4] = {pair(low[0], low[1]), pair(low[2], low[3]), pair(high[0], high[1]),
                             pair(high[2], high[3])};
      for (unsigned column = 0; column < kDim / 8; ++column) {
        const unsigned* value = values + (step * 8 + t) * kValueWords + column * 8 + group;
        const unsigned b[2] = {value[0], value[4 * kValueWords]};
        multiply_add(out[column], a, b);
      }
    }
  }

  for (unsigned column = 0; column < kDim / 8; ++column)
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned row = first + group + i / 2 * 8, d = column * 8 + 2 * t + i % 2;
      if (row < p.rows && d < p.dim) p.out[(q_row + row) * q_cols + head * p.dim + d] = out[column][i] / sum[i / 2];
    }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kMmaAttentionThreads, 2) attention_mma_64(Attention p) {
  attend_mma<64>(p, dynamic_shared<unsigned>());
}
extern "C" __global__ void __launch_bounds__(kMmaAttentionThreads, 2) attention_mma_96(Attention p) {
  attend_mma<96>(p, dynamic_shared<unsigned>());
}
extern "C" __global__ void __launch_bounds__(kMmaAttentionThreads, 2) attention_mma_128(Attention p) {
  attend_mma<128>(p, dynamic_shared<unsigned>());
}
