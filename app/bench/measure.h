// Times of repeated work, and what a report says about the machine.
#pragma once

#include "app/device.h"
#include "kernels/peak.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <functional>
#include <vector>

namespace sparsight::bench {

// Milliseconds, one value per run.
class Samples {
 public:
  void add(double ms) { values_.push_back(ms); }
  [[nodiscard]] double median() const;                // of an even number: the mean of the middle two
  [[nodiscard]] nlohmann::ordered_json json() const;  // {"median", "min", "max", "runs"}

 private:
  std::vector<double> values_;
};

// Wall-clock time, and CPU time of this process, all threads together. The second leaves out what other programs take
// from the cores, and cores that idle.
struct Times {
  Samples wall, cpu;

  void run(const std::function<void()>& work);
  // Floating-point operations per second by the medians of wall time, and of the CPU time of `threads` busy threads.
  [[nodiscard]] nlohmann::ordered_json json(double flops, double peak, std::size_t threads) const;
};

// What rates are compared with, measured now.
struct Peak {
  double flops;       // per second, all threads
  double pair_flops;  // the same for pairs of BF16; 0: no such instruction
  double int_ops;     // the same for the integers as which weights are multiplied; 0: no such instruction
  Rate read;          // bytes per second, all threads

  [[nodiscard]] static Peak measure(std::size_t threads);
};

[[nodiscard]] nlohmann::ordered_json machine_json(const Peak& peak, std::size_t threads, const Device& device);
// Up to four significant digits; the rest is noise.
[[nodiscard]] double rounded(double value);
void print(const nlohmann::ordered_json& json);

}  // namespace sparsight::bench
