#include "tests/cuda_emulator.h"

#include <dlfcn.h>

#include <catch2/catch.hpp>

#include "tests/tested_backend.h"

#include <cstdlib>
#include <string_view>

namespace sparsight::test {

#ifdef SPARSIGHT_CUDA_EMULATOR
const CudaEmulator* cuda_emulator() {
  static const CudaEmulator emulator = [] {
    void* library = ::dlopen(SPARSIGHT_CUDA_EMULATOR "/libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) FAIL(::dlerror());
    CudaEmulator all;
#define SPARSIGHT_FIND(name, result, parameters) \
  all.name = reinterpret_cast<result(*) parameters>(::dlsym(library, #name));
    SPARSIGHT_EMULATOR_CONTROL(SPARSIGHT_FIND)
#undef SPARSIGHT_FIND
    return all;
  }();
  return &emulator;
}

CudaOptions emulated_cuda() { return {.device = 0, .folders = {SPARSIGHT_CUDA_EMULATOR}}; }
CudaOptions tested_cuda() { return emulated_cuda(); }

bool tests_cuda() {
  const char* wanted = std::getenv("SPARSIGHT_TEST_BACKEND");  // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr && std::string_view(wanted) == "cuda";
}
MakeBackend tested_backend() {
  return tests_cuda() ? cuda_backend({.device = 0, .folders = {SPARSIGHT_CUDA_EMULATOR_UNCHECKED}}) : cpu_backend();
}
#else
// The kit for a real GPU (tests/gpu).
const CudaEmulator* cuda_emulator() { return nullptr; }
CudaOptions tested_cuda() { return {}; }
bool tests_cuda() { return true; }
MakeBackend tested_backend() { return cuda_backend(); }
#endif

}  // namespace sparsight::test
