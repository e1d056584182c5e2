// Products with weights that the GPU has no room for, which stay in the host's memory. Few rows go to the processor,
// which reads the weights as fast as its memory gives them; for many rows Products takes copies of them to the GPU. All
// calls: the GPU is current, shapes are checked.
#pragma once

#include "kernels/backends.h"
#include "kernels/cuda/gpu.h"

#include <cstddef>
#include <memory>
#include <span>

namespace sparsight::cuda {

class HostWeights {
 public:
  HostWeights(Gpu& gpu, const CpuOptions& options) : gpu_(gpu), options_(options) {}

  // Makes the tensors. It and its threads come into being when it is first asked for.
  [[nodiscard]] Backend& backend();
  void reserve_threads(std::size_t threads) const {
    if (backend_) backend_->reserve_host_threads(threads);
  }
  // Whether the processor multiplies: the weight is in the host's memory, and the rows are few.
  [[nodiscard]] static bool multiplies(const WeightView& weight, std::size_t rows);

  // Operations of Backend; weights and biases are in the host's memory, the other tensors in the GPU's.
  void linear(const LinearArgs& args, Tensor& out);
  void project(const NormedInput& in, std::span<const Projection> parts);
  void gated(const NormedInput& in, const GatedArgs& args, Tensor& out);
  void embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out);

 private:
  [[nodiscard]] Tensor from_gpu(TensorView x);
  [[nodiscard]] Tensor normed(const NormedInput& in);
  void to_gpu(TensorView from, Tensor& to);

  Gpu& gpu_;
  CpuOptions options_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace sparsight::cuda
