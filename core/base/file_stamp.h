// Tells whether a file has changed, without reading it.
#pragma once

#include <cstdint>
#include <string>

namespace sparsight {

// Equal stamps: nobody has written to the file or replaced it. The time of change (ctime) counts too, since no program
// can set it back; so a copied or moved file has another stamp than its original. os::stamp_of() and os::File::stamp()
// make stamps.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;  // since 1970

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
  [[nodiscard]] std::string str() const;  // for storing; equal strings for equal stamps
};

}  // namespace sparsight
