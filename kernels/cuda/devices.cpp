// Which GPUs there are, and why one cannot be used.
#include "kernels/backends.h"
#include "kernels/cuda/blas.h"
#include "kernels/cuda/device_image.h"
#include "kernels/cuda/driver.h"

#include <array>

namespace sparsight {
namespace {

using namespace cuda;  // NOLINT(google-build-using-namespace): this file is about it

constexpr int kOldestCapability[2] = {7, 5};  // Turing: the first that CUDA 13 compiles for

CudaDevice describe(const Driver& driver, int number) {
  CudaDevice device{.number = number};
  DeviceNumber handle = 0;
  std::array<char, 256> name{};
  int multiprocessors = 0;
  const auto failed = [&](Result result) {
    if (result != Result::Success) device.why_not = fmt::format("the driver says: {}", driver.text(result));
    return result != Result::Success;
  };
  if (failed(driver.device_get(&handle, number)) ||
      failed(driver.device_name(name.data(), static_cast<int>(name.size()) - 1, handle)) ||
      failed(driver.device_memory(&device.memory_bytes, handle)) ||
      failed(driver.device_attribute(&multiprocessors, DeviceAttribute::MultiprocessorCount, handle)) ||
      failed(driver.device_attribute(&device.capability[0], DeviceAttribute::ComputeCapabilityMajor, handle)) ||
      failed(driver.device_attribute(&device.capability[1], DeviceAttribute::ComputeCapabilityMinor, handle)))
    return device;
  device.name = name.data();
  device.multiprocessors = static_cast<std::size_t>(multiprocessors);
  const auto [major, minor] = device.capability;
  if (major * 10 + minor < kOldestCapability[0] * 10 + kOldestCapability[1])
    device.why_not = fmt::format("it has compute capability {}.{}, Sparsight needs {}.{} (GeForce RTX 20 or later)",
                                 major, minor, kOldestCapability[0], kOldestCapability[1]);
  return device;
}

}  // namespace

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
    CudaDevice device = describe(driver, number);
    if (device.why_not.empty() && !has_device_image() && !driver.emulated())
      device.why_not = "this build has no code for GPUs: it was made without nvcc";
    if (device.why_not.empty() && found.blas.empty())
      device.why_not = fmt::format("NVIDIA's cuBLAS is not installed: {}", no_blas);
    found.devices.push_back(std::move(device));
  }
  for (const CudaDevice& device : found.devices)
    if (device.why_not.empty()) return found;
  if (!found.devices.empty()) found.why_not = found.devices.front().why_not;
  return found;
}

}  // namespace sparsight
