#include "kernels/cuda/driver.h"

#include "kernels/cuda/device_image.h"

#include <algorithm>
#include <array>

namespace sparsight::cuda {
namespace {

#ifdef _WIN32
constexpr std::array kNames = {"nvcuda.dll"};
#else
constexpr std::array kNames = {"libcuda.so.1"};
#endif
// The first whose functions are all there as they are used.
constexpr int kOldestDriver = 12000;

}  // namespace

std::string version_text(int version) { return fmt::format("{}.{}", version / 1000, version % 1000 / 10); }

Driver::Driver(std::span<const std::filesystem::path> folders) : library_(kNames, folders) {
  if (!library_.loaded()) {
    why_ = fmt::format("no NVIDIA driver: {}", library_.why());
    return;
  }
  const char* missing = nullptr;
#define SPARSIGHT_FIND(name, symbol, parameters) \
  if (!library_.find(name, #symbol) && missing == nullptr) missing = #symbol;
  SPARSIGHT_CUDA_DRIVER(SPARSIGHT_FIND)
#undef SPARSIGHT_FIND
  if (driver_version != nullptr) driver_version(&version_);
  emulated_ = library_.has("emulator_living");
  const int oldest = std::max(kOldestDriver, oldest_driver_of_image());
  if (version_ != 0 && version_ < oldest) {
    why_ = fmt::format("the NVIDIA driver supports CUDA {}, Sparsight needs {} or later: install a newer driver",
                       version_text(version_), version_text(oldest));
    return;
  }
  if (missing != nullptr) {
    why_ = fmt::format("the NVIDIA driver ({}) has no function {}: install a newer driver", library_.name(), missing);
    return;
  }
  if (const Result result = init(0); result != Result::Success) {
    why_ = result == Result::NoDevice ? "the NVIDIA driver finds no GPU"
                                      : fmt::format("the NVIDIA driver does not start: {}", text(result));
  }
}

std::string Driver::text(Result result) const {
  const char* words = nullptr;
  if (error_text != nullptr) error_text(result, &words);
  return words != nullptr ? std::string(words) : fmt::format("error {}", static_cast<int>(result));
}

void Driver::refuse(Result result, std::string_view what) const {
  fail(result == Result::OutOfMemory ? ErrorKind::Memory : ErrorKind::Device, "GPU: {}: {}", what, text(result));
}

}  // namespace sparsight::cuda
