#include "core/base/mapped_file.h"

#include "kernels/error.h"

#include <utility>

namespace sparsight {

std::optional<os::File> open_to_read(const std::filesystem::path& path) {
  std::error_code error;
  os::File file(path, os::Access::Read, error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return std::nullopt;
  if (error) fail(ErrorKind::File, "{}: cannot be opened: {}", path.string(), error.message());
  if (!file.is_regular())
    fail(ErrorKind::File, "{}: expected a regular file, found {}", path.string(),
         file.is_folder() ? "a directory" : "a pipe or a device");
  return file;
}

void fail_truncated(const std::filesystem::path& path) {
  fail(ErrorKind::File,
       "{}: the file became shorter while it was in use, or its disk cannot be read; restore the whole file and load "
       "it again",
       path.string());
}

MappedFile MappedFile::open(const std::filesystem::path& path) {
  std::optional<MappedFile> file = open_if_present(path);
  if (!file) fail(ErrorKind::File, "{}: no such file", path.string());
  return std::move(*file);
}

std::optional<MappedFile> MappedFile::open_if_present(const std::filesystem::path& path) {
  const std::optional<os::File> file = open_to_read(path);
  if (!file) return std::nullopt;
  MappedFile mapped(path, file->stamp());
  const auto size = static_cast<std::size_t>(mapped.stamp_.bytes);
  std::error_code error;
  mapped.mapping_ = os::Mapping(*file, size, error);
  if (error)
    fail(error == std::errc::not_enough_memory ? ErrorKind::Memory : ErrorKind::File,
         "{}: {} bytes cannot be mapped: {}", path.string(), size, error.message());
  return mapped;
}

MappedFile::MappedFile(std::filesystem::path path, const FileStamp& stamp) : path_(std::move(path)), stamp_(stamp) {}

void MappedFile::check() const {
  if (mapping_.faulted()) fail_truncated(path_);
}

void MappedFile::check_unchanged() const {
  check();
  const std::optional<FileStamp> now = os::stamp_of(path_);
  if (now && now->device == stamp_.device && now->inode == stamp_.inode &&
      (now->bytes != stamp_.bytes || now->modified_ns != stamp_.modified_ns))
    fail(ErrorKind::File, "{}: the file was changed while it was in use; load it again", path_.string());
}

}  // namespace sparsight
