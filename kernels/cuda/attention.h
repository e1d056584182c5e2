// Attention on the GPU, and the scores that pruning asks for. All calls: the GPU is current, shapes are checked.
#pragma once

#include "kernels/backend.h"
#include "kernels/cuda/gpu.h"

#include <cstddef>
#include <span>

namespace sparsight::cuda {

// Backend::attention without scores. Bf16: the factors of both products are rounded to BF16, where the GPU has tensor
// cores for them. Error{Device}: heads of more than 256 numbers.
void attend(Gpu& gpu, const AttentionArgs& args, Arithmetic arithmetic, Tensor& out);

// Post-softmax scores, in float32, of some rows of args.q: row rows[i] sees the first visible[i] keys.
struct AskedRows {
  std::span<const std::size_t> rows;
  std::span<const std::size_t> visible;
};
void score(Gpu& gpu, const AttentionArgs& args, const AskedRows& asked, Tensor& out);       // [heads, asked, keys]
void mean_score(Gpu& gpu, const AttentionArgs& args, const AskedRows& asked, Tensor& out);  // [asked, keys]

}  // namespace sparsight::cuda
