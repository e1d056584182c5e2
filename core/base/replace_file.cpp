#include "core/base/replace_file.h"

#include "kernels/error.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <random>
#include <set>
#include <system_error>
#include <utility>

namespace sparsight {

namespace fs = std::filesystem;

namespace {

constexpr int kMostNames = 100;  // that are tried

[[noreturn]] void not_written(const fs::path& file, int error) {
  fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), std::strerror(error));
}

// What is written to as it is: pipes, terminals, and names such as /dev/stdout that stand for what is open.
bool is_device(const fs::path& file) {
  std::error_code absent;
  const fs::file_status status = fs::status(file, absent);
  if (fs::exists(status) && !fs::is_regular_file(status) && !fs::is_directory(status)) return true;
  const auto of_process = [](const fs::path& path) { return path.string().starts_with("/proc/"); };
  return of_process(fs::read_symlink(file, absent)) ||
         of_process(fs::weakly_canonical(file.parent_path(), absent) / "");
}

void write_device(const fs::path& file, std::string_view content) {
  const int handle = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (handle < 0) not_written(file, errno);
  try {
    write_all(handle, content, file);
  } catch (...) {
    ::close(handle);
    throw;
  }
  if (::close(handle) != 0) not_written(file, errno);
}

// Those that are being written.
class UnfinishedFiles {
 public:
  void add(const fs::path& path) {
    const std::lock_guard lock(mutex_);
    paths_.insert(path);
  }
  void forget(const fs::path& path) {
    const std::lock_guard lock(mutex_);
    paths_.erase(path);
  }
  void remove_all() {
    const std::lock_guard lock(mutex_);
    std::error_code ignored;
    for (const fs::path& path : paths_) fs::remove(path, ignored);
    paths_.clear();
  }

 private:
  std::mutex mutex_;
  std::set<fs::path> paths_;
};

UnfinishedFiles& unfinished_files() {
  static UnfinishedFiles files;
  return files;
}

}  // namespace

void write_all(int handle, std::string_view bytes, const fs::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(handle, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) not_written(file, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

UnfinishedFile::UnfinishedFile(fs::path file) : file_(std::move(file)) {
  std::error_code absent;
  if (!file_.has_filename() || fs::is_directory(file_, absent))
    fail(ErrorKind::File, "{}: expected the name of a file, found a folder", file_.string());
  if (is_device(file_)) fail(ErrorKind::File, "{}: expected the name of a file, found a device", file_.string());
  std::random_device random;
  for (int i = 0; i < kMostNames && handle_ < 0; ++i) {
    // Not longer than the name itself may be, and with its extension: some libraries go by that.
    const std::string stem = file_.stem().string().substr(0, 200), extension = file_.extension().string();
    path_ = file_.parent_path() / fmt::format(".{}.part{:08x}{}", stem, random(), extension.substr(0, 32));
    handle_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (handle_ < 0 && errno != EEXIST) not_written(file_, errno);
  }
  if (handle_ < 0) not_written(file_, EEXIST);
  unfinished_files().add(path_);
  struct stat former {};
  if (::lstat(file_.c_str(), &former) == 0 && S_ISREG(former.st_mode))
    static_cast<void>(::fchmod(handle_, former.st_mode & 0777));  // not possible on every file system
}

UnfinishedFile::~UnfinishedFile() {
  if (handle_ < 0) return;
  ::close(handle_);
  std::error_code ignored;
  fs::remove(path_, ignored);
  unfinished_files().forget(path_);
}

void UnfinishedFile::write(std::string_view bytes) { write_all(handle_, bytes, file_); }

void UnfinishedFile::keep() {
  // Some file systems cannot; what they refuse otherwise is a disk that is full or gone.
  if (::fsync(handle_) != 0 && errno != EINVAL && errno != ENOTSUP) not_written(file_, errno);
  std::error_code error;
  fs::rename(path_, file_, error);
  if (error) not_written(file_, error.value());
  unfinished_files().forget(path_);
  ::close(std::exchange(handle_, -1));
}

void remove_unfinished_files() { unfinished_files().remove_all(); }

void replace_file(const fs::path& file, std::string_view content) {
  if (is_device(file)) return write_device(file, content);
  UnfinishedFile whole(file);
  whole.write(content);
  whole.keep();
}

}  // namespace sparsight
