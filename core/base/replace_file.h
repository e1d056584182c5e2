// Writes files so that they are complete at any time, even if the program crashes.
#pragma once

#include "core/base/os/os.h"

#include <filesystem>
#include <string_view>

namespace sparsight {

// From now on this program replaces no file by what it writes that is this one, under whatever name: what a person asks
// about must not be lost by a wrong name for the result. A file that is not there, or that this process wrote itself,
// is left out. Any thread.
void keep_input(const std::filesystem::path& file);

// Writes to a temporary file beside `file` and renames it when it is complete; until then the old file stays unchanged.
// A symbolic link named `file` is itself replaced, not its target; the old file's permissions are kept.
class UnfinishedFile {
 public:
  // Creates an empty file under an unused name. Error{File}: it cannot be created, or `file` is a folder, a device or
  // an input (keep_input).
  explicit UnfinishedFile(std::filesystem::path file);
  ~UnfinishedFile();  // removes the temporary file unless keep() was called
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }  // the final name
  [[nodiscard]] const std::filesystem::path& path() const {
    return path_;
  }                                    // of the temporary file; has the same extension
  void write(std::string_view bytes);  // appends. Error{File}
  void keep();                         // flushes to disk, renames, and flushes the folder. Error{File}

 private:
  std::filesystem::path file_, path_;  // path_ is empty after keep()
  os::File open_;
};

// Removes this process's temporary files where it ends without running destructors. Any thread.
void remove_unfinished_files();

// Replaces a file atomically: no reader sees half of it. Writes directly to a pipe or a device such as /dev/stdout.
// Error{File}.
void replace_file(const std::filesystem::path& file, std::string_view content);

// Writes all of `bytes` to an open file; `name` is for messages. Error{File}.
void write_all(os::File& file, std::string_view bytes, const std::filesystem::path& name);

}  // namespace sparsight
