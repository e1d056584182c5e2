// The device's kernels, compiled for the emulator, by name.
#pragma once

#include <string_view>

namespace sparsight::emulator {

struct Kernel {
  const char* name;
  void (*call)(void** parameters);  // as cuLaunchKernel gives them: one structure
};
[[nodiscard]] const Kernel* find_kernel(std::string_view name);

}  // namespace sparsight::emulator
