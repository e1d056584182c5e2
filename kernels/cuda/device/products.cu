// Products of few rows, at the rate at which memory gives the weights, and those that pruning needs in double.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

constexpr unsigned kProductWarps = kProductThreads / kWarpLanes;

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
__device__ __forceinline__ void chunk_products(const ProductRows& in, const ProductPart& part,
                                               float (&sums)[2][kProductRows], unsigned output) {
  constexpr unsigned kCount = kChunk<kType>;
  const unsigned chunks = in.inputs / kCount, lane = threadIdx.x % kWarpLanes;
  const bool second = output + 1 < part.outputs;
  const uint4* weights = static_cast<const uint4*>(part.values) + static_cast<std::uint64_t>(output) * chunks;
#pragma unroll 2
  for (unsigned chunk = lane; chunk < chunks; chunk += kWarpLanes) {
    const uint4 a = weights[chunk], b = weights[second ? chunks + chunk : chunk];
#pragma unroll
    for (unsigned r = 0; r < kProductRows; ++r) {
      if (r >= in.rows) break;
      const float4* x =
          reinterpret_cast<const float4*>(in.x + static_cast<std::uint64_t>(r) * in.inputs) + chunk * (kCount / 4);
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
__device__ __forceinline__ void single_products(const ProductRows& in, const ProductPart& part,
                                                float (&sums)[2][kProductRows], unsigned output) {
  for (unsigned o = 0; o < 2 && output + o < part.outputs; ++o) {
    const std::uint64_t weights = static_cast<std::uint64_t>(output + o) * in.inputs;
    for (unsigned c = threadIdx.x % kWarpLanes; c < in.inputs; c += kWarpLanes) {
      const float weight = load(part.values, part.type, weights + c);
      for (unsigned r = 0; r < kProductRows && r < in.rows; ++r)
        sums[o][r] += in.x[static_cast<std::uint64_t>(r) * in.inputs + c] * weight;
    }
  }
}

__device__ __forceinline__ void float_products(const ProductRows& in, const ProductPart& part, float* room,
                                               unsigned first_output) {
  static_assert(kProductOutputs == 2 * kProductWarps, "two outputs for each warp");
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
  const unsigned output = first_output + warp * 2;
  float sums[2][kProductRows] = {};
  if (output < part.outputs) {
    if (part.in_chunks == 0)
      single_products(in, part, sums, output);
    else if (part.type == Type::F32)
      chunk_products<Type::F32>(in, part, sums, output);
    else if (part.type == Type::F16)
      chunk_products<Type::F16>(in, part, sums, output);
    else
      chunk_products<Type::BF16>(in, part, sums, output);
  }
  for (unsigned o = 0; o < 2; ++o)
#pragma unroll
    for (unsigned r = 0; r < kProductRows; ++r) {
      if (r >= in.rows) break;
      const float sum = warp_sum(sums[o][r]);
      if (lane == 0) room[r * kProductOutputs + warp * 2 + o] = sum;
    }
}

// Four inputs of a row; zeros where there are none.
__device__ __forceinline__ void load_quad(const ProductRows& in, const ProductPart& part, unsigned row, unsigned first,
                                          float (&x)[4]) {
  const float* from = in.x + static_cast<std::uint64_t>(row) * in.inputs + first;
  if (row < in.rows && part.in_chunks != 0) {
    const float4 four = *reinterpret_cast<const float4*>(from);
    x[0] = four.x, x[1] = four.y, x[2] = four.z, x[3] = four.w;
  } else {
#pragma unroll
    for (unsigned i = 0; i < 4; ++i) x[i] = row < in.rows && first + i < in.inputs ? from[i] : 0.0f;
  }
}

// A panel of 16 outputs lies in one piece: 64 bytes are 4 (int8) or 8 (int4) inputs of all of them, of which four lanes
// take 16 bytes each, that is, four outputs. Warps take stretches of the inputs.
template <bool kInt4>
__device__ __forceinline__ void panel_products(const ProductRows& in, const ProductPart& part, float* room,
                                               unsigned panel) {
  constexpr unsigned kInputs = kInt4 ? 8 : 4;  // of 64 bytes
  const unsigned warp = threadIdx.x / kWarpLanes, lane = threadIdx.x % kWarpLanes;
  const unsigned lines = (in.inputs + kInputs - 1) / kInputs;
  const uint4* values = static_cast<const uint4*>(part.values) + static_cast<std::uint64_t>(panel) * lines * 4;
  float sums[kProductRows][4] = {};
#pragma unroll 2
  for (unsigned line = warp * 8 + lane / 4; line < lines; line += kProductWarps * 8) {
    const uint4 bytes = values[line * 4 + lane % 4];
    const unsigned words[4] = {bytes.x, bytes.y, bytes.z, bytes.w};  // one for each output
    float blocks[4];
#pragma unroll
    for (unsigned o = 0; o < 4; ++o)
      blocks[o] = kInt4 ? static_cast<float>(
                              part.block_scales[(static_cast<std::uint64_t>(panel) * (in.inputs / 32) + line / 4) * 16 +
                                                lane % 4 * 4 + o])
                        : 1.0f;
#pragma unroll
    for (unsigned quad = 0; quad < kInputs / 4; ++quad) {
      const unsigned first = line * kInputs + quad * 4;
      float x[kProductRows][4];
#pragma unroll
      for (unsigned r = 0; r < kProductRows; ++r) load_quad(in, part, r, first, x[r]);
#pragma unroll
      for (unsigned o = 0; o < 4; ++o)
#pragma unroll
        for (unsigned i = 0; i < 4; ++i) {
          const int value = kInt4 ? static_cast<int>(words[o] >> (i * 8 + quad * 4) & 15) - 8
                                  : static_cast<int>(words[o] >> i * 8 & 255) - 128;
          const float weight = blocks[o] * static_cast<float>(value);
#pragma unroll
          for (unsigned r = 0; r < kProductRows; ++r) sums[r][o] += x[r][i] * weight;
        }
    }
  }
  for (unsigned r = 0; r < kProductRows && r < in.rows; ++r)
    for (unsigned o = 0; o < 4; ++o) {
      float sum = sums[r][o];
      for (unsigned apart = 4; apart < kWarpLanes; apart *= 2) sum += __shfl_xor_sync(kAllLanes, sum, apart);
      if (lane < 4) room[(warp * kProductRows + r) * kProductOutputs + lane * 4 + o] = sum;
    }
}

// Those of this block: at most kProductRows.
__device__ __forceinline__ ProductRows rows_of_block(const ProductRows& in) {
  const unsigned first = blockIdx.y * kProductRows;
  return {in.x + static_cast<std::uint64_t>(first) * in.inputs, min(in.rows - first, kProductRows), in.inputs};
}

// The products of a block's outputs, into `room`: of each warp apart where the weights are integers.
__device__ __forceinline__ void block_products(const ProductRows& in, const ProductPart& part, float* room,
                                               unsigned block) {
  if (part.scales == nullptr)
    float_products(in, part, room, block * kProductOutputs);
  else if (part.block_scales == nullptr)
    panel_products<false>(in, part, room, block);
  else
    panel_products<true>(in, part, room, block);
}

// What `room` then has for a row and an output of the block.
__device__ __forceinline__ float product(const ProductPart& part, const float* room, unsigned row, unsigned in_block,
                                         unsigned output) {
  const unsigned warps = part.scales == nullptr ? 1 : kProductWarps;
  float sum = 0;
  for (unsigned warp = 0; warp < warps; ++warp) sum += room[(warp * kProductRows + row) * kProductOutputs + in_block];
  if (part.scales != nullptr) sum *= part.scales[output];
  return part.bias != nullptr ? sum + part.bias[output] : sum;
}

constexpr unsigned kProductRoom = kProductWarps * kProductRows * kProductOutputs;
constexpr unsigned kProductBlocks = 3;  // on a multiprocessor, so that many loads are on their way

}  // namespace

extern "C" __global__ void __launch_bounds__(kProductThreads, kProductBlocks) row_products(RowProducts p) {
  __shared__ float room[kProductRoom];
  unsigned which = 0;
  while (which + 1 < kProductParts && blockIdx.x >= p.first_block[which + 1]) ++which;
  const ProductPart& part = p.parts[which];
  const unsigned block = blockIdx.x - p.first_block[which];
  block_products(rows_of_block(p.in), part, room, block);
  __syncthreads();
  const unsigned in_rows = threadIdx.x / kProductOutputs, in_block = threadIdx.x % kProductOutputs;
  const unsigned row = blockIdx.y * kProductRows + in_rows, output = block * kProductOutputs + in_block;
  if (in_rows >= kProductRows || row >= p.in.rows || output >= part.outputs) return;
  float* out = part.out + static_cast<std::uint64_t>(row) * part.outputs + output;
  const float value = apply(p.function, product(part, room, in_rows, in_block, output));
  *out = p.accumulate != 0 ? *out + value : value;
}

extern "C" __global__ void __launch_bounds__(kProductThreads, kProductBlocks) gated_products(GatedProducts p) {
  __shared__ float gate_room[kProductRoom], up_room[kProductRoom];
#pragma unroll 1
  for (unsigned i = 0; i < 2; ++i)
    block_products(rows_of_block(p.in), i == 0 ? p.gate : p.up, i == 0 ? gate_room : up_room, blockIdx.x);
  __syncthreads();
  const unsigned in_rows = threadIdx.x / kProductOutputs, in_block = threadIdx.x % kProductOutputs;
  const unsigned row = blockIdx.y * kProductRows + in_rows, output = blockIdx.x * kProductOutputs + in_block;
  if (in_rows >= kProductRows || row >= p.in.rows || output >= p.gate.outputs) return;
  const float gate = apply(p.function, product(p.gate, gate_room, in_rows, in_block, output));
  p.gate.out[static_cast<std::uint64_t>(row) * p.gate.outputs + output] =
      gate * product(p.up, up_room, in_rows, in_block, output);
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
