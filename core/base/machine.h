// What this machine has, for people: `sparsight-cli info` and the app's model page.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sparsight {

struct MachineInfo {
  std::string cpu;                       // as the processor names itself; empty if unknown
  std::vector<std::string> cpu_targets;  // instruction sets that kernels are built for and the CPU has, best first
  bool multiplies_bf16 = false;          // Arithmetic::Bf16 is faster; else it is that of float32
  std::size_t physical_cores = 0;        // those that this process may use, SMT siblings once
  std::size_t efficiency_cores = 0;      // of these, the slower ones of a hybrid CPU
  std::size_t threads = 0;  // compute threads if none are asked for: the system may grant fewer cores' time
  std::size_t memory_bytes = 0;
  std::size_t available_memory_bytes = 0;
};

[[nodiscard]] MachineInfo describe_machine();
[[nodiscard]] std::size_t usable_cores();  // as many as this process may keep busy, at least 1

}  // namespace sparsight
