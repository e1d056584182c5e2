// Rows and single numbers: copies, types, norms, rotary embedding, the towers' input.
#include "kernels/cuda/device/common.h"

using namespace sparsight::cuda;

namespace {

template <typename Unit>
__device__ __forceinline__ void copy_units(const void* from, void* to, std::uint64_t from_at, std::uint64_t to_at) {
  static_cast<Unit*>(to)[to_at] = static_cast<const Unit*>(from)[from_at];
}

__device__ __forceinline__ void copy_unit(unsigned unit, const void* from, void* to, std::uint64_t from_at,
                                          std::uint64_t to_at) {
  switch (unit) {
    case 16: return copy_units<uint4>(from, to, from_at, to_at);
    case 4: return copy_units<unsigned>(from, to, from_at, to_at);
    case 2: return copy_units<unsigned short>(from, to, from_at, to_at);
    default: return copy_units<unsigned char>(from, to, from_at, to_at);
  }
}

__device__ __forceinline__ void rotate_row(const Rotate& p, unsigned row) {
  const unsigned half = p.dim / 2;
  const std::uint64_t first = static_cast<std::uint64_t>(row) * p.heads * p.dim;
  for (unsigned i = threadIdx.x; i < p.heads * half; i += blockDim.x) {
    const unsigned j = i % half;
    const std::uint64_t low = first + i / half * p.dim + j, high = low + half;
    const float cos = p.cos[static_cast<std::uint64_t>(row) * half + j];
    const float sin = p.sin[static_cast<std::uint64_t>(row) * half + j];
    const float a = p.x[low], b = p.x[high];
    save(p.out, p.type, low, a * cos - b * sin);
    save(p.out, p.type, high, b * cos + a * sin);
  }
}

// Grows with the number, and falls with the index of equal ones; NaN is above all numbers. Never 0.
__device__ __forceinline__ unsigned long long place_of(float value, unsigned index) {
  const unsigned bits = __float_as_uint(value == 0.0f ? 0.0f : value);  // -0 equals 0
  const bool nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  const unsigned above = nan ? kAllLanes : bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
  return static_cast<unsigned long long>(above) << 32 | ~index;
}

}  // namespace

extern "C" __global__ void copy_rows(CopyRows p) {
  for (std::uint64_t i = grid_thread(); i < p.rows * p.cols; i += grid_threads())
    copy_unit(p.unit, p.from, p.to, i, i / p.cols * p.to_cols + i % p.cols);
}

extern "C" __global__ void gather_rows(GatherRows p) {
  for (std::uint64_t i = grid_thread(); i < p.rows * p.cols; i += grid_threads())
    copy_unit(p.unit, p.from, p.to, p.rows_of[i / p.cols] * p.cols + i % p.cols, i);
}

extern "C" __global__ void widen(Widen p) {
  for (std::uint64_t i = grid_thread(); i < p.count; i += grid_threads()) p.to[i] = load(p.from, p.type, i);
}

extern "C" __global__ void dequantise(Dequantise p) {
  const std::uint64_t count = static_cast<std::uint64_t>(p.outputs) * p.inputs;
  for (std::uint64_t i = grid_thread(); i < count; i += grid_threads()) {
    const unsigned output = static_cast<unsigned>(i / p.inputs), input = static_cast<unsigned>(i % p.inputs);
    const unsigned panel = output / 16, in_panel = output % 16;
    const float scale = p.scales[panel * 16 + in_panel];
    if (p.block_scales == nullptr) {
      const std::uint64_t quads = (p.inputs + 3) / 4;
      const int value = p.values[(panel * quads + input / 4) * 64 + in_panel * 4 + input % 4];
      save(p.to, p.type, i, scale * static_cast<float>(value - 128));
    } else {
      const unsigned byte =
          p.values[(static_cast<std::uint64_t>(panel) * (p.inputs / 8) + input / 8) * 64 + in_panel * 4 + input % 4];
      const int value = static_cast<int>(input % 8 < 4 ? byte & 15 : byte >> 4) - 8;
      const int block =
          p.block_scales[(static_cast<std::uint64_t>(panel) * (p.inputs / 32) + input / 32) * 16 + in_panel];
      save(p.to, p.type, i, scale * static_cast<float>(block * value));
    }
  }
}

extern "C" __global__ void rms_norm(RmsNorm p) {
  __shared__ float room[32];
  const std::uint64_t row = static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  float sum = 0;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) sum += p.x[row + c] * p.x[row + c];
  const float scale = 1.0f / sqrtf(block_sum(sum, room) / static_cast<float>(p.cols) + p.eps);
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x)
    save(p.out, p.type, row + c, p.x[row + c] * scale * p.weight[c]);
}

extern "C" __global__ void layer_norm(LayerNorm p) {
  __shared__ float room[32], more_room[32];
  const float* x = p.x + static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  float* out = p.out + static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  float sum = 0;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) sum += x[c];
  const float mean = block_sum(sum, room) / static_cast<float>(p.cols);
  float squares = 0;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) squares += (x[c] - mean) * (x[c] - mean);
  const float scale = 1.0f / sqrtf(block_sum(squares, more_room) / static_cast<float>(p.cols) + p.eps);
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) out[c] = (x[c] - mean) * scale * p.weight[c] + p.bias[c];
}

extern "C" __global__ void embed(Embed p) {
  const std::uint64_t from = static_cast<std::uint64_t>(p.ids[blockIdx.x]) * p.cols;
  float* out = p.out + static_cast<std::uint64_t>(blockIdx.x) * p.cols;
  for (unsigned c = threadIdx.x; c < p.cols; c += blockDim.x) out[c] = load(p.table, p.type, from + c);
}

extern "C" __global__ void rotate(Rotate p) { rotate_row(p, blockIdx.x); }

extern "C" __global__ void enter_cache(EnterCache p) {
  const unsigned row = blockIdx.x;
  if (blockIdx.y == 0) {
    if (row >= p.first_q) rotate_row(p.q, row - p.first_q);
  } else if (blockIdx.y == 1) {
    rotate_row(p.k, row);
  } else {
    const unsigned cols = p.k.heads * p.k.dim;
    const std::uint64_t first = static_cast<std::uint64_t>(row) * cols;
    for (unsigned c = threadIdx.x; c < cols; c += blockDim.x) save(p.values, p.k.type, first + c, p.v[first + c]);
  }
}

extern "C" __global__ void store(Store p) {
  for (std::uint64_t i = grid_thread(); i < p.count; i += grid_threads()) save(p.out, p.type, i, p.x[i]);
}

extern "C" __global__ void finish(Finish p) {
  for (std::uint64_t i = grid_thread(); i < p.rows * p.cols; i += grid_threads())
    p.out[i] = apply(p.function, p.out[i] + (p.bias != nullptr ? p.bias[i % p.cols] : 0.0f));
}

extern "C" __global__ void gate(Gate p) {
  for (std::uint64_t i = grid_thread(); i < p.rows * p.cols; i += grid_threads()) {
    const float gate = p.gate[i] + (p.gate_bias != nullptr ? p.gate_bias[i % p.cols] : 0.0f);
    const float up = p.up[i] + (p.up_bias != nullptr ? p.up_bias[i % p.cols] : 0.0f);
    p.out[i] = apply(p.function, gate) * up;
  }
}

extern "C" __global__ void __launch_bounds__(kLargestThreads) largest(FindLargest p) {
  __shared__ unsigned long long room[kLargestThreads / kWarpLanes];
  unsigned long long best = 0;
  for (unsigned i = threadIdx.x; i < p.count; i += kLargestThreads) best = max(best, place_of(p.x[i], i));
  for (unsigned apart = kWarpLanes / 2; apart > 0; apart /= 2)
    best = max(best, __shfl_xor_sync(kAllLanes, best, apart));
  if (threadIdx.x % kWarpLanes == 0) room[threadIdx.x / kWarpLanes] = best;
  __syncthreads();
  if (threadIdx.x != 0) return;
  for (const unsigned long long other : room) best = max(best, other);
  const unsigned index = ~static_cast<unsigned>(best);
  *p.found = {p.x[index], index};
}

extern "C" __global__ void patchify(Patchify p) {
  const unsigned down = p.height / p.patch, across = p.width / p.patch, area = p.patch * p.patch;
  const std::uint64_t cols = static_cast<std::uint64_t>(p.channels) * area;
  const std::uint64_t count = static_cast<std::uint64_t>(p.frames) * down * across * cols;
  for (std::uint64_t i = grid_thread(); i < count; i += grid_threads()) {
    const std::uint64_t token = i / cols;
    const unsigned in_token = static_cast<unsigned>(i % cols), channel = in_token / area, in_patch = in_token % area;
    const unsigned in_frame = static_cast<unsigned>(token % (down * across));
    const unsigned y = in_frame / across * p.patch + in_patch / p.patch;
    const unsigned x = in_frame % across * p.patch + in_patch % p.patch;
    p.out[i] = p.pixels[((token / (down * across) * p.channels + channel) * p.height + y) * p.width + x];
  }
}

extern "C" __global__ void tower_input(TowerInput p) {
  const unsigned heads = p.cls != nullptr ? 1 : 0;
  for (std::uint64_t i = grid_thread(); i < p.rows * p.cols; i += grid_threads()) {
    const std::uint64_t row = i / p.cols;
    const unsigned c = static_cast<unsigned>(i % p.cols), token = static_cast<unsigned>(row % p.tokens);
    const float value =
        token < heads ? p.cls[c] : p.patches[(row / p.tokens * (p.tokens - heads) + token - heads) * p.cols + c];
    p.out[i] = value + p.positions[static_cast<std::uint64_t>(token) * p.cols + c];
  }
}
