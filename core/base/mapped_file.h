// Regular files, opened to be read or mapped.
#pragma once

#include "core/base/file_stamp.h"
#include "core/base/os/os.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>

namespace sparsight {

// Opens a regular file (or a symbolic link to one) for reading; nullopt if there is no such file. Never blocks on a
// pipe or a device. Error{File}.
[[nodiscard]] std::optional<os::File> open_to_read(const std::filesystem::path& path);
// Throws Error{File}: the file became shorter while it was read, or its disk fails.
[[noreturn]] void fail_truncated(const std::filesystem::path& path);

// A file mapped read-only. Regular files only (symbolic links are followed: Hugging Face's cache consists of them);
// never blocks on a pipe or a device. Where the file becomes shorter while it is mapped, or cannot be read, the bytes
// are zeros: call check() before using a result computed from them.
class MappedFile {
 public:
  [[nodiscard]] static MappedFile open(const std::filesystem::path& path);  // Error{File}
  [[nodiscard]] static std::optional<MappedFile> open_if_present(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return mapping_.bytes(); }
  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }  // taken when it was opened
  // Error{File} if bytes that were accessed could not be read. Quick, from any thread.
  void check() const;
  // Error{File} also if somebody has written into the file since it was opened. A new file under the same name is no
  // change.
  void check_unchanged() const;
  // Reads a part of bytes() ahead and enters its pages in this process's page tables, so that later accesses do not
  // fault one by one. Takes as long as reading takes; false if it was stopped. From any thread.
  bool populate(std::span<const std::byte> part, const std::stop_token& stop) const {
    return mapping_.populate(part, stop);
  }

 private:
  MappedFile(std::filesystem::path path, const FileStamp& stamp);
  std::filesystem::path path_;
  FileStamp stamp_;
  os::Mapping mapping_;
};

}  // namespace sparsight
