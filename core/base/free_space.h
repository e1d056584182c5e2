// Room on a disk. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sparsight {

// Bytes that are free for a file or folder, which need not exist; nullopt: not known.
[[nodiscard]] std::optional<std::uint64_t> free_space(const std::filesystem::path& path);

}  // namespace sparsight
