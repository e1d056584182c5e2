// Products of few rows, at the rate at which memory gives the weights, and those that pruning needs in double.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

constexpr unsigned kProductWarps = kProductThreads / kWarpLanes;

// Adds what `parts` warps have for each row and output, and writes it.
__device__ __forceinline__ void write_products(const RowProducts& p, const float* room, unsigned parts,
                                               unsigned first_row, unsigned first_output) {
  const unsigned row = threadIdx.x / kProductOutputs, in_block = threadIdx.x % kProductOutputs;
  const unsigned output = first_output + in_block;
  if (row >= kProductRows || first_row + row >= p.rows || output >= p.outputs) return;
  float sum = 0;
  for (unsigned part = 0; part < parts; ++part) sum += room[(part * kProductRows + row) * kProductOutputs + in_block];
  float* out = p.out + static_cast<std::uint64_t>(first_row + row) * p.outputs + output;
  if (p.scales != nullptr) sum *= p.scales[output];
  if (p.bias != nullptr) sum += p.bias[output];
  sum = apply(p.function, sum);
  *out = p.accumulate != 0 ? *out + sum : sum;
}

// A chunk is what one load reads: eight neighbouring weights of 16 bits, or four of 32.
template <Type kType>
constexpr unsigned kChunk = kType == Type::F32 ? 4 : 8;

template <Type kType>
__device__ __forceinline__ float chunk_value(const uint4& chunk, unsigned i) {
  const unsigned words[4] = {chunk.x, chunk.y, chunk.z, chunk.w};
  if constexpr (kType == Type::F32) {
    return __uint_as_float(words[i]);
  } else {
    const unsigned bits = words[i / 2] >> i % 2 * 16 & 0xFFFF;
    return kType == Type::F16 ? f16_value(bits) : bf16_value(bits);
  }
}

// Two outputs for each warp, which share what is read of x; its lanes take neighbouring chunks of inputs.
template <Type kType>
__device__ __forceinline__ void chunk_products(const RowProducts& p, float (&sums)[2][kProductRows], unsigned first_row,
                                               unsigned output) {
  constexpr unsigned kCount = kChunk<kType>;
  const unsigned chunks = p.inputs / kCount, lane = threadIdx.x % kWarpLanes;
  const bool second = output + 1 < p.outputs;
  const uint4* weights = static_cast<const uint4*>(p.values) + static_cast<std::uint64_t>(output) * chunks;
#pragma unroll 2
  for (unsigned chunk = lane; chunk < chunks; chunk += kWarpLanes) {
    const uint4 a = weights[chunk], b = weights[second ? chunks + chunk : chunk];
#pragma unroll
    for (unsigned r = 0; r < kProductRows; ++r) {
      if (first_row + r >= p.rows) break;
      const float4* x = reinterpret_cast<const float4*>(p.x + static_cast<std::uint64_t>(first_row + r) * p.inputs) +
                        chunk * (kCount / 4);
#pragma unroll
      for (unsigned quad = 0; quad < kCount / 4; ++quad) {
        const float4 four = x[quad];
        const float values[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
          sums[0][r] += values[i] * chunk_value<kType>(a, quad * 4 + i);
          sums[1][r] += values[i] * chunk_value<kType>(b, quad * 4 + i);
        }
      }
    }
  }
}

// The same for rows that do not begin at multiples of 16 bytes.
__device__ __forceinline__ void single_products(const RowProducts& p, float (&sums)[2][kProductRows],
                                                unsigned first_row, unsigned output) {
  for (unsigned o = 0; o < 2 && output + o < p.outputs; ++o) {
    const std::uint64_t weights = static_cast<std::uint64_t>(output + o) * p.inputs;
    for (unsigned c = threadIdx.x % kWarpLanes; c < p.inputs; c += kWarpLanes) {
      const float weight = load(p.values, p.type, weights + c);
      for (unsigned r = 0; r < kProductRows && first_row + r < p.rows; ++r)
        sums[o][r] += p.x[static_cast<std::uint64_t>(first_row + r) * p.inputs + c] * weight;
    }
  }
}

__device__ __forceinline__ void float_products(const RowProducts& p, float* room, unsigned first_row,
                                               unsigned first_output) {
  static_assert(kProductOutputs == 2 * kProductWarps, "two outputs for each warp");
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
  const unsigned output = first_output + warp * 2;
  float sums[2][kProductRows] = {};
  if (output < p.outputs) {
    if (p.in_chunks == 0)
      single_products(p, sums, first_row, output);
    else if (p.type == Type::F32)
      chunk_products<Type::F32>(p, sums, first_row, output);
    else if (p.type == Type::F16)
      chunk_products<Type::F16>(p, sums, first_row, output);
    else
      chunk_products<Type::BF16>(p, sums, first_row, output);
  }
  for (unsigned o = 0; o < 2; ++o)
#pragma unroll
    for (unsigned r = 0; r < kProductRows; ++r) {
      if (first_row + r >= p.rows) break;
      const float sum = warp_sum(sums[o][r]);
      if (lane == 0) room[r * kProductOutputs + warp * 2 + o] = sum;
    }
}

// A panel of 16 outputs lies in one piece: 64 bytes are 4 (int8) or 8 (int4) inputs of all of them, of which four lanes
// take 16 bytes each, that is, four outputs. Warps take stretches of the inputs.
template <bool kInt4>
__device__ __forceinline__ void panel_products(const RowProducts& p, float* room, unsigned first_row, unsigned panel) {
  constexpr unsigned kInputs = kInt4 ? 8 : 4;  // of 64 bytes
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
  const unsigned lines = (p.inputs + kInputs - 1) / kInputs;
  const uint4* values = static_cast<const uint4*>(p.values) + static_cast<std::uint64_t>(panel) * lines * 4;
  float sums[kProductRows][4] = {};
#pragma unroll 2
  for (unsigned line = warp * 8 + lane / 4; line < lines; line += kProductWarps * 8) {
    const uint4 bytes = values[line * 4 + lane % 4];
    const unsigned words[4] = {bytes.x, bytes.y, bytes.z, bytes.w};  // one for each output
    float x[kProductRows][kInputs];
#pragma unroll
    for (unsigned r = 0; r < kProductRows; ++r) {
      const float* from = p.x + static_cast<std::uint64_t>(first_row + r) * p.inputs + line * kInputs;
      const bool row_there = first_row + r < p.rows;
      if (row_there && p.in_chunks != 0) {
#pragma unroll
        for (unsigned quad = 0; quad < kInputs / 4; ++quad) {
          const float4 four = reinterpret_cast<const float4*>(from)[quad];
          x[r][quad * 4] = four.x, x[r][quad * 4 + 1] = four.y, x[r][quad * 4 + 2] = four.z,
                      x[r][quad * 4 + 3] = four.w;
        }
      } else {
#pragma unroll
        for (unsigned i = 0; i < kInputs; ++i) x[r][i] = row_there && line * kInputs + i < p.inputs ? from[i] : 0.0f;
      }
    }
#pragma unroll
    for (unsigned o = 0; o < 4; ++o) {
      float block = 1;
      if (kInt4)
        block = static_cast<float>(
            p.block_scales[(static_cast<std::uint64_t>(panel) * (p.inputs / 32) + line / 4) * 16 + lane % 4 * 4 + o]);
#pragma unroll
      for (unsigned i = 0; i < kInputs; ++i) {
        const int value = kInt4 ? static_cast<int>(words[o] >> (i % 4 * 8 + i / 4 * 4) & 15) - 8
                                : static_cast<int>(words[o] >> i * 8 & 255) - 128;
        const float weight = block * static_cast<float>(value);
#pragma unroll
        for (unsigned r = 0; r < kProductRows; ++r) sums[r][o] += x[r][i] * weight;
      }
    }
  }
  for (unsigned r = 0; r < kProductRows && first_row + r < p.rows; ++r)
    for (unsigned o = 0; o < 4; ++o) {
      float sum = sums[r][o];
      for (unsigned apart = 4; apart < kWarpLanes; apart *= 2) sum += __shfl_xor_sync(kAllLanes, sum, apart);
      if (lane < 4) room[(warp * kProductRows + r) * kProductOutputs + lane * 4 + o] = sum;
    }
}

}  // namespace

extern "C" __global__ void __launch_bounds__(kProductThreads) row_products(RowProducts p) {
  __shared__ float room[kProductWarps * kProductRows * kProductOutputs];
  const unsigned first_row = blockIdx.y * kProductRows, first_output = blockIdx.x * kProductOutputs;
  if (p.scales == nullptr)
    float_products(p, room, first_row, first_output);
  else if (p.block_scales == nullptr)
    panel_products<false>(p, room, first_row, blockIdx.x);
  else
    panel_products<true>(p, room, first_row, blockIdx.x);
  __syncthreads();
  write_products(p, room, p.scales == nullptr ? 1 : kProductWarps, first_row, first_output);
}

extern "C" __global__ void combine(Combine p) {
  const std::uint64_t count = static_cast<std::uint64_t>(p.rows) * p.cols;
  for (std::uint64_t i = grid_thread(); i < count; i += grid_threads()) {
    const unsigned row = static_cast<unsigned>(i / p.cols), c = static_cast<unsigned>(i % p.cols);
    const unsigned begin = row == 0 ? 0 : p.ends[row - 1], end = p.ends[row];
    double sum = 0;
    for (unsigned j = begin; j < end; ++j)
      sum += p.weights[j] * static_cast<double>(p.from[static_cast<std::uint64_t>(p.rows_of[j]) * p.cols + c]);
    p.to[i] = static_cast<float>(sum);
  }
}

extern "C" __global__ void unit_rows(UnitRows p) {
  __shared__ double room[32];
  const float* x = p.x + static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  float* out = p.out + static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  double sum = 0;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x)
    sum += static_cast<double>(x[c]) * static_cast<double>(x[c]);
  sum = block_sum(sum, room);
  const double length = sum == 0 ? 1.0 : sqrt(sum);
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x)
    out[c] = static_cast<float>(static_cast<double>(x[c]) / length);
}

extern "C" __global__ void not_finite(NotFinite p) {
  unsigned long long first = 0;
  for (std::uint64_t i = grid_thread(); i < p.count && first == 0; i += grid_threads())
    if ((__float_as_uint(p.x[i]) & 0x7F800000u) == 0x7F800000u) first = ~static_cast<unsigned long long>(i);
  if (first != 0) atomicMax(p.first, first);
}

extern "C" __global__ void double_products(DoubleProducts p) {
  __shared__ float a[16][17], b[16][17];
  const unsigned x = threadIdx.x % 16, y = threadIdx.x / 16;
  const unsigned row = blockIdx.y * 16 + y, other = blockIdx.x * 16 + x;
  double sum = 0;
  for (unsigned from = 0; from < p.cols; from += 16) {
    const unsigned b_row = blockIdx.x * 16 + y;
    a[y][x] = row < p.rows && from + x < p.cols ? p.a[static_cast<std::uint64_t>(row) * p.cols + from + x] : 0.0f;
    b[y][x] = b_row < p.others && from + x < p.cols ? p.b[static_cast<std::uint64_t>(b_row) * p.cols + from + x] : 0.0f;
    __syncthreads();
    for (unsigned i = 0; i < 16; ++i) sum += static_cast<double>(a[y][i]) * static_cast<double>(b[x][i]);
    __syncthreads();
  }
  if (row < p.rows && other < p.others) p.out[static_cast<std::uint64_t>(row) * p.others + other] = sum;
}
