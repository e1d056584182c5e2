#include "app/device.h"

#include "core/base/os/os.h"
#include "kernels/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sparsight {
namespace {

constexpr std::string_view kCuda = "cuda";

[[noreturn]] void refuse_number(int number, const CudaDevices& found) {
  if (found.devices.empty()) fail(ErrorKind::Device, "no GPU can be used: {}", found.why_not);
  if (found.devices.size() == 1) fail(ErrorKind::Device, "there is no GPU {}: this machine has one, GPU 0", number);
  fail(ErrorKind::Device, "there is no GPU {}: this machine has {}, GPU 0 to {}", number, found.devices.size(),
       found.devices.size() - 1);
}

const CudaDevice& numbered(int number, const CudaDevices& found) {
  const auto gpu = std::ranges::find(found.devices, number, &CudaDevice::number);
  if (gpu == found.devices.end()) refuse_number(number, found);
  if (!gpu->why_not.empty()) fail(ErrorKind::Device, "GPU {} ({}) cannot be used: {}", number, gpu->name, gpu->why_not);
  return *gpu;
}

std::vector<std::filesystem::path> and_program(std::vector<std::filesystem::path> folders) {
  if (const std::filesystem::path program = os::program(); !program.empty()) folders.push_back(program.parent_path());
  return folders;
}

}  // namespace

std::optional<std::string> fallen_back(const DeviceChoice& choice, bool gpu_tried, ErrorKind error,
                                       std::string_view message) {
  if (choice.kind != DeviceChoice::Kind::Auto || !gpu_tried || !may_be_of_gpu(error)) return std::nullopt;
  std::string why = fmt::format("computed on the processor: {}", message);
  return why;
}

CudaDevices find_gpus(const std::vector<std::filesystem::path>& folders) {
  return find_cuda_devices({.folders = and_program(folders)});
}

std::optional<DeviceChoice> read_device(std::string_view text) {
  using Kind = DeviceChoice::Kind;
  if (text == "auto") return DeviceChoice{Kind::Auto};
  if (text == "cpu") return DeviceChoice{Kind::Cpu};
  if (text == kCuda) return DeviceChoice{Kind::Cuda};
  if (!text.starts_with("cuda:")) return std::nullopt;
  const std::string_view digits = text.substr(kCuda.size() + 1);
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  constexpr unsigned kMost = 9999;
  if (error != std::errc() || stop != digits.data() + digits.size() || number > kMost) return std::nullopt;
  return DeviceChoice{Kind::Cuda, static_cast<int>(number)};
}

std::string to_text(const DeviceChoice& choice) {
  if (choice.kind == DeviceChoice::Kind::Auto) return "auto";
  if (choice.kind == DeviceChoice::Kind::Cpu) return "cpu";
  return choice.number >= 0 ? fmt::format("{}:{}", kCuda, choice.number) : std::string(kCuda);
}

std::string Device::name() const { return gpu ? fmt::format("{}:{}", kCuda, gpu->number) : "cpu"; }

std::string Device::sentence() const {
  if (gpu) return fmt::format("Computed on GPU {}, {}.", gpu->number, gpu->name);
  if (why_not.empty()) return "Computed on the processor.";
  return fmt::format("Computed on the processor. No GPU is used: {}.", why_not);
}

Device find_device(const DeviceOptions& options) {
  const bool processor = options.choice.kind == DeviceChoice::Kind::Cpu;
  return find_device(options, processor ? CudaDevices() : find_gpus(options.folders));
}

Device find_device(const DeviceOptions& options, const CudaDevices& found) {
  Device processor{.make = cpu_backend(options.cpu)};
  if (options.choice.kind == DeviceChoice::Kind::Cpu) return processor;
  const auto on = [&](const CudaDevice& gpu) {
    return Device{.make = cuda_backend({.device = gpu.number,
                                        .arithmetic = options.cpu.arithmetic,
                                        .folders = and_program(options.folders),
                                        .cpu = options.cpu}),
                  .gpu = gpu};
  };
  if (options.choice.number >= 0) return on(numbered(options.choice.number, found));
  for (const CudaDevice& gpu : found.devices)
    if (gpu.why_not.empty()) return on(gpu);
  if (options.choice.kind == DeviceChoice::Kind::Cuda) fail(ErrorKind::Device, "no GPU can be used: {}", found.why_not);
  processor.why_not = found.why_not;
  return processor;
}

}  // namespace sparsight
