// The CUDA driver, loaded when the program runs: a table of its functions.
#pragma once

#include "kernels/cuda/driver_abi.h"
#include "kernels/cuda/library.h"
#include "kernels/error.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sparsight::cuda {

class Driver {
 public:
  // Loads the driver's library from `folders`, else from the system, and initialises it. On failure usable() is false
  // and why() is a sentence for people.
  explicit Driver(std::span<const std::filesystem::path> folders = {});

  [[nodiscard]] bool usable() const { return why_.empty(); }
  [[nodiscard]] const std::string& why() const { return why_; }
  // It runs kernels of its own under their names: the tests' emulated device.
  [[nodiscard]] bool emulated() const { return emulated_; }
  [[nodiscard]] int version() const { return version_; }  // 13000 for 13.0: the newest CUDA that the driver supports

  // Error{Memory} if the device has not enough, else Error{Device} with what was done and the driver's words.
  void check(Result result, std::string_view what) const {
    if (result != Result::Success) refuse(result, what);
  }
  [[nodiscard]] std::string text(Result result) const;  // "an illegal memory access was encountered"

#define SPARSIGHT_DECLARE(name, symbol, parameters) Result(*name) parameters = nullptr;
  SPARSIGHT_CUDA_DRIVER(SPARSIGHT_DECLARE)
#undef SPARSIGHT_DECLARE

 private:
  [[noreturn]] void refuse(Result result, std::string_view what) const;

  Library library_;
  std::string why_;
  int version_ = 0;
  bool emulated_ = false;
};

// "13.0" for 13000.
[[nodiscard]] std::string version_text(int version);

}  // namespace sparsight::cuda
