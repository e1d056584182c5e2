// A second family of models, for tests only: no CLS, 3 x 5 patches a frame with a newline after each row, one tower for
// images and videos, other tensor names, other pixels and another template.
#pragma once

#include "core/model/families/family.h"

#include <filesystem>

namespace sparsight::test {

[[nodiscard]] const Family& grid_family();
[[nodiscard]] Families with_grid_family();  // the known ones and this one

// Makes the folder `dir` with a model of the family: random weights, the demo model's tokenizer.
void write_grid_model(const std::filesystem::path& dir);

}  // namespace sparsight::test
