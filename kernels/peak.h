// Measures the maximum speed of this CPU, with which sparsight_bench compares. Not used while answering.
#pragma once

#include "kernels/tensor.h"

#include <cstddef>
#include <span>

namespace sparsight {

// Multiplications and additions per second (both counted) that `threads` threads reach together with independent
// multiply-adds in registers, in the widest vectors of the chosen CPU target. The best of a few short runs, which take
// about `seconds` in all.
[[nodiscard]] double measure_peak_flops(std::size_t threads, double seconds = 0.5);

// The same with products of BF16 pairs, summed in float32; 0 if the target has no instruction for it.
[[nodiscard]] double measure_peak_pair_flops(std::size_t threads, double seconds = 0.5);

// The same with products of bytes, summed in 32 bits, as int8 weights are multiplied, or of 16-bit integers if the
// target cannot multiply bytes; 0 if it has no instruction for either.
[[nodiscard]] double measure_peak_int_ops(std::size_t threads, double seconds = 0.5);

// Bytes per second that `threads` threads read together from memory far larger than the caches. Allocates `bytes`
// meanwhile: Error{Memory}.
struct Rate {
  double by_cpu_time;  // the best sum of the threads' own rates: other programs do not affect it
  double by_clock;     // the best of all bytes over the time until the last thread finished
};
[[nodiscard]] Rate measure_read_bytes(std::size_t threads, std::size_t bytes = std::size_t{1} << 29,
                                      double seconds = 0.5);
// The same for given memory: on machines with memory of several speeds, that of the bytes that the program computes
// with.
[[nodiscard]] Rate measure_read_bytes(std::size_t threads, std::span<const HostView> memory, double seconds = 0.5);

}  // namespace sparsight
