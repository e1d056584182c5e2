// CUDA's half precision, as far as the device's sources use it.
#pragma once

#include "tests/cuda_emulator/include/device.h"

struct __half {
  unsigned short bits;
};

inline __half __ushort_as_half(unsigned short bits) { return {bits}; }
inline unsigned short __half_as_ushort(__half value) { return value.bits; }
inline float __half2float(__half value) { return sparsight::emulator::half_to_float(value.bits); }
inline __half __float2half_rn(float value) { return {sparsight::emulator::float_to_half(value)}; }
