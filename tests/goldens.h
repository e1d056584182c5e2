// Shared by the tests that compare with a reference implementation's results.
#pragma once

#include "core/model/llama.h"
#include "core/model/weights.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sparsight::test {

// Directories with config.json and expected.json: those that the environment variable names (such directories, or
// directories of these, separated by colons), else those in `places`.
[[nodiscard]] std::vector<std::filesystem::path> golden_dirs(const char* variable,
                                                             const std::vector<std::filesystem::path>& places);
// A clip that a golden was made from.
[[nodiscard]] std::optional<std::filesystem::path> golden_clip(const std::filesystem::path& golden,
                                                               const std::string& name);
// The most likely tokens after `hidden`, until an end token (which is among them) or `count`.
[[nodiscard]] std::vector<std::int32_t> greedy_ids(Llama& llama, Backend& backend, const ModelConfig& config,
                                                   TensorView hidden, KvCache& cache, std::size_t length,
                                                   std::size_t count);
// A tensor of 64-bit integers.
[[nodiscard]] std::vector<std::int64_t> whole_numbers(const Weights& tensors, const std::string& name);

}  // namespace sparsight::test
