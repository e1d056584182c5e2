// Products of few rows, at the rate at which memory gives the weights, and those that pruning needs in double.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

constexpr unsigned kWarps = kProductThreads / kWarpLanes;

// Adds what the warps have for each row and output, and writes it.
__device__ __forceinline__ void write_products(const RowProducts& p, const float* room, unsigned first_row,
                                               unsigned first_output) {
  const unsigned row = threadIdx.x / kProductOutputs, in_block = threadIdx.x % kProductOutputs;
  const unsigned output = first_output + in_block;
  if (row >= kProductRows || first_row + row >= p.rows || output >= p.outputs) return;
  float sum = 0;
  for (unsigned warp = 0; warp < kWarps; ++warp) sum += room[(warp * kProductRows + row) * kProductOutputs + in_block];
  float* out = p.out + static_cast<std::uint64_t>(first_row + row) * p.outputs + output;
  if (p.scales != nullptr) sum *= p.scales[output];
  if (p.bias != nullptr) sum += p.bias[output];
  sum = apply(p.function, sum);
  *out = p.accumulate != 0 ? *out + sum : sum;
}

// Two outputs for each warp; its lanes take neighbouring inputs.
__device__ __forceinline__ void float_products(const RowProducts& p, float* room, unsigned first_row,
                                               unsigned first_output) {
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
  for (unsigned i = warp; i < kProductOutputs; i += kWarps) {
    float sums[kProductRows] = {};
    if (first_output + i < p.outputs) {
      const std::uint64_t weights = static_cast<std::uint64_t>(first_output + i) * p.inputs;
      for (unsigned c = lane; c < p.inputs; c += kWarpLanes) {
        const float weight = load(p.values, p.type, weights + c);
        for (unsigned r = 0; r < kProductRows; ++r)
          if (first_row + r < p.rows) sums[r] += p.x[static_cast<std::uint64_t>(first_row + r) * p.inputs + c] * weight;
      }
    }
    for (unsigned r = 0; r < kProductRows && first_row + r < p.rows; ++r) {
      const float sum = warp_sum(sums[r]);
      if (lane == 0) {
        for (unsigned other = 0; other < kWarps; ++other)
          room[(other * kProductRows + r) * kProductOutputs + i] = other == warp ? sum : 0.0f;
      }
    }
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
  for (unsigned line = warp * 8 + lane / 4; line < lines; line += kWarps * 8) {
    const uint4 bytes = values[line * 4 + lane % 4];
    const unsigned words[4] = {bytes.x, bytes.y, bytes.z, bytes.w};  // one for each output
    float x[kProductRows][kInputs];
    for (unsigned r = 0; r < kProductRows; ++r)
      for (unsigned i = 0; i < kInputs; ++i) {
        const unsigned c = line * kInputs + i;
        const bool there = first_row + r < p.rows && c < p.inputs;
        x[r][i] = there ? p.x[static_cast<std::uint64_t>(first_row + r) * p.inputs + c] : 0.0f;
      }
    for (unsigned o = 0; o < 4; ++o) {
      float block = 1;
      if (kInt4)
        block = static_cast<float>(
            p.block_scales[(static_cast<std::uint64_t>(panel) * (p.inputs / 32) + line / 4) * 16 + lane % 4 * 4 + o]);
      for (unsigned i = 0; i < kInputs; ++i) {
        const int value = kInt4 ? static_cast<int>(words[o] >> (i % 4 * 8 + i / 4 * 4) & 15) - 8
                                : static_cast<int>(words[o] >> i * 8 & 255) - 128;
        const float weight = block * static_cast<float>(value);
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
  __shared__ float room[kWarps * kProductRows * kProductOutputs];
  const unsigned first_row = blockIdx.y * kProductRows, first_output = blockIdx.x * kProductOutputs;
  if (p.scales == nullptr)
    float_products(p, room, first_row, first_output);
  else if (p.block_scales == nullptr)
    panel_products<false>(p, room, first_row, blockIdx.x);
  else
    panel_products<true>(p, room, first_row, blockIdx.x);
  __syncthreads();
  write_products(p, room, first_row, first_output);
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
