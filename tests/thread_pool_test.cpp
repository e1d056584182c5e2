// The compute threads, seen from outside.
#include <catch2/catch.hpp>

#include "kernels/backend.h"
#include "tests/models.h"

#include <chrono>
#include <ctime>
#include <thread>

namespace sparsight::test {

TEST_CASE("threads that have nothing to do sleep", "[kernels]") {
  const auto processor_ms = [] { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };  // of all threads
  const auto backend = make_cpu_backend(4);
  const Tensor x = random_tensor(Shape{64, 512}, 1), weight = random_tensor(Shape{512, 512}, 2);
  Tensor out(Shape{64, 512});
  for (int i = 0; i < 3; ++i) {
    backend->linear({.x = x, .weight = weight, .bias = {}}, out);
    const double before = processor_ms();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(processor_ms() - before < 10);  // polling would be 300
  }
}

}  // namespace sparsight::test
