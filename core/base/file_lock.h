// Keeps two programs out of one folder: the second is told which process holds it.
#pragma once

#include "core/base/os/os.h"

#include <filesystem>
#include <string_view>

namespace sparsight {

// A lock that one object holds at a time, among all processes on all machines that see the file. The kernel releases it
// when the process ends, even if it is killed: a file that stays behind locks nothing. On a file system without locks
// every attempt succeeds.
class FileLock {
 public:
  FileLock() = default;  // holds nothing
  // Creates `file`, whose folder exists, and removes it at the end. `what` names the locked thing in the message:
  // Error{Usage} "`what`: process 4711 on this machine is working on it ..."; Error{File}.
  FileLock(std::filesystem::path file, std::string_view what);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  // The folder was renamed: the lock file is now `file`.
  void moved_to(std::filesystem::path file) { file_ = std::move(file); }

 private:
  std::filesystem::path file_;
  os::File held_;
};

}  // namespace sparsight
