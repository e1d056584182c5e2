#include "tests/cuda_emulator/include/cuda_fp16.h"

namespace sparsight::emulator {

float half_to_float(unsigned short bits) { return of_bits<_Float16>(bits); }
unsigned short float_to_half(float value) { return static_cast<unsigned short>(bits_of(static_cast<_Float16>(value))); }

}  // namespace sparsight::emulator
