#include "core/base/replace_file.h"

#include "kernels/error.h"

#include <algorithm>
#include <mutex>
#include <random>
#include <set>
#include <system_error>
#include <utility>

namespace sparsight {

namespace fs = std::filesystem;

namespace {

constexpr int kMostNames = 100;  // names that are tried

[[noreturn]] void not_written(const fs::path& file, const std::error_code& error) {
  fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), error.message());
}

void write_device(const fs::path& name, std::string_view content) {
  std::error_code error;
  os::File file(name, os::Access::Write, error);
  if (error) not_written(name, error);
  write_all(file, content, name);
  if (const std::error_code closed = file.close()) not_written(name, closed);
}

// The temporary files that exist now.
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

// What this process reads, by absolute paths.
class Inputs {
 public:
  void add(const fs::path& file) {
    std::error_code error;
    const fs::path whole = fs::canonical(file, error);
    if (error) return;
    const std::lock_guard lock(mutex_);
    if (!made_.contains(whole)) paths_.insert(whole);
  }
  // What this process wrote itself may be written again.
  void forget(const fs::path& file) {
    std::error_code error;
    const fs::path whole = fs::canonical(file, error);
    if (error) return;
    const std::lock_guard lock(mutex_);
    made_.insert(whole);
    paths_.erase(whole);
  }
  [[nodiscard]] bool has(const fs::path& file) {
    std::error_code error;
    if (!fs::exists(file, error)) return false;
    const std::lock_guard lock(mutex_);
    return std::any_of(paths_.begin(), paths_.end(), [&](const fs::path& input) {
      std::error_code gone;
      return fs::equivalent(input, file, gone);
    });
  }

 private:
  std::mutex mutex_;
  std::set<fs::path> paths_, made_;
};

Inputs& inputs() {
  static Inputs files;
  return files;
}

UnfinishedFiles& unfinished_files() {
  static UnfinishedFiles files;
  return files;
}

}  // namespace

void keep_input(const fs::path& file) { inputs().add(file); }

void write_all(os::File& file, std::string_view bytes, const fs::path& name) {
  std::error_code error;
  file.write(bytes, error);
  if (error) not_written(name, error);
}

UnfinishedFile::UnfinishedFile(fs::path file) : file_(std::move(file)) {
  std::error_code error;
  if (!file_.has_filename() || fs::is_directory(file_, error))
    fail(ErrorKind::File, "{}: expected the name of a file, found a folder", file_.string());
  if (os::is_device(file_)) fail(ErrorKind::File, "{}: expected the name of a file, found a device", file_.string());
  if (inputs().has(file_))
    fail(ErrorKind::File, "{}: this file is read from, and would be lost; choose another name", file_.string());
  std::random_device random;
  error = std::make_error_code(std::errc::file_exists);
  for (int i = 0; i < kMostNames && error == std::errc::file_exists; ++i) {
    // Short enough for a file name, and with the same extension, since some libraries choose a format by it.
    const std::string stem = file_.stem().string().substr(0, 200), extension = file_.extension().string();
    path_ = file_.parent_path() / fmt::format(".{}.part{:08x}{}", stem, random(), extension.substr(0, 32));
    open_ = os::File(path_, os::Access::New, error);
  }
  if (error) not_written(file_, error);
  unfinished_files().add(path_);
  open_.take_permissions_of(file_);
}

UnfinishedFile::~UnfinishedFile() {
  if (path_.empty()) return;
  open_.close();
  std::error_code ignored;
  fs::remove(path_, ignored);
  unfinished_files().forget(path_);
}

void UnfinishedFile::write(std::string_view bytes) { write_all(open_, bytes, file_); }

void UnfinishedFile::keep() {
  std::error_code error;
  open_.sync(error);
  if (error) not_written(file_, error);
  if (const std::error_code closed = open_.close()) not_written(file_, closed);
  os::replace(path_, file_, error);
  if (error) not_written(file_, error);
  unfinished_files().forget(path_);
  inputs().forget(file_);
  path_.clear();
}

void remove_unfinished_files() { unfinished_files().remove_all(); }

void replace_file(const fs::path& file, std::string_view content) {
  if (os::is_device(file)) return write_device(file, content);
  UnfinishedFile whole(file);
  whole.write(content);
  whole.keep();
}

}  // namespace sparsight
