#include "core/base/file_lock.h"

#include "core/base/replace_file.h"
#include "kernels/error.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

std::string this_machine() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

// What the holder wrote: "4711 machine". A file that says anything else is not believed.
std::string holder_of(int handle) {
  std::array<char, 300> text{};
  const ssize_t got = ::pread(handle, text.data(), text.size() - 1, 0);
  const std::string_view line(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  long process = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), process);
  if (error != std::errc() || process <= 0 || end == line.data() + line.size() || *end != ' ') return "another process";
  const auto at = static_cast<std::size_t>(end + 1 - line.data());
  const std::string_view machine = line.substr(at, line.find('\n', at) - at);
  return fmt::format("process {} on {}", process, machine == this_machine() ? "this machine" : machine);
}

// A lock on a file that has been removed meanwhile, or replaced, is on nothing.
bool is_there(int handle, const fs::path& file) {
  struct ::stat held {
  }, now{};
  return ::fstat(handle, &held) == 0 && ::stat(file.c_str(), &now) == 0 && held.st_ino == now.st_ino &&
         held.st_dev == now.st_dev;
}

}  // namespace

FileLock::FileLock(fs::path file, std::string_view what) : file_(std::move(file)) {
  for (;;) {
    handle_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (handle_ < 0) fail(ErrorKind::File, "{}: cannot be written: {}", file_.string(), std::strerror(errno));
    int failure = 0;
    while (::flock(handle_, LOCK_EX | LOCK_NB) != 0 && (failure = errno) == EINTR) {
    }
    if (failure == EWOULDBLOCK) {
      const std::string holder = holder_of(handle_);
      ::close(std::exchange(handle_, -1));
      fail(ErrorKind::Usage, "{}: {} is working on it; wait until it is done, or name another folder", what, holder);
    }
    if (is_there(handle_, file_)) break;
    ::close(handle_);
  }
  const std::string me = fmt::format("{} {}\n", ::getpid(), this_machine());
  if (::ftruncate(handle_, 0) == 0) static_cast<void>(::pwrite(handle_, me.data(), me.size(), 0) < 0);
}

FileLock::~FileLock() {
  if (handle_ < 0) return;
  if (is_there(handle_, file_)) ::unlink(file_.c_str());
  ::close(handle_);
}

FileLock::FileLock(FileLock&& other) noexcept
    : file_(std::move(other.file_)), handle_(std::exchange(other.handle_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(handle_, other.handle_);
  return *this;
}

}  // namespace sparsight
