// Reads ZIP archives of uncompressed files, as PyTorch writes them. Internal to core/model.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sparsight {

// The place of a file in the archive's bytes.
struct ZipEntry {
  std::size_t begin = 0, size = 0;
  bool plain = true;  // false: compressed or encrypted
};

// The files of an archive, or ZIP64 archive, by name. Refuses: a directory or files outside the bytes, duplicate names,
// more than a million files, multi-part archives. Error{Model} with `where`.
[[nodiscard]] std::map<std::string, ZipEntry, std::less<>> parse_stored_zip(std::span<const std::byte> bytes,
                                                                            std::string_view where);

}  // namespace sparsight
