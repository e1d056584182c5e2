// Options that say what numbers are computed with, and kept as.
#pragma once

#include "kernels/backend.h"

#include <CLI/CLI.hpp>

#include <map>
#include <optional>
#include <string>

namespace sparsight::cli {

inline CLI::Option* add_kv(CLI::App& command, std::optional<DType>& to, const std::string& help) {
  return command.add_option("--kv", to, help)
      ->transform(CLI::CheckedTransformer(std::map<std::string, DType>{{"f32", DType::F32}, {"bf16", DType::BF16}}))
      ->type_name("f32|bf16");
}

inline CLI::Option* add_arithmetic(CLI::App& command, Arithmetic& to, const std::string& help) {
  return command.add_option("--arithmetic", to, help)
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Arithmetic>{{"f32", Arithmetic::Float32}, {"bf16", Arithmetic::Bf16}}))
      ->type_name("f32|bf16");
}

}  // namespace sparsight::cli
