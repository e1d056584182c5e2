// What tells, without reading it, whether a file is still what it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

struct stat;

namespace sparsight {

// Equal stamps: nobody has written the file, replaced it or put another in its place. The time of change (ctime), which
// no program can set back, counts too; so a copy or a moved file has another stamp than its original.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::uint64_t bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;  // since 1970

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
  [[nodiscard]] std::string str() const;  // for files: equal as the stamps are
};

[[nodiscard]] FileStamp stamp_of(const struct ::stat& info);
// Of what the path leads to, symbolic links followed; nullopt if that is nothing.
[[nodiscard]] std::optional<FileStamp> stamp_of(const std::filesystem::path& path);

}  // namespace sparsight
