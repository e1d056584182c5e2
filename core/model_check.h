// Examines a model's files without loading them: shape, memory needed, and what is wrong.
#pragma once

#include "core/engine.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace sparsight {

struct ModelCheck {
  ModelInfo info;                // as far as the files could be read; config.text.layers is 0 if config.json could not
  std::size_t memory_bytes = 0;  // approximate memory to load it and ask about `frames` frames
  std::string problem;           // the message of the Error that loading would give; empty: none found
};

// What a model is, and what of its folder is not used. Error{File, Model} of its card.
[[nodiscard]] ModelInfo describe_model(const std::filesystem::path& path, const ModelConfig& config,
                                       const Weights& weights);

// Reads config.json, the tokenizer and the headers of the weights, but no tensors. Reports problems in the result
// instead of throwing. Any thread.
[[nodiscard]] ModelCheck check_model(const std::filesystem::path& dir, std::size_t frames,
                                     Families families = sparsight::families());

}  // namespace sparsight
