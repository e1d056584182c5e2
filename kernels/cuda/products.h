// Linear layers on the GPU: which kernel or library multiplies, in which type. All calls: the GPU is current, shapes
// are checked.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/blas.h"
#include "kernels/cuda/gpu.h"

#include <filesystem>
#include <span>

namespace sparsight::cuda {

// The RMS norm of in.x, rounded to the type of `out`: F32, F16 or BF16.
void normalise(Gpu& gpu, const NormedInput& in, Tensor& out);

class Products {
 public:
  // Error{Device} without cuBLASLt. Bf16 becomes Float32 on a GPU whose tensor cores have no BF16.
  Products(Gpu& gpu, Arithmetic arithmetic, std::span<const std::filesystem::path> folders);

  [[nodiscard]] Arithmetic arithmetic() const { return arithmetic_; }
  [[nodiscard]] std::string blas_version() const { return blas_.version(); }

  // The rows that products read, in each type that one of them asks for: normalised and rounded once.
  class Rows {
   public:
    Rows(Gpu& gpu, const NormedInput& in) : gpu_(gpu), in_(in) {}
    [[nodiscard]] std::size_t count() const { return in_.x.rows(); }
    [[nodiscard]] TensorView as(DType type);  // F32, F16 or BF16

   private:
    Gpu& gpu_;
    NormedInput in_;
    Tensor f32_, f16_, bf16_;
  };

  // Backend::linear; args.x is not read.
  void multiply(Rows& x, const LinearArgs& args, Tensor& out);
  // Backend::project and Backend::gated; of few rows one launch.
  void project(Rows& x, std::span<const Projection> parts);
  void gated(Rows& x, const GatedArgs& args, Tensor& out);

 private:
  void multiply_few(TensorView x, std::span<const Projection> parts, Activation activation, bool accumulate);
  [[nodiscard]] DType factors_of(const WeightView& weight) const;
  [[nodiscard]] TensorView stored_as(DType type, const WeightView& weight, Tensor& room);

  Gpu& gpu_;
  Arithmetic arithmetic_;
  Blas blas_;
};

}  // namespace sparsight::cuda
