// Regular files, opened to be read or mapped. Internal to core.
#pragma once

#include "core/base/file_stamp.h"
#include "core/base/os/os.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>

namespace sparsight {

// A regular file (or a symbolic link to one), to be read; nothing if there is no such file. Opening a pipe or a device
// never blocks. Error{File}.
[[nodiscard]] std::optional<os::File> open_to_read(const std::filesystem::path& path);
// Error{File}: a file became shorter while it was read, or its disk fails.
[[noreturn]] void fail_truncated(const std::filesystem::path& path);

// Mapped read-only. Regular files only (symbolic links to them are followed, as Hugging Face's cache is made of those);
// opening a pipe or a device never blocks. Where the file is cut while it is mapped, or cannot be read, there are
// zeros: who made something of the bytes asks check() before anyone sees it.
class MappedFile {
 public:
  [[nodiscard]] static MappedFile open(const std::filesystem::path& path);  // Error{File}
  [[nodiscard]] static std::optional<MappedFile> open_if_present(const std::filesystem::path& path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return mapping_.bytes(); }
  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }  // from when it was opened
  // Error{File} if something that was touched could not be read. Quick, from any thread.
  void check() const;
  // Error{File} also if somebody has written into the file since it was opened. One that took its place does not count.
  void check_unchanged() const;
  // Reads the file ahead and enters its pages in this process's tables, so that who uses them does not wait for one
  // after another. Takes as long as reading takes; false if it was stopped. From any thread.
  bool populate(const std::stop_token& stop) const { return mapping_.populate(stop); }

 private:
  MappedFile(std::filesystem::path path, const FileStamp& stamp);
  std::filesystem::path path_;
  FileStamp stamp_;
  os::Mapping mapping_;
};

}  // namespace sparsight
