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

// out = f(x W^T + bias), or f(out + x W^T + bias) if it accumulates; the epilogue says which f, and whether with bias.
struct BlasProduct {
  const void* x;       // [rows, inputs]
  const void* weight;  // [outputs, inputs]
  DataType type;       // of both
  std::size_t rows, inputs, outputs;
  float* out;  // [rows, outputs]
  bool accumulate = false;
  Epilogue epilogue = Epilogue::Default;
  const float* bias = nullptr;  // [outputs]; read only if the epilogue has one
};

class Blas {
 public:
  // Error{Device} with the reason if the library is not there. Borrows the GPU, which is current.
  Blas(Gpu& gpu, std::span<const std::filesystem::path> folders);
  ~Blas();
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;

  [[nodiscard]] std::string version() const;

  // Sums in float32; F32 factors are not rounded. False, and `out` is as it was, if the library has no algorithm with
  // this epilogue; without an epilogue that is Error{Device}.
  bool product(const BlasProduct& of);

 private:
  // A product of one shape, with the algorithm that the library proposed for it.
  struct Plan;
  // type, rows, inputs, outputs, epilogue, and to how many bytes x, W, out and the bias are aligned
  using Key =
      std::tuple<DataType, std::size_t, std::size_t, std::size_t, Epilogue, unsigned, unsigned, unsigned, unsigned>;

  void check(BlasResult result, std::string_view what) const;
  [[nodiscard]] const Plan* plan(const BlasProduct& of);  // nullptr: there is no algorithm with its epilogue
  [[nodiscard]] std::unique_ptr<Plan> described(const BlasProduct& of) const;
  [[nodiscard]] bool choose_algorithm(const BlasProduct& of, Plan& to) const;

  Gpu& gpu_;
  Library library_;
  BlasHandle handle_ = nullptr;
  Tensor workspace_;
  std::map<Key, std::unique_ptr<Plan>> plans_;  // nullptr: none

#define SPARSIGHT_DECLARE(name, symbol, result, parameters) result(*name##_) parameters = nullptr;
  SPARSIGHT_CUDA_BLAS(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE
};

}  // namespace sparsight::cuda
