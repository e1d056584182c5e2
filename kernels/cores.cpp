#include "kernels/cores.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <sched.h>
#endif

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sparsight::cpu {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostCpus = 1 << 16;
// A core below this share of the fastest one's speed is an efficiency core; boost clocks differ by less.
constexpr double kClearlySlower = 0.8;

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
  return line;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// CPUs of a list such as "0-3,8"; none if it is not one.
std::vector<std::size_t> cpus_in(const fs::path& file) {
  std::vector<std::size_t> cpus;
  const std::string line = first_line(file);
  for (const std::string_view part : split(line, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = number_in(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number_in(part.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= kMostCpus) return {};
    for (std::size_t cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

bool holds(const std::vector<std::size_t>& cpus, std::size_t cpu) { return std::ranges::find(cpus, cpu) != cpus.end(); }

fs::path folder_of(const fs::path& root, std::size_t cpu) {
  return root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu));
}

// The same for SMT siblings only. Numbers of cores alone do not do: on ARM each cluster may count from 0.
std::string core_of(const fs::path& root, std::size_t cpu) {
  const fs::path topology = folder_of(root, cpu) / "topology";
  for (const char* name : {"core_cpus_list", "thread_siblings_list"})
    if (const auto siblings = cpus_in(topology / name); holds(siblings, cpu))
      return "cpu " + std::to_string(std::ranges::min(siblings));
  const auto package = number_in(first_line(topology / "physical_package_id")),
             core = number_in(first_line(topology / "core_id"));
  if (package && core) return "core " + std::to_string(*package) + " " + std::to_string(*core);
  return "cpu " + std::to_string(cpu);
}

// Of these CPUs, those that are clearly slower than the fastest of the machine.
std::vector<std::size_t> slower_of(const fs::path& root, const std::vector<std::size_t>& allowed) {
  const fs::path devices = root / "sys/devices";
  if (!cpus_in(devices / "cpu_core/cpus").empty()) {  // Intel's kinds of cores
    std::vector<std::size_t> slower = cpus_in(devices / "cpu_atom/cpus");
    for (const std::size_t cpu : cpus_in(devices / "cpu_lowpower/cpus")) slower.push_back(cpu);
    return slower;
  }
  std::vector<std::size_t> all = cpus_in(devices / "system/cpu/present");
  all.insert(all.end(), allowed.begin(), allowed.end());
  for (const char* name : {"cpu_capacity", "cpufreq/cpuinfo_max_freq"}) {
    std::map<std::size_t, std::size_t> speeds;
    std::size_t fastest = 0;
    for (const std::size_t cpu : all)
      if (const auto speed = number_in(first_line(folder_of(root, cpu) / name))) {
        speeds[cpu] = *speed;
        fastest = std::max(fastest, *speed);
      }
    std::vector<std::size_t> slower;
    for (const auto& [cpu, speed] : speeds)
      if (static_cast<double>(speed) < kClearlySlower * static_cast<double>(fastest)) slower.push_back(cpu);
    if (!slower.empty()) return slower;
  }
  return {};
}

// Lowers `quota` to what a control group and those around it grant; `limit(folder)` gives microseconds and their
// period.
template <typename Limit>
void lower_to_groups(const fs::path& mount, const std::string& group, const Limit& limit, std::size_t& quota) {
  fs::path folder = mount / fs::path(group).relative_path();
  for (bool last = false; !last; folder = folder.parent_path()) {
    last = folder.native().size() <= mount.native().size();
    const auto [time, period] = limit(last ? mount : folder);
    if (!time || !period || *time == 0 || *period == 0) continue;
    const std::size_t cores = *time / *period + (*time % *period != 0 ? 1 : 0);
    quota = quota == 0 ? cores : std::min(quota, cores);
  }
}

// Whole cores' worth of time of this process's control groups, of both versions; 0: no limit.
std::size_t quota_of(const fs::path& root) {
  using Limit = std::pair<std::optional<std::size_t>, std::optional<std::size_t>>;
  const auto second = [](const fs::path& folder) -> Limit {
    const std::string line = first_line(folder / "cpu.max");
    const auto parts = split(line, ' ');
    if (parts.size() != 2) return {};
    return {number_in(parts[0]), number_in(parts[1])};
  };
  const auto first = [](const fs::path& folder) -> Limit {
    return {number_in(first_line(folder / "cpu.cfs_quota_us")), number_in(first_line(folder / "cpu.cfs_period_us"))};
  };
  std::size_t quota = 0;
  const fs::path mounts = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto parts = split(line, ':');
    if (parts.size() < 3) continue;
    const std::string names(parts[1]);
    std::string group = line.substr(parts[0].size() + parts[1].size() + 2);
    if (group.find("..") != std::string::npos) group = "/";  // outside of what this process sees
    const auto controllers = split(names, ',');
    if (names.empty())
      lower_to_groups(mounts, group, second, quota);
    else if (std::ranges::find(controllers, "cpu") != controllers.end())
      lower_to_groups(fs::is_directory(mounts / names) ? mounts / names : mounts / "cpu", group, first, quota);
  }
  return quota;
}

}  // namespace

Cores find_cores(const fs::path& root, const std::vector<std::size_t>& allowed) {
  const std::vector<std::size_t> slower = slower_of(root, allowed);
  std::map<std::string, bool> cores;  // and whether each is slower
  for (const std::size_t cpu : allowed) cores.emplace(core_of(root, cpu), holds(slower, cpu));
  Cores found{.quota = quota_of(root)};
  if (cores.empty()) return found;
  found.efficiency =
      static_cast<std::size_t>(std::ranges::count_if(cores, [](const auto& core) { return core.second; }));
  found.performance = cores.size() - found.efficiency;
  return found;
}

#if defined(_WIN32)

Cores find_cores() {
  DWORD bytes = 0;
  ::GetLogicalProcessorInformationEx(RelationProcessorCore, nullptr, &bytes);
  std::vector<std::uint64_t> memory(bytes / sizeof(std::uint64_t) + 1);
  auto* first = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(memory.data());
  if (bytes == 0 || !::GetLogicalProcessorInformationEx(RelationProcessorCore, first, &bytes)) return {};
  // Both are 0 for a process in several groups of processors, whose mask is not restricted.
  DWORD_PTR mask = 0, system = 0;
  if (!::GetProcessAffinityMask(::GetCurrentProcess(), &mask, &system)) mask = 0;
  USHORT count = 1, group = 0;
  if (!::GetProcessGroupAffinity(::GetCurrentProcess(), &count, &group)) mask = 0;
  std::vector<BYTE> classes;  // of the allowed cores; the larger, the faster
  BYTE fastest = 0;
  for (DWORD at = 0; at < bytes;) {
    const auto* one = reinterpret_cast<const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(
        reinterpret_cast<const std::byte*>(memory.data()) + at);
    const PROCESSOR_RELATIONSHIP& core = one->Processor;
    fastest = std::max(fastest, core.EfficiencyClass);
    const GROUP_AFFINITY& where = core.GroupMask[0];  // a core is in one group
    if (mask == 0 || (where.Group == group && (where.Mask & mask) != 0)) classes.push_back(core.EfficiencyClass);
    at += one->Size;
  }
  if (classes.empty()) return {};
  Cores found;
  found.performance = static_cast<std::size_t>(std::ranges::count(classes, fastest));
  found.efficiency = classes.size() - found.performance;
  return found;
}

#else

Cores find_cores() {
  std::vector<std::size_t> allowed;
  for (std::size_t most = CPU_SETSIZE; most <= kMostCpus && allowed.empty(); most *= 2) {
    cpu_set_t* set = CPU_ALLOC(most);
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(most);
    CPU_ZERO_S(bytes, set);
    if (sched_getaffinity(0, bytes, set) == 0)  // else there are more CPUs
      for (std::size_t cpu = 0; cpu < most; ++cpu)
        if (CPU_ISSET_S(cpu, bytes, set)) allowed.push_back(cpu);
    CPU_FREE(set);
  }
  return find_cores("/", allowed);
}

#endif

}  // namespace sparsight::cpu
