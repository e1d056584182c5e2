// A file mapped read-only. Internal to core.
#pragma once

#include "core/file_stamp.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>

namespace sparsight {

// Regular files only (symbolic links to them are followed, as Hugging Face's cache is made of those); opening a
// pipe or a device never blocks. The file must not be truncated while it is mapped.
class MappedFile {
 public:
  [[nodiscard]] static MappedFile open(const std::filesystem::path& path);  // Error{File}
  [[nodiscard]] static std::optional<MappedFile> open_if_present(const std::filesystem::path& path);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})), stamp_(other.stamp_) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(stamp_, other.stamp_);
    return *this;
  }
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] const FileStamp& stamp() const { return stamp_; }  // from when it was opened
  // Reads the file ahead and enters its pages in this process's tables, so that who uses them does not wait for one
  // after another. Takes as long as reading takes; false if it was stopped. From any thread.
  bool populate(const std::stop_token& stop) const;

 private:
  MappedFile(std::span<const std::byte> bytes, const FileStamp& stamp) : bytes_(bytes), stamp_(stamp) {}
  std::span<const std::byte> bytes_;  // page-aligned
  FileStamp stamp_;
};

}  // namespace sparsight
