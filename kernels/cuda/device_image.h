// The kernels, compiled for the GPUs that the build names.
#pragma once

namespace sparsight::cuda {

[[nodiscard]] bool has_device_image();     // false: built without nvcc
[[nodiscard]] const void* device_image();  // a fatbin for cuModuleLoadData; some bytes if there is none

}  // namespace sparsight::cuda
