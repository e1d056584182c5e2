// The kernels, compiled for the GPUs that the build names.
#pragma once

namespace sparsight::cuda {

[[nodiscard]] bool has_device_image();  // false: built without nvcc
// The oldest driver that runs what this nvcc compiles, as the driver counts versions: that of the same major version of
// CUDA (NVIDIA's "minor version compatibility"). 0 without nvcc.
[[nodiscard]] int oldest_driver_of_image();
[[nodiscard]] const void* device_image();  // a fatbin for cuModuleLoadData; some bytes if there is none

}  // namespace sparsight::cuda
