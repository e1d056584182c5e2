// Shared by the tests of models: shapes, questions.
#pragma once

#include "core/engine.h"
#include "core/model/weights.h"
#include "tests/tensors.h"
#include "tests/weight_formats.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace sparsight::test {

// For random weights: grouped heads, a width that is not a multiple of the block, a tower of 17 tokens.
[[nodiscard]] ModelConfig small_config();
// Qwen2-VL's tower or, `gated`, Qwen2.5-VL's, with windows of 2 x 2 tokens; no decoder.
[[nodiscard]] ModelConfig small_qwen(bool gated);

[[nodiscard]] std::filesystem::path demo_model();
// Copies its files to a folder where they may be damaged.
void copy_demo_model(const std::filesystem::path& to);
// Greedy, at most 16 tokens.
[[nodiscard]] Answer ask(Engine& engine, std::shared_ptr<const EncodedMedia> media, const std::string& text,
                         const PruningOptions& pruning = {});

}  // namespace sparsight::test
