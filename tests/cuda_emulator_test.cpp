// The emulator finds what is undefined on a GPU: kernels with one planted fault each (tests/cuda_emulator/planted.cu).
#include <catch2/catch.hpp>

#include "kernels/cuda/driver.h"
#include "kernels/cuda/parameters.h"
#include "tests/cuda_emulator.h"
#include "tests/cuda_emulator/planted.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace sparsight::test {
namespace {

using cuda::Result;
using emulator::Planted;

// A context on the emulated device, with two arrays of 64 numbers; the second one was never written.
class Bench {
 public:
  cuda::Driver driver;

  Bench() : driver(emulated_cuda().folders) {
    REQUIRE(driver.why() == "");
    ok(driver.context_retain(&context_, 0));
    ok(driver.context_push(context_));
    ok(driver.module_load(&module_, "any"));
    const std::vector<float> ones(64, 1.0f);
    ok(driver.memory_take(&x_, ones.size() * sizeof(float)));
    ok(driver.memory_take(&y_, ones.size() * sizeof(float)));
    ok(driver.copy_to_device(x_, ones.data(), ones.size() * sizeof(float), nullptr));
  }
  ~Bench() {
    driver.memory_free(x_);
    driver.memory_free(y_);
    if (module_ != nullptr) unload();
    driver.context_pop(&context_);
    driver.context_release(0);
  }
  void write_y() { ok(driver.copy_to_device(y_, std::array<float, 64>{}.data(), 64 * sizeof(float), nullptr)); }

  void unload() { ok(driver.module_free(std::exchange(module_, nullptr))); }

  // Numbers a = 1, b, c, d = 4, and graphs of two kernels that copy a to b and b to c.
  class Copies {
   public:
    explicit Copies(Bench& bench) : bench_(bench) {
      for (cuda::DeviceAddress* at : {&a, &b, &c, &d}) ok(bench.driver.memory_take(at, sizeof(float)));
      const float one = 1, four = 4;
      ok(bench.driver.copy_to_device(a, &one, sizeof(one), nullptr));
      ok(bench.driver.copy_to_device(d, &four, sizeof(four), nullptr));
      ok(bench.driver.module_function(&store_, bench.module_, "store"));
    }
    ~Copies() {
      for (const cuda::DeviceAddress at : {a, b, c, d}) bench_.driver.memory_free(at);
    }
    struct Made {
      cuda::GraphHandle graph = nullptr;
      cuda::GraphNode first = nullptr, second = nullptr;
    };
    Made graph() {
      Made made;
      ok(bench_.driver.graph_make(&made.graph, 0));
      cuda::KernelNode node = given(a, b);
      ok(bench_.driver.graph_add_kernel(&made.first, made.graph, nullptr, 0, &node));
      node = given(b, c);
      ok(bench_.driver.graph_add_kernel(&made.second, made.graph, &made.first, 1, &node));
      parameters_ = {};
      return made;
    }
    cuda::GraphExec instantiate(cuda::GraphHandle graph) const {
      cuda::GraphExec made = nullptr;
      ok(bench_.driver.graph_instantiate(&made, graph, 0));
      return made;
    }
    Result add(cuda::GraphHandle graph, cuda::GraphNode after) {
      const cuda::KernelNode node = given(a, b);
      cuda::GraphNode made = nullptr;
      return bench_.driver.graph_add_kernel(&made, graph, after == nullptr ? nullptr : &after, after == nullptr ? 0 : 1,
                                            &node);
    }
    Result change(cuda::GraphExec exec, cuda::GraphNode first, cuda::DeviceAddress from) {
      const cuda::KernelNode node = given(from, b);
      const Result result = bench_.driver.graph_change_kernel(exec, first, &node);
      parameters_ = {};
      return result;
    }
    float run(cuda::GraphExec exec) const {  // c, after it
      float value = 0;
      ok(bench_.driver.graph_launch(exec, nullptr));
      ok(bench_.driver.copy_to_host(&value, c, sizeof(value), nullptr));
      return value;
    }
    cuda::DeviceAddress a = 0, b = 0, c = 0, d = 0;

   private:
    cuda::KernelNode given(cuda::DeviceAddress from, cuda::DeviceAddress to) {
      parameters_ = {reinterpret_cast<float*>(from), reinterpret_cast<void*>(to), 1, cuda::Type::F32};  // NOLINT
      return {store_, 1, 1, 1, 32, 1, 1, 0, all_, nullptr, nullptr, nullptr};
    }
    Bench& bench_;
    cuda::Function store_ = nullptr;
    cuda::Store parameters_{};
    void* all_[1] = {&parameters_};
  };

  // "": it ran.
  std::string run(const char* kernel, unsigned blocks = 1) {
    cuda::Function function = nullptr;
    ok(driver.module_function(&function, module_, kernel));
    Planted planted{reinterpret_cast<float*>(x_), reinterpret_cast<float*>(y_), 64};  // NOLINT
    void* parameters[] = {&planted};
    const Result result = driver.launch(function, blocks, 1, 1, 64, 1, 1, 256, nullptr, parameters, nullptr);
    return result == Result::Success ? "" : driver.text(result);
  }

 private:
  static void ok(Result result) { REQUIRE(result == Result::Success); }

  cuda::Context context_ = nullptr;
  cuda::Module module_ = nullptr;
  cuda::DeviceAddress x_ = 0, y_ = 0;
};

}  // namespace

TEST_CASE("the CUDA emulator finds each planted fault, and none where none is", "[cuda]") {
  const auto [kernel, blocks, why] = GENERATE(table<const char*, unsigned, const char*>({
      {"planted_nothing", 2, ""},
      {"planted_shared_race", 1, "writes 4 bytes at"},
      {"planted_shared_race", 1, "shared memory read by another thread since the last barrier"},
      {"planted_shared_read_first", 1, "shared memory read by another thread since the last barrier"},
      {"planted_global_race", 1, ": written by another thread since the last barrier"},
      {"planted_block_race", 1, ""},
      {"planted_block_race", 2, ": written by another block"},
      {"planted_warp_race", 1, "shared memory read by another thread since the last barrier"},
      {"planted_unwritten", 1, ": memory that nobody wrote"},
      {"planted_shared_unwritten", 1, "shared memory that nobody wrote"},
      {"planted_behind_the_end", 1, "outside of what is allocated"},
      {"planted_shared_behind_the_end", 1, "outside of shared memory"},
      {"planted_misaligned", 1, "reads 16 bytes at"},
      {"planted_misaligned", 1, "misaligned"},
      {"planted_barrier", 1, "ended without reaching the barrier at"},
      {"planted_warp_barrier", 1, "waits at a warp barrier that not all threads of its mask reach"},
      {"planted_shuffle", 1, "a shuffle from a lane that is not in its mask"},
      {"planted_host_write", 1, "no memory of the device"},
      {"planted_atomic", 1, ""},
      {"planted_atomic", 2, ": written by another block"},
  }));
  CAPTURE(kernel, blocks);
  Bench bench;
  if (std::string(kernel) != "planted_unwritten") bench.write_y();
  const std::string found = bench.run(kernel, blocks);
  if (*why == '\0') {
    CHECK(found == "");
  } else {
    CHECK_THAT(found, Catch::Contains(why));
    CHECK_THAT(found, Catch::Contains(std::string("in kernel ") + kernel));
  }
  bench.write_y();
  CHECK(bench.run("planted_nothing") == "");  // one kernel's fault is not the next one's
}

TEST_CASE("the CUDA emulator's graphs keep what they were given, run by their dependencies, and refuse what is not",
          "[cuda]") {
  const emulator::Living before = cuda_emulator()->emulator_living();
  {
    Bench bench;
    Bench::Copies copies(bench);
    const auto [graph, first, second] = copies.graph();
    const cuda::GraphExec exec = copies.instantiate(graph);
    CHECK(copies.run(exec) == 1);  // a -> b -> c, though what the nodes were given has changed since
    // A change is of what was instantiated, from its next launch on.
    CHECK(copies.change(exec, first, copies.d) == Result::Success);
    CHECK(copies.run(exec) == 4);
    const cuda::GraphExec other = copies.instantiate(graph);
    CHECK(copies.run(other) == 1);
    CHECK(copies.run(exec) == 4);

    const auto [separate, elsewhere, last] = copies.graph();
    CHECK(copies.change(exec, elsewhere, copies.d) == Result::InvalidValue);  // a node of another graph
    CHECK(copies.change(exec, nullptr, copies.d) == Result::InvalidValue);
    CHECK(copies.add(graph, elsewhere) == Result::InvalidValue);
    CHECK(copies.add(nullptr, nullptr) == Result::InvalidValue);
    CHECK(bench.driver.graph_free(separate) == Result::Success);
    CHECK(bench.driver.graph_free(separate) == Result::InvalidValue);
    CHECK(copies.add(separate, nullptr) == Result::InvalidValue);
    cuda::GraphExec none = nullptr;
    CHECK(bench.driver.graph_instantiate(&none, separate, 0) == Result::InvalidValue);
    CHECK(bench.driver.graph_instantiate(&none, graph, 1) == Result::InvalidValue);

    CHECK(cuda_emulator()->emulator_living().graphs == before.graphs + 1);
    CHECK(bench.driver.graph_free(graph) == Result::Success);
    CHECK(copies.change(exec, first, copies.a) == Result::InvalidValue);
    CHECK(copies.run(exec) == 4);
    bench.unload();
    CHECK(bench.driver.graph_launch(exec, nullptr) == Result::InvalidHandle);  // its functions are gone
    CHECK(copies.add(graph, nullptr) == Result::InvalidValue);
    for (const cuda::GraphExec each : {exec, other}) CHECK(bench.driver.graph_exec_free(each) == Result::Success);
    CHECK(bench.driver.graph_exec_free(exec) == Result::InvalidValue);
    CHECK(bench.driver.graph_launch(exec, nullptr) == Result::InvalidValue);
  }
  CHECK(cuda_emulator()->emulator_living() == before);
}

}  // namespace sparsight::test
