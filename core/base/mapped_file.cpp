#include "core/base/mapped_file.h"

#include "kernels/error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sparsight {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

MappedFile MappedFile::open(const std::filesystem::path& path) {
  std::optional<MappedFile> file = open_if_present(path);
  if (!file) fail(ErrorKind::File, "{}: no such file", path.string());
  return std::move(*file);
}

std::optional<MappedFile> MappedFile::open_if_present(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe without a writer would otherwise hold us here.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail(ErrorKind::File, "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(file.fd, &info) != 0)
    fail(ErrorKind::File, "{}: cannot be examined: {}", path.string(), std::strerror(errno));
  if (!S_ISREG(info.st_mode))
    fail(ErrorKind::File, "{}: expected a regular file, found {}", path.string(),
         S_ISDIR(info.st_mode) ? "a directory" : "a pipe or a device");
  const auto size = static_cast<std::size_t>(info.st_size);
  MappedFile mapped(path, stamp_of(info));
  if (size == 0) return mapped;
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (at == MAP_FAILED)
    fail(errno == ENOMEM ? ErrorKind::Memory : ErrorKind::File, "{}: {} bytes cannot be mapped: {}", path.string(),
         size, std::strerror(errno));
  // Wishes, which a kernel may not know: all the same.
  ::madvise(at, size, MADV_HUGEPAGE);
  mapped.bytes_ = {static_cast<const std::byte*>(at), size};
  mapped.guard_ = FaultGuard(mapped.bytes_);
  return mapped;
}

MappedFile::MappedFile(std::filesystem::path path, const FileStamp& stamp) : path_(std::move(path)), stamp_(stamp) {}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      stamp_(other.stamp_),
      bytes_(std::exchange(other.bytes_, {})),
      guard_(std::move(other.guard_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(stamp_, other.stamp_);
  std::swap(bytes_, other.bytes_);
  std::swap(guard_, other.guard_);
  return *this;
}

void MappedFile::check() const {
  if (guard_.faulted())
    fail(ErrorKind::File,
         "{}: it was cut while it was in use, or its disk cannot be read; put the whole file there and load it again",
         path_.string());
}

void MappedFile::check_unchanged() const {
  check();
  const std::optional<FileStamp> now = stamp_of(path_);
  if (now && now->device == stamp_.device && now->inode == stamp_.inode &&
      (now->bytes != stamp_.bytes || now->modified_ns != stamp_.modified_ns))
    fail(ErrorKind::File, "{}: it was written while it was in use; load it again", path_.string());
}

bool MappedFile::populate(const std::stop_token& stop) const {
#ifdef MADV_POPULATE_READ  // Linux 5.14; older kernels refuse it
  constexpr std::size_t kAtOnce = std::size_t{64} << 20;
  auto* begin = const_cast<std::byte*>(bytes_.data());
  for (std::size_t at = 0; at < bytes_.size(); at += kAtOnce) {
    if (stop.stop_requested()) return false;
    if (::madvise(begin + at, std::min(kAtOnce, bytes_.size() - at), MADV_POPULATE_READ) != 0) break;
  }
#endif
  return !stop.stop_requested();
}

MappedFile::~MappedFile() {
  guard_ = {};
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace sparsight
