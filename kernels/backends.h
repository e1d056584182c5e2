// The available backends and their options.
#pragma once

#include "kernels/backend.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Physical cores that this process may run on, or as much as the system grants it of their time; at least 1. As at the
// first call.
[[nodiscard]] std::size_t cpu_cores();
// Instruction sets that the CPU kernels are built for and this CPU supports, best first: "AVX3", "AVX2", ...
[[nodiscard]] std::vector<std::string> cpu_targets();

// Uses the kernels of this target from now on, in the whole process; "" is the best one. False: not among
// cpu_targets(). For tests and comparisons; not while a backend computes.
bool choose_cpu_target(std::string_view name);

// The arithmetic that the current target uses on this CPU for `wanted`: Float32 without AVX-512 BF16.
[[nodiscard]] Arithmetic cpu_arithmetic(Arithmetic wanted);

struct CpuOptions {
  std::size_t threads = 0;  // 0: as many as cpu_cores()
  Arithmetic arithmetic = Arithmetic::Float32;
  double slow_thread = 1;  // the last thread takes this many times as long: for tests and comparisons
};
// Computes in host memory: read() and borrow() copy nothing.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend(const CpuOptions& options = {});
[[nodiscard]] inline MakeBackend cpu_backend(const CpuOptions& options = {}) {
  return [options] { return make_cpu_backend(options); };
}

struct CudaOptions {
  int device = 0;  // as the driver counts them
  // Bf16: products of more than a few rows in 16 bits, on tensor cores: rows are rounded to the weights' type, BF16 or
  // F16 (values too large for F16 become its largest); quantised weights and both factors of attention are BF16. F32
  // weights are multiplied as float32 either way.
  Arithmetic arithmetic = Arithmetic::Float32;
  std::vector<std::filesystem::path> folders{};  // where NVIDIA's libraries are looked for before the system's places
  CpuOptions
      cpu{};  // of the processor, which computes with the weights that stay on_host(); its arithmetic is not read
};
// A GPU of NVIDIA's.
struct CudaDevice {
  int number = 0;
  std::string name{};            // "NVIDIA GeForce RTX 4090"
  std::size_t memory_bytes = 0;  // in all
  int capability[2] = {};        // compute capability: major, minor
  std::size_t multiprocessors = 0;
  std::string why_not{};  // empty: it can be used; else the reason, for people
};
struct CudaDevices {
  std::vector<CudaDevice> devices;
  std::string driver;   // "13.0": the newest CUDA that the driver supports; empty: there is none
  std::string blas;     // "13.0.2": cuBLASLt's version; empty: there is none
  std::string why_not;  // empty: some device can be used; else the reason why none is
};
// Asks the driver; opens no device. Never throws: what fails is a reason.
[[nodiscard]] CudaDevices find_cuda_devices(const CudaOptions& options = {});
// Computes on an NVIDIA GPU; Error{Device} with the reason if it cannot.
[[nodiscard]] std::unique_ptr<Backend> make_cuda_backend(const CudaOptions& options = {});
[[nodiscard]] inline MakeBackend cuda_backend(const CudaOptions& options = {}) {
  return [options] { return make_cuda_backend(options); };
}

}  // namespace sparsight
