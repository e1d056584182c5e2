// Products of matrices by cuBLASLt, loaded when the program runs.
#pragma once

#include "kernels/cuda/blas_abi.h"
#include "kernels/cuda/gpu.h"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>

namespace sparsight::cuda {

// The version of the library that Blas would load, "13.0.2"; empty if there is none, and `why` says why.
[[nodiscard]] std::string blas_version(std::span<const std::filesystem::path> folders, std::string& why);

class Blas {
 public:
  // Error{Device} with the reason if the library is not there. Borrows the GPU, which is current.
  Blas(Gpu& gpu, std::span<const std::filesystem::path> folders);
  ~Blas();
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;

  [[nodiscard]] std::string version() const;

  // out = x W^T, or out += x W^T. x [rows, inputs] and W [outputs, inputs] of one type, out [rows, outputs] F32. Sums
  // in float32; F32 factors are not rounded.
  void product(const void* x, const void* weight, DataType type, std::size_t rows, std::size_t inputs,
               std::size_t outputs, float* out, bool accumulate);

 private:
  // A product of one shape, with the algorithm that the library proposed for it.
  struct Plan;
  // type, rows, inputs, outputs, and to how many bytes x, W and out are aligned
  using Key = std::tuple<DataType, std::size_t, std::size_t, std::size_t, unsigned, unsigned, unsigned>;

  void check(BlasResult result, std::string_view what) const;
  [[nodiscard]] const Plan& plan(const Key& key);

  Gpu& gpu_;
  Library library_;
  BlasHandle handle_ = nullptr;
  Tensor workspace_;
  std::map<Key, std::unique_ptr<Plan>> plans_;

#define SPARSIGHT_DECLARE(name, symbol, result, parameters) result(*name##_) parameters = nullptr;
  SPARSIGHT_CUDA_BLAS(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE
};

}  // namespace sparsight::cuda
