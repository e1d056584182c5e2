// The emulated CUDA device for tests.
#pragma once

#include "kernels/backends.h"
#include "tests/cuda_emulator/control.h"

namespace sparsight::test {

// The emulator's library, with what tests ask of it. Loaded once for the whole program.
struct CudaEmulator {
#define SPARSIGHT_DECLARE(name, result, parameters) result(*name) parameters = nullptr;
  SPARSIGHT_EMULATOR_CONTROL(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE
};
// nullptr where this program tests a real device.
[[nodiscard]] const CudaEmulator* cuda_emulator();
[[nodiscard]] CudaOptions emulated_cuda();
[[nodiscard]] inline MakeBackend emulated_backend() { return cuda_backend(emulated_cuda()); }
// The device that operations are compared on: the emulated one; in tools/gpu_kit the machine's.
[[nodiscard]] CudaOptions tested_cuda();

}  // namespace sparsight::test
