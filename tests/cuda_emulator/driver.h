// Shared by the emulated driver and the emulated libraries.
#pragma once

#include "kernels/cuda/driver_abi.h"
#include "tests/cuda_emulator/control.h"

#include <cstddef>
#include <mutex>
#include <string>

#define SPARSIGHT_EXPORT extern "C" __attribute__((visibility("default")))
// The first lines of the driver's functions.
#define BEGIN_CALL(name)                                                                       \
  if (const Result injected = begin_call(#name); injected != Result::Success) return injected; \
  const std::lock_guard lock(driver_mutex());                                                  \
  if (!is_initialised()) return Result::NotInitialised
#define BEGIN_IN_CONTEXT(name) \
  BEGIN_CALL(name);            \
  if (!has_context()) return Result::InvalidContext
#define REQUIRE_VALUE(condition) \
  if (!(condition)) return Result::InvalidValue

namespace sparsight::emulator {

// Every exported function begins with it: counts the call, and returns what a test wants to be returned instead.
[[nodiscard]] cuda::Result begin_call(const char* name);
[[nodiscard]] std::recursive_mutex& driver_mutex();
[[nodiscard]] bool is_initialised();
[[nodiscard]] bool has_context();  // of the calling thread
[[nodiscard]] bool is_stream(cuda::Stream stream);
void count_library_object(int change);
// What cuGetErrorString says of the last failed launch.
cuda::Result fail_launch(std::string why);

// What a launch is given; nothing of it runs yet. Other results than Success: a driver refuses it.
[[nodiscard]] cuda::Result check_kernel(const cuda::KernelNode& given);
[[nodiscard]] std::size_t parameter_bytes(cuda::Function function);
[[nodiscard]] cuda::Result run_kernel(const cuda::KernelNode& given);
[[nodiscard]] std::size_t living_graphs();
[[nodiscard]] std::size_t living_graph_execs();

}  // namespace sparsight::emulator
