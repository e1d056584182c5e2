// Runs a kernel: block after block, and in a block each thread as a fiber that goes on until it waits for others.
#pragma once

#include "tests/cuda_emulator/include/device.h"

#include <cstddef>
#include <functional>
#include <string>

namespace sparsight::emulator {

struct Launch {
  std::string kernel;
  dim3 grid, block;
  std::size_t shared_bytes = 0;  // dynamic
  std::function<void()> body;    // the kernel with its parameters, run once for each thread
};

// "": it ran. Otherwise what the first thing was that is undefined on a device, and where.
[[nodiscard]] std::string run(const Launch& launch);

// The thread of the block that runs now; nullptr on the host.
struct ThreadState {
  uint3 index;
  unsigned number;  // in its block
};
[[nodiscard]] const ThreadState* running();
[[nodiscard]] bool on_stack(const void* at);  // of the thread that runs: its registers and local memory
// For checks: reports and ends the kernel; does not return.
[[noreturn]] void stop_kernel(const std::string& why);

constexpr unsigned kWarp = 32;
constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kMaxDynamicShared = std::size_t{227} * 1024;  // sm_90

}  // namespace sparsight::emulator
