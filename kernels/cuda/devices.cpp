// Which GPUs there are, and why one cannot be used.
#include "kernels/cuda/devices.h"

#include "kernels/cuda/blas.h"
#include "kernels/cuda/device_image.h"

#include <array>

namespace sparsight {
namespace {

using namespace cuda;  // NOLINT(google-build-using-namespace): this file is about it

constexpr int kOldestCapability[2] = {7, 5};  // Turing: the first that CUDA 13 compiles for

// Sets the reason why a device cannot be used, if there is one.
void give_reason(const Driver& driver, const std::string& no_blas, AskedDevice& asked) {
  CudaDevice& device = asked.device;
  const auto [major, minor] = device.capability;
  if (asked.result != Result::Success)
    device.why_not = fmt::format("the driver says: {}", driver.text(asked.result));
  else if (major * 10 + minor < kOldestCapability[0] * 10 + kOldestCapability[1])
    device.why_not = fmt::format("it has compute capability {}.{}, Sparsight needs {}.{} (GeForce RTX 20 or later)",
                                 major, minor, kOldestCapability[0], kOldestCapability[1]);
  else if (!has_device_image() && !driver.emulated())
    device.why_not = "this build has no code for GPUs: it was made without nvcc";
  else if (!no_blas.empty())
    device.why_not = fmt::format("NVIDIA's cuBLAS cannot be loaded: {}", no_blas);
}

}  // namespace

AskedDevice cuda::ask_device(const Driver& driver, int number) {
  AskedDevice asked;
  CudaDevice& device = asked.device;
  device.number = number;
  std::array<char, 256> name{};
  int multiprocessors = 0;
  const auto ask = [&](const std::string& what, Result result) {
    if (result != Result::Success) {
      asked.result = result;
      asked.what = what;
    }
    return result == Result::Success;
  };
  if (ask(fmt::format("finding GPU {}", number), driver.device_get(&asked.handle, number)) &&
      ask("asking for the GPU's name",
          driver.device_name(name.data(), static_cast<int>(name.size()) - 1, asked.handle)) &&
      ask("asking for the GPU's memory", driver.device_memory(&device.memory_bytes, asked.handle)) &&
      ask("asking for multiprocessors",
          driver.device_attribute(&multiprocessors, DeviceAttribute::MultiprocessorCount, asked.handle)) &&
      ask("asking for its kind",
          driver.device_attribute(&device.capability[0], DeviceAttribute::ComputeCapabilityMajor, asked.handle)) &&
      ask("asking for its kind",
          driver.device_attribute(&device.capability[1], DeviceAttribute::ComputeCapabilityMinor, asked.handle))) {
    device.name = name.data();
    device.multiprocessors = static_cast<std::size_t>(multiprocessors);
  }
  return asked;
}

CudaDevices find_cuda_devices(const CudaOptions& options) {
  CudaDevices found;
  const Driver driver(options.folders);
  if (driver.version() != 0) found.driver = version_text(driver.version());
  if (!driver.usable()) {
    found.why_not = driver.why();
    return found;
  }
  std::string no_blas;
  found.blas = blas_version(options.folders, no_blas);
  int count = 0;
  if (const Result result = driver.device_count(&count); result != Result::Success) {
    found.why_not = fmt::format("the NVIDIA driver does not count its GPUs: {}", driver.text(result));
    return found;
  }
  if (count == 0) found.why_not = "the NVIDIA driver finds no GPU";
  for (int number = 0; number < count; ++number) {
    AskedDevice asked = ask_device(driver, number);
    give_reason(driver, no_blas, asked);
    found.devices.push_back(std::move(asked.device));
  }
  for (const CudaDevice& device : found.devices)
    if (device.why_not.empty()) return found;
  if (!found.devices.empty()) found.why_not = found.devices.front().why_not;
  return found;
}

}  // namespace sparsight
