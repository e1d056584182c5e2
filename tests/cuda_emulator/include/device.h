// What the device's sources (kernels/cuda/device/*.cu) see when a C++ compiler compiles them: CUDA's words, with the
// meaning that the CUDA programming guide gives them. Included before each source (-include). Each thread of a block is
// a fiber; all of them run on one thread of the host.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#define SPARSIGHT_CUDA_EMULATOR 1

// Functions and static variables are each source's own. Shared memory is one section of the library: blocks run one
// after another, so that they can use the same.
#define __global__
#define __device__ static
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static __attribute__((section("emulated_shared")))

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) int4 {
  int x, y, z, w;
};

namespace sparsight::emulator {

// Constant within a thread, so that the compiler may keep them.
[[gnu::const]] uint3 thread_index();
[[gnu::const]] uint3 block_index();
[[gnu::const]] dim3 block_size();
[[gnu::const]] dim3 grid_size();
[[gnu::const]] void* dynamic_shared();

void block_barrier(const char* place);
void warp_barrier(unsigned mask);
// The bits that thread `lane` of the warp gave; all threads in `mask` call it.
std::uint64_t from_lane(unsigned mask, std::uint64_t bits, unsigned lane);
unsigned ballot(unsigned mask, bool vote);
[[gnu::const]] unsigned lane_index();

float atomic_add(float* at, float value);
unsigned atomic_add(unsigned* at, unsigned value);
unsigned atomic_max(unsigned* at, unsigned value);
int atomic_add(int* at, int value);
unsigned long long atomic_max(unsigned long long* at, unsigned long long value);

float half_to_float(unsigned short bits);
unsigned short float_to_half(float value);  // to nearest, ties to even

// d = a b + c of a warp's tile of 16 x 8, by the definition of mma.sync.m16n8k16: fragments as PTX lays them out.
enum class Half { F16, BF16 };
float value_of(Half type, unsigned short bits);
void mma_16x8x16(Half type, float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]);

template <typename T>
std::uint64_t bits_of(T value) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}
template <typename T>
T of_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

}  // namespace sparsight::emulator

#define threadIdx (::sparsight::emulator::thread_index())
#define blockIdx (::sparsight::emulator::block_index())
#define blockDim (::sparsight::emulator::block_size())
#define gridDim (::sparsight::emulator::grid_size())

// A barrier is known by its place, so that threads that wait at two different ones are found.
#define SPARSIGHT_EMULATOR_TEXT_OF(x) #x
#define SPARSIGHT_EMULATOR_TEXT(x) SPARSIGHT_EMULATOR_TEXT_OF(x)
#define __syncthreads() ::sparsight::emulator::block_barrier(__FILE__ ":" SPARSIGHT_EMULATOR_TEXT(__LINE__))
#define __syncwarp() ::sparsight::emulator::warp_barrier(0xFFFFFFFFu)

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, unsigned lanes) {
  using namespace sparsight::emulator;
  return of_bits<T>(from_lane(mask, bits_of(value), lane_index() ^ lanes));
}
template <typename T>
T __shfl_sync(unsigned mask, T value, unsigned lane) {
  using namespace sparsight::emulator;
  return of_bits<T>(from_lane(mask, bits_of(value), lane));
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned lanes) {
  using namespace sparsight::emulator;
  const unsigned from = lane_index() + lanes;
  return of_bits<T>(from_lane(mask, bits_of(value), from < 32 ? from : lane_index()));
}
inline unsigned __ballot_sync(unsigned mask, bool vote) { return sparsight::emulator::ballot(mask, vote); }
inline bool __any_sync(unsigned mask, bool vote) { return sparsight::emulator::ballot(mask, vote) != 0; }
inline bool __all_sync(unsigned mask, bool vote) { return sparsight::emulator::ballot(mask, vote) == mask; }

inline float atomicAdd(float* at, float value) { return sparsight::emulator::atomic_add(at, value); }
inline unsigned atomicAdd(unsigned* at, unsigned value) { return sparsight::emulator::atomic_add(at, value); }
inline int atomicAdd(int* at, int value) { return sparsight::emulator::atomic_add(at, value); }
inline unsigned atomicMax(unsigned* at, unsigned value) { return sparsight::emulator::atomic_max(at, value); }
inline unsigned long long atomicMax(unsigned long long* at, unsigned long long value) {
  return sparsight::emulator::atomic_max(at, value);
}

inline unsigned __float_as_uint(float value) {
  return sparsight::emulator::of_bits<unsigned>(sparsight::emulator::bits_of(value));
}
inline float __uint_as_float(unsigned bits) { return sparsight::emulator::of_bits<float>(bits); }
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }

template <typename T>
T min(T a, T b) {
  return b < a ? b : a;
}
template <typename T>
T max(T a, T b) {
  return a < b ? b : a;
}
