// Shared by the emulated driver and the emulated libraries.
#pragma once

#include "kernels/cuda/driver_abi.h"
#include "tests/cuda_emulator/control.h"

#include <string>

#define SPARSIGHT_EXPORT extern "C" __attribute__((visibility("default")))

namespace sparsight::emulator {

// Every exported function begins with it: counts the call, and returns what a test wants to be returned instead.
[[nodiscard]] cuda::Result begin_call(const char* name);
[[nodiscard]] bool has_context();  // of the calling thread
[[nodiscard]] bool is_stream(cuda::Stream stream);
void count_library_object(int change);
// What cuGetErrorString says of the last failed launch.
cuda::Result fail_launch(std::string why);

}  // namespace sparsight::emulator
