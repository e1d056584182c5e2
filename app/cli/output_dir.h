// A folder that a command fills. It may overwrite its own files from earlier runs, and leaves the files of others
// alone.
#pragma once

#include "core/base/file_lock.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sparsight::cli {

// Error{File}: `file` cannot be written: its folder is missing or not writable, or it is not a plain file.
void expect_place_for(const std::filesystem::path& file);

// Makes the folder if it is missing and locks it against other sparsight-cli programs. Error{File}: it cannot be made
// or written to; Error{Usage} names the program that is filling it.
[[nodiscard]] FileLock claim_folder(const std::filesystem::path& dir);

// The file `list_name` in the folder lists what was written, so that the next run knows its own files. It is kept up to
// date, so that a stopped run is known too.
class OutputDir {
 public:
  // Whether the command could have written a file of that name. Other names on a list are not believed.
  using MayBeOurs = bool (*)(const std::string& name);

  // Claims the folder for its lifetime. `replace`: files of others may be replaced too. Error{File} before anything is
  // computed: the folder cannot be written to, or holds a file that the command is `certain` to write and that is not
  // on the list; without a list, also any that it may write.
  OutputDir(std::filesystem::path dir, const std::string& list_name, MayBeOurs may_be_ours, bool replace,
            const std::vector<std::string>& certain);

  // The path for writing `name`, which is on the list from now on. Error{File} if such a file exists and was not on the
  // list, or is not a file.
  [[nodiscard]] std::filesystem::path claim(const std::string& name);
  void give_up(const std::string& name);  // for a claimed file that is not written: removes the one of an earlier run
  // Removes what earlier runs wrote and this one did not. Error{File}.
  void finish();

 private:
  void expect_free(const std::filesystem::path& file) const;
  void write_list(const std::set<std::string>& names) const;

  std::filesystem::path dir_;
  std::filesystem::path list_;
  FileLock lock_;
  bool replace_;
  std::set<std::string> ours_;  // on the list when the folder was opened
  std::set<std::string> claimed_;
};

}  // namespace sparsight::cli
