// Times of repeated work, and what a report says about the machine.
#pragma once

#include "kernels/peak.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <functional>
#include <vector>

namespace sparsight::bench {

// Milliseconds, a value a run.
class Samples {
 public:
  void add(double ms) { values_.push_back(ms); }
  [[nodiscard]] double median() const;  // of an even number the mean of the middle two
  [[nodiscard]] double least() const;
  [[nodiscard]] nlohmann::ordered_json json() const;  // {"median", "min", "max", "runs"}

 private:
  std::vector<double> values_;
};

// Wall-clock time, and the time that this process computed in, all threads together. The second does not see what other
// programs take from the cores; nor does it see cores that idle.
struct Times {
  Samples wall, cpu;

  void run(const std::function<void()>& work);
  // Floating-point operations a second by the median wall time, and by the least CPU time of `threads` busy threads.
  [[nodiscard]] nlohmann::ordered_json json(double flops, double peak, std::size_t threads) const;
};

// What the rates are compared with, measured now.
struct Peak {
  double flops;       // a second, all threads
  double pair_flops;  // likewise, of pairs of BF16; 0: no instruction
  double int_ops;     // likewise, of the integers that weights are multiplied as; 0: no instruction
  Rate read;          // bytes a second, all threads

  [[nodiscard]] static Peak measure(std::size_t threads);
};

[[nodiscard]] nlohmann::ordered_json machine_json(const Peak& peak, std::size_t threads);
// Up to four significant digits: what is beyond is noise.
[[nodiscard]] double rounded(double value);
void print(const nlohmann::ordered_json& json);

}  // namespace sparsight::bench
