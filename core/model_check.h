// What a model's files say about it without loading it: its shape, what it would take, what is wrong with it.
#pragma once

#include "core/engine.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace sparsight {

struct ModelCheck {
  ModelInfo info;                // as far as the files could be read; config.text.layers is 0 if not even config.json
  std::size_t memory_bytes = 0;  // about what loading it and asking about `frames` frames takes
  std::string problem;           // why it cannot be loaded, in Error's words; empty: nothing was found
};

// Reads config.json, the tokenizer and the headers of the weights; no tensor's content. What is wrong is part of the
// answer. Any thread.
[[nodiscard]] ModelCheck check_model(const std::filesystem::path& dir, std::size_t frames,
                                     Families families = families());

}  // namespace sparsight
