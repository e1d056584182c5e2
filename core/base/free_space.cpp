#include "core/base/free_space.h"

#include <system_error>

namespace sparsight {

namespace fs = std::filesystem;

std::optional<std::uint64_t> free_space(const fs::path& path) {
  std::error_code error;
  fs::path folder = fs::absolute(path, error);
  while (!error && !fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, error);
  return error ? std::nullopt : std::optional<std::uint64_t>(space.available);
}

}  // namespace sparsight
