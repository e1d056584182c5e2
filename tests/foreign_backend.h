// A backend whose memory the host cannot touch: what a GPU's would be. Computes as the CPU's does, to the bit.
#pragma once

#include "kernels/backends.h"

#include <memory>

namespace sparsight::test {

// Its tensors lie on pages that nobody may read or write but while a call runs that was given them: whoever looks at
// one outside gets a segmentation fault. Weights are copied there as well, and read() gives a copy.
[[nodiscard]] std::unique_ptr<Backend> make_foreign_backend(const CpuOptions& options = {});
[[nodiscard]] inline MakeBackend foreign_backend(const CpuOptions& options = {}) {
  return [options] { return make_foreign_backend(options); };
}

}  // namespace sparsight::test
