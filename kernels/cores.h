// The cores that this process may use: how many compute threads make sense here.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace sparsight::cpu {

// Physical cores, each counted once, however many hardware threads (SMT siblings) it has.
struct Cores {
  std::size_t performance = 1;
  std::size_t efficiency = 0;  // those of a hybrid CPU that are clearly slower than its fastest
  std::size_t quota = 0;       // cores' worth of time that the system grants, rounded up; 0: no limit

  [[nodiscard]] std::size_t physical() const { return performance + efficiency; }  // at least 1
  [[nodiscard]] std::size_t threads() const { return quota != 0 && quota < physical() ? quota : physical(); }
  bool operator==(const Cores&) const = default;
};

// Of this process, by its affinity mask. Whatever the system does not say counts as a core of its own, without a limit.
// Any thread; no errors.
[[nodiscard]] Cores find_cores();

// The same by the files of a Linux system under `root`, "/" or a copy, for the allowed logical CPUs.
[[nodiscard]] Cores find_cores(const std::filesystem::path& root, const std::vector<std::size_t>& allowed);

}  // namespace sparsight::cpu
