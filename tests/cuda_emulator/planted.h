// Kernels with one fault each, which the emulator must find, and kernels that come near to one and have none.
#pragma once

namespace sparsight::emulator {

struct Planted {
  float* x;
  float* y;
  unsigned n;
};

#define SPARSIGHT_PLANTED_KERNELS(X) \
  X(planted_nothing)                 \
  X(planted_shared_race)             \
  X(planted_shared_read_first)       \
  X(planted_global_race)             \
  X(planted_block_race)              \
  X(planted_warp_race)               \
  X(planted_unwritten)               \
  X(planted_shared_unwritten)        \
  X(planted_behind_the_end)          \
  X(planted_shared_behind_the_end)   \
  X(planted_misaligned)              \
  X(planted_barrier)                 \
  X(planted_warp_barrier)            \
  X(planted_shuffle)                 \
  X(planted_host_write)              \
  X(planted_atomic)

}  // namespace sparsight::emulator
