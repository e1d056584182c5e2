#include "core/base/file_lock.h"

#include "kernels/error.h"

#include <array>
#include <charconv>
#include <string>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

// The holder writes "4711 machine"; any other content is ignored.
std::string holder_of(const os::File& file) {
  std::array<char, 300> text{};
  const std::size_t got = file.read_at(0, std::as_writable_bytes(std::span(text)));
  const std::string_view line(text.data(), got);
  long process = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), process);
  if (error != std::errc() || process <= 0 || end == line.data() + line.size() || *end != ' ') return "another process";
  const auto at = static_cast<std::size_t>(end + 1 - line.data());
  const std::string_view machine = line.substr(at, line.find('\n', at) - at);
  return fmt::format("process {} on {}", process, machine == os::machine_name() ? "this machine" : machine);
}

}  // namespace

FileLock::FileLock(fs::path file, std::string_view what) : file_(std::move(file)) {
  for (;;) {
    std::error_code error;
    os::File opened(file_, os::Access::Change, error);
    if (error) fail(ErrorKind::File, "{}: cannot be written: {}", file_.string(), error.message());
    if (!opened.try_lock())
      fail(ErrorKind::Usage, "{}: {} is working on it; wait until it is done, or name another folder", what,
           holder_of(opened));
    // If the file was removed or replaced before the lock was taken, the lock protects nothing.
    if (!opened.is_named(file_)) continue;
    opened.resize(0, error);
    if (!error) opened.write(fmt::format("{} {}\n", os::process_id(), os::machine_name()), error);
    held_ = std::move(opened);
    return;
  }
}

FileLock::~FileLock() {
  std::error_code ignored;
  if (held_ && held_.is_named(file_)) fs::remove(file_, ignored);
}

FileLock::FileLock(FileLock&& other) noexcept = default;
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(held_, other.held_);
  return *this;
}

}  // namespace sparsight
