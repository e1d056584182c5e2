// The emulator finds what is undefined on a GPU: kernels with one planted fault each (tests/cuda_emulator/planted.cu).
#include <catch2/catch.hpp>

#include "kernels/cuda/driver.h"
#include "tests/cuda_emulator.h"
#include "tests/cuda_emulator/planted.h"

#include <array>
#include <string>
#include <vector>

namespace sparsight::test {
namespace {

using cuda::Result;
using emulator::Planted;

// A context on the emulated device, with two arrays of 64 numbers; the second one was never written.
class Bench {
 public:
  Bench() : driver_(emulated_cuda().folders) {
    REQUIRE(driver_.why() == "");
    ok(driver_.context_retain(&context_, 0));
    ok(driver_.context_push(context_));
    ok(driver_.module_load(&module_, "any"));
    const std::vector<float> ones(64, 1.0f);
    ok(driver_.memory_take(&x_, ones.size() * sizeof(float)));
    ok(driver_.memory_take(&y_, ones.size() * sizeof(float)));
    ok(driver_.copy_to_device(x_, ones.data(), ones.size() * sizeof(float), nullptr));
  }
  ~Bench() {
    driver_.memory_free(x_);
    driver_.memory_free(y_);
    driver_.module_free(module_);
    driver_.context_pop(&context_);
    driver_.context_release(0);
  }
  void write_y() { ok(driver_.copy_to_device(y_, std::array<float, 64>{}.data(), 64 * sizeof(float), nullptr)); }

  // "": it ran.
  std::string run(const char* kernel, unsigned blocks = 1) {
    cuda::Function function = nullptr;
    ok(driver_.module_function(&function, module_, kernel));
    Planted planted{reinterpret_cast<float*>(x_), reinterpret_cast<float*>(y_), 64};  // NOLINT
    void* parameters[] = {&planted};
    const Result result = driver_.launch(function, blocks, 1, 1, 64, 1, 1, 256, nullptr, parameters, nullptr);
    return result == Result::Success ? "" : driver_.text(result);
  }

 private:
  static void ok(Result result) { REQUIRE(result == Result::Success); }

  cuda::Driver driver_;
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

}  // namespace sparsight::test
