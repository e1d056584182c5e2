// Files that are whole at any time, whatever happens to the program.
#pragma once

#include <filesystem>
#include <string_view>

namespace sparsight {

// Replaces a file at once: no reader sees half of it. Error{File}.
void replace_file(const std::filesystem::path& file, std::string_view content);

// All of `bytes` into a file that is open for writing; `file` is its name for messages. Error{File}.
void write_all(int handle, std::string_view bytes, const std::filesystem::path& file);

}  // namespace sparsight
