// Two programs at once in one folder: the second is told who is there.
#pragma once

#include "core/base/os/os.h"

#include <filesystem>
#include <string_view>

namespace sparsight {

// Held by one object at a time, of all processes on all machines that see the file. The kernel lets go of it when the
// process ends, however it ends: what a killed one leaves behind holds nobody up. On a file system that has no locks
// there is none.
class FileLock {
 public:
  FileLock() = default;  // holds nothing
  // Makes `file`, in a folder that is there, and removes it at the end. `what` is what the lock is about, for the
  // message: Error{Usage} "`what`: process 4711 on this machine is working on it ..."; Error{File}.
  FileLock(std::filesystem::path file, std::string_view what);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  // Its folder has another name from now on.
  void moved_to(std::filesystem::path file) { file_ = std::move(file); }

 private:
  std::filesystem::path file_;
  os::File held_;
};

}  // namespace sparsight
