// How many cores of which kind are found, on copies of the files that Linux has about a machine.
#include <catch2/catch.hpp>

#include "core/base/machine.h"
#include "kernels/backends.h"
#include "kernels/cores.h"
#include "tests/support.h"

#include <fmt/format.h>

#include <filesystem>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::test {

namespace {

using cpu::Cores, cpu::find_cores;

// A machine's files.
class Machine {
 public:
  void write(const std::filesystem::path& name, std::string_view content) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    write_file(folder_ / name, std::string(content) + "\n");
  }
  void of_cpu(std::size_t cpu, const std::string& name, std::string_view content) const {
    write(fmt::format("sys/devices/system/cpu/cpu{}/{}", cpu, name), content);
  }
  // The files of one CPU's place; siblings as a list.
  void add(std::size_t cpu, std::size_t package, std::size_t core, std::string_view siblings) const {
    of_cpu(cpu, "topology/physical_package_id", std::to_string(package));
    of_cpu(cpu, "topology/core_id", std::to_string(core));
    of_cpu(cpu, "topology/core_cpus_list", siblings);
    of_cpu(cpu, "topology/thread_siblings_list", siblings);
  }
  [[nodiscard]] Cores cores(const std::vector<std::size_t>& allowed) const {
    return find_cores(folder_.path(), allowed);
  }
  [[nodiscard]] std::filesystem::path path(std::string_view name) const {
    return folder_ / std::filesystem::path(name);
  }

 private:
  TempDir folder_;
};

std::vector<std::size_t> cpus(std::size_t first, std::size_t count) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), first);
  return all;
}

// Eight performance cores of two threads, CPUs 0 to 15, and eight efficiency cores, 16 to 23.
void write_hybrid(const Machine& machine, bool kinds) {
  for (std::size_t cpu = 0; cpu < 24; ++cpu) {
    const bool fast = cpu < 16;
    const std::size_t first = cpu / 2 * 2;
    machine.add(cpu, 0, fast ? first * 2 : 32 + cpu - 16,
                fast ? fmt::format("{}-{}", first, first + 1) : std::to_string(cpu));
    machine.of_cpu(cpu, "cpufreq/cpuinfo_max_freq", fast ? (first < 4 ? "5200000" : "5000000") : "3900000");
  }
  machine.write("sys/devices/system/cpu/present", "0-23");
  if (!kinds) return;
  machine.write("sys/devices/cpu_core/cpus", "0-15");
  machine.write("sys/devices/cpu_atom/cpus", "16-23");
}

}  // namespace

TEST_CASE("cores of a hybrid CPU: siblings once, slower ones apart", "[kernels][threads]") {
  for (const bool kinds : {true, false}) {  // without, the highest clocks tell
    CAPTURE(kinds);
    const Machine machine;
    write_hybrid(machine, kinds);
    CHECK(machine.cores(cpus(0, 24)) == Cores{8, 8});
    CHECK(machine.cores(cpus(0, 24)).threads() == 16);
    // By affinity: one thread of each of two cores; both threads of one; efficiency cores alone; some of each.
    CHECK(machine.cores({0, 2}) == Cores{2, 0});
    CHECK(machine.cores({6, 7}) == Cores{1, 0});
    CHECK(machine.cores({1}) == Cores{1, 0});
    CHECK(machine.cores(cpus(16, 8)) == Cores{0, 8});
    CHECK(machine.cores({14, 15, 16, 17, 23}) == Cores{1, 3});
  }
}

TEST_CASE("cores of an ultra-mobile CPU with three kinds", "[kernels][threads]") {
  const Machine machine;
  write_hybrid(machine, true);
  for (const std::size_t cpu : {24, 25}) machine.add(cpu, 0, cpu + 40, std::to_string(cpu));
  machine.write("sys/devices/cpu_lowpower/cpus", "24-25");
  CHECK(machine.cores(cpus(0, 26)) == Cores{8, 10});
}

TEST_CASE("cores of machines with one kind", "[kernels][threads]") {
  {
    const Machine virtual_one;  // two cores, no clocks
    for (const std::size_t cpu : {0, 1}) {
      virtual_one.add(cpu, 0, cpu, std::to_string(cpu));
      virtual_one.of_cpu(cpu, "cpu_capacity", "1024");
    }
    CHECK(virtual_one.cores({0, 1}) == Cores{2, 0});
    CHECK(virtual_one.cores({1}) == Cores{1, 0});
  }
  const Machine server;  // two packages of 16 cores with two threads; cores of both have the same numbers
  for (std::size_t cpu = 0; cpu < 64; ++cpu) {
    server.add(cpu, cpu % 32 / 16, cpu % 16, fmt::format("{},{}", cpu % 32, cpu % 32 + 32));
    server.of_cpu(cpu, "cpufreq/cpuinfo_max_freq", cpu % 32 == 3 ? "3700000" : "3500000");  // one is favoured
  }
  CHECK(server.cores(cpus(0, 64)) == Cores{32, 0});
  CHECK(server.cores(cpus(0, 32)) == Cores{32, 0});
  CHECK(server.cores({0, 32, 5, 37, 16}) == Cores{3, 0});
  // An older kernel has no lists of siblings.
  for (std::size_t cpu = 0; cpu < 64; ++cpu)
    std::filesystem::remove_all(server.path(fmt::format("sys/devices/system/cpu/cpu{}/topology/core_cpus_list", cpu)));
  CHECK(server.cores(cpus(0, 64)) == Cores{32, 0});
  for (std::size_t cpu = 0; cpu < 64; ++cpu)
    std::filesystem::remove_all(
        server.path(fmt::format("sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu)));
  CHECK(server.cores(cpus(0, 64)) == Cores{32, 0});
}

TEST_CASE("cores of an ARM CPU with big and little ones", "[kernels][threads]") {
  const Machine machine;
  for (std::size_t cpu = 0; cpu < 8; ++cpu) {
    // Each cluster counts its cores from 0.
    machine.add(cpu, 0, cpu < 4 ? cpu : cpu % 2, std::to_string(cpu));
    machine.of_cpu(cpu, "cpu_capacity", cpu < 4 ? "530" : "1024");
  }
  machine.write("sys/devices/system/cpu/present", "0-7");
  CHECK(machine.cores(cpus(0, 8)) == Cores{4, 4});
  CHECK(machine.cores(cpus(0, 4)) == Cores{0, 4});  // slower than the machine's fastest, which it may not use
  CHECK(machine.cores({4, 7}) == Cores{2, 0});
}

TEST_CASE("cores by files that are missing or broken", "[kernels][threads]") {
  const Machine machine;
  CHECK(machine.cores({}) == Cores{1, 0});
  CHECK(machine.cores({}).threads() == 1);
  CHECK(machine.cores({0, 1, 5}) == Cores{3, 0});  // nothing is known: each is a core
  for (const char* broken : {"", "x", "-", "-1", "3-1", "0-", "0-99999999999999999999", "0-4294967295", "1,,2", "0 1",
                             "0-1,\xff", "18446744073709551616"}) {
    CAPTURE(broken);
    for (const std::size_t cpu : {0, 1, 5}) {
      machine.add(cpu, 0, cpu, broken);
      machine.of_cpu(cpu, "cpu_capacity", broken);
      machine.of_cpu(cpu, "cpufreq/cpuinfo_max_freq", broken);
    }
    for (const char* name : {"sys/devices/cpu_core/cpus", "sys/devices/cpu_atom/cpus", "sys/devices/system/cpu/present",
                             "proc/self/cgroup", "sys/fs/cgroup/cpu.max"})
      machine.write(name, broken);
    CHECK(machine.cores({0, 1, 5}) == Cores{3, 0});
  }
  // A list of siblings that does not hold the CPU itself is no list of siblings.
  for (const std::size_t cpu : {0, 1, 5}) machine.add(cpu, 0, cpu, "7-8");
  CHECK(machine.cores({0, 1, 5}) == Cores{3, 0});
}

TEST_CASE("what a control group grants limits the threads, not the cores", "[kernels][threads]") {
  const auto quota = [](const std::vector<std::pair<std::string, std::string>>& files) {
    const Machine machine;
    for (const auto& [name, content] : files) machine.write(name, content);
    const Cores cores = machine.cores(cpus(0, 8));
    CHECK(cores.physical() == 8);
    CHECK(cores.threads() == (cores.quota == 0 ? 8 : std::min<std::size_t>(8, cores.quota)));
    return cores.quota;
  };
  const std::pair<std::string, std::string> second{"proc/self/cgroup", "0::/a.slice/b"};
  CHECK(quota({second}) == 0);
  CHECK(quota({second, {"sys/fs/cgroup/a.slice/b/cpu.max", "max 100000"}}) == 0);
  CHECK(quota({second, {"sys/fs/cgroup/a.slice/b/cpu.max", "200000 100000"}}) == 2);
  CHECK(quota({second, {"sys/fs/cgroup/a.slice/b/cpu.max", "250000 100000"}}) == 3);
  CHECK(quota({second, {"sys/fs/cgroup/a.slice/b/cpu.max", "20000 100000"}}) == 1);
  CHECK(quota({second, {"sys/fs/cgroup/a.slice/b/cpu.max", "1600000 100000"}}) == 16);
  CHECK(quota({second,
               {"sys/fs/cgroup/a.slice/b/cpu.max", "400000 100000"},
               {"sys/fs/cgroup/a.slice/cpu.max", "300000 100000"},
               {"sys/fs/cgroup/cpu.max", "max 100000"}}) == 3);
  CHECK(quota({{"proc/self/cgroup", "0::/"}, {"sys/fs/cgroup/cpu.max", "100000 100000"}}) == 1);
  CHECK(quota({{"proc/self/cgroup", "0::/../.."}, {"sys/fs/cgroup/cpu.max", "500000 100000"}}) == 5);
  for (const char* broken : {"", "100000", "0 100000", "100000 0", "-1 100000", "1e5 100000", "100000 100000 1"}) {
    CAPTURE(broken);
    CHECK(quota({second, {"sys/fs/cgroup/a.slice/b/cpu.max", broken}}) == 0);
  }
  const std::pair<std::string, std::string> first{"proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/docker/1\n0::/"};
  const std::string of_docker = "sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_";
  CHECK(quota({first, {of_docker + "quota_us", "-1"}, {of_docker + "period_us", "100000"}}) == 0);
  CHECK(quota({first, {of_docker + "quota_us", "150000"}, {of_docker + "period_us", "50000"}}) == 3);
  // Seen from inside, the group is the root.
  CHECK(quota({first,
               {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000"},
               {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000"}}) == 4);
}

TEST_CASE("this machine's cores are those that info and the backend use", "[kernels][threads]") {
  const Cores cores = find_cores();
  CHECK(cores.physical() >= 1);
  CHECK(cpu_cores() == cores.threads());
  const MachineInfo machine = describe_machine();
  CHECK(machine.physical_cores == cores.physical());
  CHECK(machine.efficiency_cores == cores.efficiency);
  CHECK(machine.threads == cores.threads());
  const auto uses = [](std::size_t threads) { return make_cpu_backend({.threads = threads})->info().details; };
  CHECK_THAT(uses(0), Catch::VectorContains(fmt::format("threads {}", cores.threads())));
  for (const std::size_t chosen : {1, 3, 7})
    CHECK_THAT(uses(chosen), Catch::VectorContains(fmt::format("threads {}", chosen)));
}

}  // namespace sparsight::test
