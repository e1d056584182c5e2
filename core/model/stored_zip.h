// ZIP archives whose files are stored as they are, not compressed, as PyTorch makes them. Internal to core/model.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

// A file in an archive: these of the archive's bytes.
struct ZipEntry {
  std::size_t begin = 0, size = 0;
  bool plain = true;  // else compressed or encrypted
};

// Of an archive whose content is `bytes`, by name; ZIP64, too. Refuses: a directory or files outside of the bytes,
// names that occur twice, more than a million of them, archives in parts. Error{Model} with `where`.
[[nodiscard]] std::map<std::string, ZipEntry, std::less<>> parse_stored_zip(std::span<const std::byte> bytes,
                                                                            std::string_view where);

}  // namespace sparsight
