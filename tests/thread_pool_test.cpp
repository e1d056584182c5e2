// The compute threads, seen from outside.
#include <catch2/catch.hpp>

#include "kernels/backend.h"
#include "tests/models.h"

#include <chrono>
#include <cstring>
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

TEST_CASE("threads that are left to other work take no part, and come back", "[kernels]") {
  const auto processors_busy = [](const auto& work) {
    const std::clock_t before = std::clock();
    const auto start = std::chrono::steady_clock::now();
    work();
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / wall;
  };
  const auto backend = make_cpu_backend(4);
  const Tensor x = random_tensor(Shape{300, 1024}, 1), weight = random_tensor(Shape{1024, 1024}, 2);
  Tensor all(Shape{300, 1024}), some(Shape{300, 1024});
  backend->linear({.x = x, .weight = weight, .bias = {}}, all);
  for (const std::size_t left : {2, 3, 100, 0, 1}) {
    CAPTURE(left);
    backend->leave_threads(left);
    const double busy = processors_busy([&] { backend->linear({.x = x, .weight = weight, .bias = {}}, some); });
    if (left >= 3) CHECK(busy < 1.3);  // the calling thread alone
    CHECK(std::memcmp(all.data(), some.data(), all.view().bytes()) == 0);
  }
  CHECK(backend->threads() == 4);
}

}  // namespace sparsight::test
