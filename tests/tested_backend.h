// The backend that goldens are compared on.
#pragma once

#include "kernels/backends.h"

namespace sparsight::test {

// The CPU's; where SPARSIGHT_TEST_BACKEND is "cuda", that of the emulated GPU (tools/test runs the goldens on both).
[[nodiscard]] MakeBackend tested_backend();
[[nodiscard]] bool tests_cuda();

}  // namespace sparsight::test
