// The program's clocks. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace sparsight {

// Measures the time since its construction.
class Stopwatch {
 public:
  [[nodiscard]] double ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }
  [[nodiscard]] double seconds() const { return ms() / 1000; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Wall-clock time: milliseconds since 1970, UTC.
[[nodiscard]] inline std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace sparsight
