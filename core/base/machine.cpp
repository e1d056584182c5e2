#include "core/base/machine.h"

#include "kernels/backends.h"

#include <sys/resource.h>

#include <fstream>
#include <sstream>

namespace sparsight {
namespace {

// The value after `key` and a colon in one of the /proc files.
std::string proc_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return {};
}

std::size_t memory_value(const std::string& key) {
  std::istringstream in(proc_value("/proc/meminfo", key));
  std::size_t kibibytes = 0;
  in >> kibibytes;
  return kibibytes * 1024;
}

}  // namespace

MachineInfo describe_machine() {
  return {.cpu = proc_value("/proc/cpuinfo", "model name"),
          .cpu_targets = cpu_targets(),
          .physical_cores = cpu_cores(),
          .memory_bytes = memory_value("MemTotal"),
          .available_memory_bytes = sparsight::available_memory_bytes(),
          .gpu = "not used: this build has the CPU backend only"};
}

std::size_t available_memory_bytes() { return memory_value("MemAvailable"); }

std::size_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

}  // namespace sparsight
