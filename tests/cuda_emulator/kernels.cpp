#include "tests/cuda_emulator/kernels.h"

#include "kernels/cuda/kernel_list.h"
#include "kernels/cuda/parameters.h"
#include "tests/cuda_emulator/planted.h"

#define SPARSIGHT_DECLARE(kernel, parameters) extern "C" void kernel(sparsight::cuda::parameters);
SPARSIGHT_CUDA_KERNELS(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE
#define SPARSIGHT_DECLARE(kernel) extern "C" void kernel(sparsight::emulator::Planted);
SPARSIGHT_PLANTED_KERNELS(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE

namespace sparsight::emulator {
namespace {

#define SPARSIGHT_ROW(kernel, parameters) \
  {#kernel, sizeof(cuda::parameters), [](void** given) { ::kernel(*static_cast<const cuda::parameters*>(given[0])); }},
#define SPARSIGHT_PLANTED_ROW(kernel) \
  {#kernel, sizeof(Planted), [](void** given) { ::kernel(*static_cast<const Planted*>(given[0])); }},
const Kernel kKernels[] = {SPARSIGHT_CUDA_KERNELS(SPARSIGHT_ROW) SPARSIGHT_PLANTED_KERNELS(SPARSIGHT_PLANTED_ROW)};

}  // namespace

const Kernel* find_kernel(std::string_view name) {
  for (const Kernel& kernel : kKernels)
    if (kernel.name == name) return &kernel;
  return nullptr;
}

}  // namespace sparsight::emulator
