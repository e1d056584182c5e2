// Where models are computed: the choice as people write it, and what it comes to on this machine. Any thread.
#pragma once

#include "kernels/backends.h"
#include "kernels/error.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

struct DeviceChoice {
  enum class Kind : unsigned char { Auto, Cpu, Cuda };  // Auto: the first GPU that can be used, else the processor
  Kind kind = Kind::Auto;
  int number = -1;  // of a GPU, as the driver counts them; -1: the first that can be used

  [[nodiscard]] bool operator==(const DeviceChoice&) const = default;
};

inline constexpr const char* kDeviceForms = "auto|cpu|cuda[:N]";
inline constexpr const char* kDeviceHelp =
    "What computes: auto, the first GPU that can be used, else the processor; cpu; cuda, an NVIDIA GPU; cuda:N, the "
    "one "
    "with this number, as `sparsight-cli info` lists them; default: auto";
inline constexpr const char* kDeviceWords = "auto, cpu, cuda, or cuda:N with the number of a GPU";
[[nodiscard]] std::optional<DeviceChoice> read_device(std::string_view text);  // nullopt: none of kDeviceWords
[[nodiscard]] std::string to_text(const DeviceChoice& choice);                 // as read_device() takes it

struct DeviceOptions {
  DeviceChoice choice{};
  std::vector<std::filesystem::path> folders{};  // of NVIDIA's libraries, before the program's own and the system's
  CpuOptions cpu{};                              // of the processor; its arithmetic holds on a GPU as well
};
struct Device {
  MakeBackend make;
  std::optional<CudaDevice> gpu{};  // nullopt: the processor
  std::string why_not{};            // where Auto came to the processor: why no GPU is used

  [[nodiscard]] std::string name() const;  // "cpu", "cuda:0"
  // "Computed on the processor. No GPU is used: the NVIDIA driver finds no GPU."
  [[nodiscard]] std::string sentence() const;
};
// Whether a GPU may be what failed: then the processor may do better.
[[nodiscard]] inline bool may_be_of_gpu(ErrorKind error) {
  return error == ErrorKind::Memory || error == ErrorKind::Device;
}
// The warning of a model that the processor computes because the GPU did not take it; nullopt: the choice is not Auto,
// no GPU was tried, or the error cannot be of it.
[[nodiscard]] std::optional<std::string> fallen_back(const DeviceChoice& choice, bool gpu_tried, ErrorKind error,
                                                     std::string_view message);

// find_cuda_devices() with NVIDIA's libraries from `folders`, beside the program, or where the system looks.
[[nodiscard]] CudaDevices find_gpus(const std::vector<std::filesystem::path>& folders = {});
// Asks the driver, unless the processor was chosen. Error{Device} with the reason: there is no such GPU, or it cannot
// be used.
[[nodiscard]] Device find_device(const DeviceOptions& options);
// The same among the GPUs that find_gpus() found with options.folders.
[[nodiscard]] Device find_device(const DeviceOptions& options, const CudaDevices& found);

}  // namespace sparsight
