// A second family of models, which only tests know: no CLS, 3 x 5 patches a frame with a newline behind each row, one
// tower for images and videos, other names of tensors, other pixels and another template.
#pragma once

#include "core/model/families/family.h"

#include <filesystem>

namespace sparsight::test {

[[nodiscard]] const Family& grid_family();
[[nodiscard]] Families with_grid_family();  // those that there are, and this one

// A model of it in the folder `dir`, which is made: random weights, the demo model's tokenizer.
void write_grid_model(const std::filesystem::path& dir);

}  // namespace sparsight::test
