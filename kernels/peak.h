// What this CPU could do at most: the yardstick of sparsight_bench. Nothing here is used while answering.
#pragma once

#include "kernels/tensor.h"

#include <cstddef>
#include <span>

namespace sparsight {

// Multiplications and additions a second (both counted) that `threads` threads reach together on independent
// multiply-adds in registers, in the widest vectors of the chosen CPU target. The best of a few short runs, which take
// about `seconds` in all.
[[nodiscard]] double measure_peak_flops(std::size_t threads, double seconds = 0.5);

// The same with products of pairs of BF16, summed in float32; 0 where the target has no instruction for it.
[[nodiscard]] double measure_peak_pair_flops(std::size_t threads, double seconds = 0.5);

// The same with products of bytes, or of 16-bit integers where the target has none of bytes, summed in 32 bits, which
// int8 weights are multiplied by; 0 where it has no instruction for either.
[[nodiscard]] double measure_peak_int_ops(std::size_t threads, double seconds = 0.5);

// Bytes a second that `threads` threads read together from memory far larger than the caches. Holds `bytes` meanwhile:
// Error{Memory}.
struct Rate {
  double by_cpu_time;  // the best sum of the threads' own rates: what else runs on the machine does not count
  double by_clock;     // the best of all bytes over the time until the last thread was done
};
[[nodiscard]] Rate measure_read_bytes(std::size_t threads, std::size_t bytes = std::size_t{1} << 29,
                                      double seconds = 0.5);
// The same of memory that is there: where memory has more than one speed, that of the very bytes that are computed
// with.
[[nodiscard]] Rate measure_read_bytes(std::size_t threads, std::span<const HostView> memory, double seconds = 0.5);

}  // namespace sparsight
