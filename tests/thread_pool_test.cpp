// The compute threads, seen from outside.
#include <catch2/catch.hpp>

#include "kernels/backends.h"
#include "tests/tensors.h"

#include <unistd.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

namespace sparsight::test {

namespace {

// The other threads of this process, and how often each has gone to sleep.
struct Others {
  std::map<std::string, std::string> sleeps;  // by thread
  bool all_sleep = true;
};

Others other_threads() {
  Others others;
  const std::string self = std::to_string(gettid());
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (task.path().filename() == self) continue;
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("State:") && line.find("(sleeping)") == std::string::npos) others.all_sleep = false;
      if (line.starts_with("voluntary_ctxt_switches:")) others.sleeps[task.path().filename()] = line;
    }
  }
  return others;
}

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

TEST_CASE("idle threads sleep", "[kernels]") {
  const auto backend = make_cpu_backend({.threads = 4});
  const SharedTensor x = random_tensor(Shape{64, 512}, 1), weight = random_tensor(Shape{512, 512}, 2);
  SharedTensor out(Shape{64, 512});
  for (int i = 0; i < 3; ++i) {
    backend->linear({.x = x, .weight = weight, .bias = {}}, out);
    const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!other_threads().all_sleep && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    const Others before = other_threads();
    REQUIRE(before.all_sleep);
    REQUIRE(before.sleeps.size() >= 3);
    // While this thread works, none of them wakes up to look for work.
    const double until = seconds_of(CLOCK_THREAD_CPUTIME_ID) + 0.05;
    while (seconds_of(CLOCK_THREAD_CPUTIME_ID) < until) {
    }
    CHECK(other_threads().sleeps == before.sleeps);
  }
}

TEST_CASE("threads left to other work compute nothing, and return afterwards", "[kernels]") {
  const auto processors_busy = [](const auto& work) {  // per second in which the calling thread works
    const double all = seconds_of(CLOCK_PROCESS_CPUTIME_ID), own = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    work();
    return (seconds_of(CLOCK_PROCESS_CPUTIME_ID) - all) / (seconds_of(CLOCK_THREAD_CPUTIME_ID) - own);
  };
  const auto backend = make_cpu_backend({.threads = 4});
  // Large: the others do wake up, to see that there is nothing for them.
  const SharedTensor x = random_tensor(Shape{300, 1024}, 1), weight = random_tensor(Shape{8192, 1024}, 2);
  SharedTensor all(Shape{300, 8192}), some(Shape{300, 8192});
  backend->linear({.x = x, .weight = weight, .bias = {}}, all);
  for (const std::size_t left : {2, 3, 100, 0, 1}) {
    CAPTURE(left);
    backend->reserve_host_threads(left);
    const double busy = processors_busy([&] { backend->linear({.x = x, .weight = weight, .bias = {}}, some); });
    if (left >= 3) CHECK(busy < 1.3);  // only the calling thread
    CHECK(std::memcmp(all.data(), some.data(), all.view().bytes()) == 0);
  }
  CHECK_THAT(backend->info().details, Catch::VectorContains(std::string("threads 4")));
}

}  // namespace sparsight::test
