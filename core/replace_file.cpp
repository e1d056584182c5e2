#include "core/replace_file.h"

#include "kernels/error.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace sparsight {

namespace fs = std::filesystem;

void write_all(int handle, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(handle, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void replace_file(const fs::path& file, std::string_view content) {
  const fs::path unfinished = fmt::format("{}.part{}", file.string(), getpid());
  const int handle = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (handle < 0) fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), std::strerror(errno));
  std::error_code error;
  try {
    write_all(handle, content, unfinished);
  } catch (...) {
    ::close(handle);
    fs::remove(unfinished, error);
    throw;
  }
  ::close(handle);
  fs::rename(unfinished, file, error);
  if (error) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
    fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), error.message());
  }
}

}  // namespace sparsight
