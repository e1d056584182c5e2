// Options for what computes, the arithmetic of weights and how keys and values are stored.
#pragma once

#include "app/cli/values.h"
#include "app/device.h"
#include "kernels/backend.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sparsight::cli {

inline CLI::Option* add_device(CLI::App& command, DeviceChoice& to) {
  return add_value(command, "--device", kDeviceForms, kDeviceHelp, [&to](const std::string& text) -> std::string {
    const std::optional<DeviceChoice> read = read_device(text);
    if (read) to = *read;
    return read ? "" : kDeviceWords;
  });
}

inline CLI::Option* add_kv(CLI::App& command, std::optional<DType>& to, const std::string& help) {
  return add_choice<std::optional<DType>, DType>(command, "--kv", help, to,
                                                 {{"f32", DType::F32}, {"bf16", DType::BF16}});
}

inline CLI::Option* add_arithmetic(CLI::App& command, Arithmetic& to, const std::string& help) {
  return add_choice<Arithmetic, Arithmetic>(command, "--arithmetic", help, to,
                                            {{"f32", Arithmetic::Float32}, {"bf16", Arithmetic::Bf16}});
}

// transformers' names.
inline const std::vector<std::pair<std::string, Activation>>& activation_names() {
  static const std::vector<std::pair<std::string, Activation>> names{{"gelu", Activation::Gelu},
                                                                     {"gelu_pytorch_tanh", Activation::GeluTanh},
                                                                     {"quick_gelu", Activation::QuickGelu},
                                                                     {"silu", Activation::Silu},
                                                                     {"relu", Activation::Relu}};
  return names;
}

}  // namespace sparsight::cli
