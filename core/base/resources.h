// Finds the program's own data: the demo model, the clips, the icons.
#pragma once

#include <filesystem>
#include <optional>

namespace sparsight {

// The places that may hold it, in the order in which they are tried; empty paths are skipped.
struct ResourcePlaces {
  std::optional<std::filesystem::path> asked_for;  // from SPARSIGHT_RESOURCES; if set, the only place
  std::filesystem::path installed;                 // ../share/sparsight, relative to the program's folder
  std::filesystem::path source_tree;               // resources/ of the checkout that the program was built from

  [[nodiscard]] static ResourcePlaces of_this_program();
};

// The first of the places that is a directory. Error{File} names every place that was tried. Any thread.
[[nodiscard]] std::filesystem::path resource_dir(const ResourcePlaces& places);
[[nodiscard]] std::filesystem::path resource_dir();

}  // namespace sparsight
