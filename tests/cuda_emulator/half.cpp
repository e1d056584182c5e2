#include "tests/cuda_emulator/include/device.h"

namespace sparsight::emulator {

float half_to_float(unsigned short bits) { return of_bits<_Float16>(bits); }
unsigned short float_to_half(float value) { return static_cast<unsigned short>(bits_of(static_cast<_Float16>(value))); }

float value_of(Half type, unsigned short bits) {
  return type == Half::F16 ? half_to_float(bits) : of_bits<float>(std::uint64_t{bits} << 16);
}

}  // namespace sparsight::emulator
