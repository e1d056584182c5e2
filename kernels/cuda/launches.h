// Launches of kernels that wait until all of them are started together, as one CUDA graph: a driver takes a few
// microseconds for each launch, and a generated token is hundreds of them.
#pragma once

#include "kernels/cuda/driver.h"
#include "kernels/cuda/kernel_list.h"
#include "kernels/cuda/parameters.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace sparsight::cuda {

// Blocks, threads of each, and the bytes of shared memory beside what the kernel declares.
struct Grid {
  std::size_t x = 1, y = 1, z = 1;
  unsigned threads = 256;
  std::size_t shared_bytes = 0;
  friend bool operator==(const Grid&, const Grid&) = default;
};

// The largest structure that a kernel takes.
#define SPARSIGHT_SIZE(kernel, parameters) sizeof(parameters),
constexpr std::size_t kMostParameterBytes = std::max({SPARSIGHT_CUDA_KERNELS(SPARSIGHT_SIZE) std::size_t{0}});
#undef SPARSIGHT_SIZE

// A kernel with what it is given.
struct Launch {
  // Copies the parameters.
  template <typename Parameters>
  Launch(const char* kernel, Function which, const Parameters& given, const Grid& blocks)
      : name(kernel), function(which), grid(blocks), same_parameters([](const void* a, const void* b) {
          return *static_cast<const Parameters*>(a) == *static_cast<const Parameters*>(b);
        }) {
    static_assert(std::is_trivially_copyable_v<Parameters> && alignof(Parameters) <= 8);
    std::memcpy(parameters.data(), &given, sizeof(given));
  }
  // Of the same kernel.
  [[nodiscard]] bool same_as(const Launch& other) const {
    return grid == other.grid && same_parameters(parameters.data(), other.parameters.data());
  }

  const char* name;
  Function function;
  Grid grid;
  bool (*same_parameters)(const void* a, const void* b);  // as the kernel takes them
  alignas(8) std::array<std::byte, kMostParameterBytes> parameters{};
};

// Starts one now. Error{Device, Memory}.
void start(const Driver& driver, Launch& launch, Stream stream);

// One stream's. All calls that are not const: the GPU is current. One thread at a time.
class Launches {
 public:
  explicit Launches(const Driver& driver);  // borrows it
  ~Launches();
  Launches(const Launches&) = delete;
  Launches& operator=(const Launches&) = delete;

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  void add(const Launch& launch) { waiting_.push_back(launch); }
  void drop() { waiting_.clear(); }
  // Starts them in the order in which they were added, and forgets them, also if it throws: then it is not known which
  // of them ran. Where the same kernels were started before, only what changed is told to the driver. Error{Device,
  // Memory}.
  void issue(Stream stream);

 private:
  class Graph;
  [[nodiscard]] const Graph& graph();
  void start_each(Stream stream);

  const Driver& driver_;
  std::vector<Launch> waiting_;
  std::vector<std::unique_ptr<Graph>> graphs_;  // the one that was used last is the last
};

}  // namespace sparsight::cuda
