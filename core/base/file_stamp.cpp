#include "core/base/file_stamp.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace sparsight {
namespace {

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

}  // namespace

std::string FileStamp::str() const {
  return fmt::format("{}:{}:{}:{}:{}", device, inode, bytes, modified_ns, changed_ns);
}

FileStamp stamp_of(const struct ::stat& info) {
  return {.device = info.st_dev,
          .inode = info.st_ino,
          .bytes = static_cast<std::uint64_t>(info.st_size),
          .modified_ns = nanoseconds(info.st_mtim),
          .changed_ns = nanoseconds(info.st_ctim)};
}

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct ::stat info {};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return stamp_of(info);
}

}  // namespace sparsight
