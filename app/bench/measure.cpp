#include "app/bench/measure.h"

#include "core/base/machine.h"
#include "core/base/os/os.h"
#include "core/base/stopwatch.h"
#include "core/measure/bench.h"
#include "kernels/backends.h"
#include "sparsight_version.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace sparsight::bench {

using nlohmann::ordered_json;

double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr);
}

double Samples::median() const {
  std::vector<double> sorted = values_;
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  return n == 0 ? 0 : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
}

ordered_json Samples::json() const {
  const auto [least, most] = values_.empty() ? std::ranges::min_max_result(0.0, 0.0) : std::ranges::minmax(values_);
  return {{"median", rounded(median())}, {"min", rounded(least)}, {"max", rounded(most)}, {"runs", values_.size()}};
}

void Times::run(const std::function<void()>& work) {
  const double before = os::process_cpu_seconds();
  const Stopwatch clock;
  work();
  wall.add(clock.ms());
  cpu.add(1e3 * (os::process_cpu_seconds() - before));
}

ordered_json Times::json(double flops, double peak, std::size_t threads) const {
  const double by_wall = flops / wall.median() * 1e3;
  const double by_cpu = flops / cpu.median() * 1e3 * static_cast<double>(threads);
  return {{"wall_ms", wall.json()},
          {"cpu_ms", cpu.json()},
          {"gflops", rounded(by_wall / 1e9)},
          {"share_of_peak", rounded(by_wall / peak)},
          {"gflops_by_cpu_time", rounded(by_cpu / 1e9)},
          {"share_of_peak_by_cpu_time", rounded(by_cpu / peak)}};
}

Peak Peak::measure(std::size_t threads) {
  return {.flops = measure_peak_flops(threads),
          .pair_flops = measure_peak_pair_flops(threads),
          .int_ops = measure_peak_int_ops(threads),
          .read = measure_read_bytes(threads)};
}

ordered_json machine_json(const Peak& peak, std::size_t threads, const Device& device) {
  const MachineInfo machine = describe_machine();
  double load[1] = {0};
  if (getloadavg(load, 1) != 1) load[0] = 0;
  return {{"version", SPARSIGHT_VERSION},
          {"cpu", machine.cpu},
          {"target", cpu_targets().front()},
          {"device", device.gpu ? device.gpu->name : device.name()},
          {"physical_cores", machine.physical_cores},
          {"threads", threads},
          {"load_average", rounded(load[0])},
          {"peak_gflops", rounded(peak.flops / 1e9)},
          {"peak_bf16_gflops", rounded(peak.pair_flops / 1e9)},
          {"peak_int_gops", rounded(peak.int_ops / 1e9)},
          {"read_gb_per_s", rounded(peak.read.by_cpu_time / 1e9)},
          {"read_gb_per_s_by_clock", rounded(peak.read.by_clock / 1e9)}};
}

void print(const ordered_json& json) {
  fmt::print("{}\n", json.dump(2, ' ', false, ordered_json::error_handler_t::replace));
  std::fflush(stdout);
}

}  // namespace sparsight::bench
