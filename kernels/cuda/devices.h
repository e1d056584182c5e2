// What the driver says of a GPU.
#pragma once

#include "kernels/backends.h"
#include "kernels/cuda/driver.h"

#include <string>

namespace sparsight::cuda {

struct AskedDevice {
  Result result = Result::Success;
  std::string what;  // was asked when the driver refused
  DeviceNumber handle = 0;
  CudaDevice device;  // without why_not
};
[[nodiscard]] AskedDevice ask_device(const Driver& driver, int number);

}  // namespace sparsight::cuda
