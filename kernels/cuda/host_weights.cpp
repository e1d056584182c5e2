#include "kernels/cuda/host_weights.h"

#include "kernels/cuda/operands.h"
#include "kernels/cuda/products.h"

#include <vector>

namespace sparsight::cuda {
namespace {

// Copying a weight takes as long as a processor takes for about this many rows.
constexpr std::size_t kFewRows = 32;

}  // namespace

Backend& HostWeights::backend() {
  if (!backend_) backend_ = make_cpu_backend(options_);
  return *backend_;
}

bool HostWeights::multiplies(const WeightView& weight, std::size_t rows) {
  return BackendMemory::on_host(weight.values()) && rows <= kFewRows;
}

Tensor HostWeights::from_gpu(TensorView x) {
  Tensor out = backend().make(x.shape(), x.dtype());
  gpu_.read(BackendMemory::address(out), BackendMemory::address(x), x.bytes());
  return out;
}

void HostWeights::to_gpu(TensorView from, Tensor& to) {
  gpu_.write(at<std::byte>(to), BackendMemory::address(from), from.bytes());
}

Tensor HostWeights::normed(const NormedInput& in) {
  if (in.norm.empty()) return from_gpu(in.x);
  Tensor rows = gpu_.make(in.x.shape(), DType::F32);
  normalise(gpu_, in, rows);
  return from_gpu(rows);
}

void HostWeights::linear(const LinearArgs& args, Tensor& out) {
  const Tensor x = from_gpu(args.x);
  Tensor sums = args.accumulate ? from_gpu(out) : backend().make(out.shape(), DType::F32);
  LinearArgs there = args;
  there.x = x;
  backend().linear(there, sums);
  to_gpu(sums, out);
}

void HostWeights::project(const NormedInput& in, std::span<const Projection> parts) {
  const Tensor x = normed(in);
  std::vector<Tensor> outs;
  std::vector<Projection> there(parts.begin(), parts.end());
  for (const Projection& part : parts) outs.push_back(backend().make(part.out->shape(), DType::F32));
  for (std::size_t i = 0; i < parts.size(); ++i) there[i].out = &outs[i];
  backend().project({.x = x}, there);
  for (std::size_t i = 0; i < parts.size(); ++i) to_gpu(outs[i], *parts[i].out);
}

void HostWeights::gated(const NormedInput& in, const GatedArgs& args, Tensor& out) {
  const Tensor x = normed(in);
  Tensor there = backend().make(out.shape(), DType::F32);
  backend().gated({.x = x}, args, there);
  to_gpu(there, out);
}

void HostWeights::embed(TensorView table, std::span<const std::int32_t> ids, Tensor& out) {
  Tensor there = backend().make(out.shape(), DType::F32);
  backend().embed(table, ids, there);
  to_gpu(there, out);
}

}  // namespace sparsight::cuda
