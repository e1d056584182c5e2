// Files that are whole at any time, whatever happens to the program.
#pragma once

#include "core/base/os/os.h"

#include <filesystem>
#include <string_view>

namespace sparsight {

// A file that is written beside its name and takes it when it is whole; until then the former one stays as it was.
// A symbolic link of that name is replaced itself and leads nowhere else; the former file's permissions are kept.
class UnfinishedFile {
 public:
  // Makes an empty file with a name of its own that nothing had. Error{File}: it cannot be made, or `file` is a folder
  // or a device.
  explicit UnfinishedFile(std::filesystem::path file);
  ~UnfinishedFile();  // removes what was not kept
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }  // as it will be called
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }  // where to write; has the same extension
  void write(std::string_view bytes);                                        // appends. Error{File}
  void keep();  // on disk and renamed, and the folder on disk, too. Error{File}

 private:
  std::filesystem::path file_, path_;  // path_ is empty once it was kept
  os::File open_;
};

// Removes those of this process that were not kept, where it ends without destructors. Any thread.
void remove_unfinished_files();

// Replaces a file at once: no reader sees half of it. What is no file and no folder, such as a pipe or /dev/stdout, is
// written to as it is. Error{File}.
void replace_file(const std::filesystem::path& file, std::string_view content);

// All of `bytes` into an open file; `name` is for messages. Error{File}.
void write_all(os::File& file, std::string_view bytes, const std::filesystem::path& name);

}  // namespace sparsight
