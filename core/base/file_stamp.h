// What tells, without reading it, whether a file is still what it was.
#pragma once

#include <cstdint>
#include <string>

namespace sparsight {

// Equal stamps: nobody has written the file, replaced it or put another in its place. The time of change (ctime), which
// no program can set back, counts too; so a copy or a moved file has another stamp than its original. os::stamp_of()
// and os::File::stamp() make them.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;  // since 1970

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
  [[nodiscard]] std::string str() const;  // for files: equal as the stamps are
};

}  // namespace sparsight
