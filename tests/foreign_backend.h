// A backend whose memory the host cannot touch, like that of a GPU. It computes the same as the CPU's, to the bit.
#pragma once

#include "kernels/backends.h"

#include <memory>
#include <utility>
#include <vector>

namespace sparsight::test {

// Its tensors lie on pages that are accessible only during a call that was given them; any other access is a
// segmentation fault. Weights are copied there as well, and read() returns a copy.
// `weights`: those that it says it takes; those of the CPU's by default.
[[nodiscard]] std::unique_ptr<Backend> make_foreign_backend(const CpuOptions& options = {},
                                                            std::vector<DType> weights = {});
[[nodiscard]] inline MakeBackend foreign_backend(const CpuOptions& options = {}, std::vector<DType> weights = {}) {
  return [options, weights = std::move(weights)] { return make_foreign_backend(options, weights); };
}

}  // namespace sparsight::test
