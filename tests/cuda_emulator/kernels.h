// The device's kernels, compiled for the emulator, by name.
#pragma once

#include <cstddef>
#include <string_view>

namespace sparsight::emulator {

struct Kernel {
  const char* name;
  std::size_t parameter_bytes;      // of the one structure that it takes
  void (*call)(void** parameters);  // as cuLaunchKernel gives them
};
[[nodiscard]] const Kernel* find_kernel(std::string_view name);

}  // namespace sparsight::emulator
