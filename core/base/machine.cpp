#include "core/base/machine.h"

#include "core/base/os/os.h"
#include "kernels/backends.h"
#include "kernels/cores.h"

namespace sparsight {

std::size_t usable_cores() { return cpu_cores(); }

MachineInfo describe_machine() {
  const cpu::Cores cores = cpu::find_cores();
  return {.cpu = os::cpu_name(),
          .cpu_targets = cpu_targets(),
          .multiplies_bf16 = cpu_arithmetic(Arithmetic::Bf16) == Arithmetic::Bf16,
          .physical_cores = cores.physical(),
          .efficiency_cores = cores.efficiency,
          .threads = cores.threads(),
          .memory_bytes = os::memory_bytes(),
          .available_memory_bytes = os::available_memory()};
}

}  // namespace sparsight
