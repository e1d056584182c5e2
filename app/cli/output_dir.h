// A folder that a command fills: what it wrote there before it may write again, what is somebody else's it leaves
// alone.
#pragma once

#include "core/base/file_lock.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sparsight::cli {

// Error{File}: `file` could not be written there, for its folder is missing or closed to us, or it is no plain file.
void expect_place_for(const std::filesystem::path& file);

// Makes the folder where it is missing and keeps other programs of ours out of it as long as the lock is held.
// Error{File}: it cannot be made or written into; Error{Usage} names the program that is filling it.
[[nodiscard]] FileLock claim_folder(const std::filesystem::path& dir);

// A file `list_name` in the folder names what was written, so that the next run knows its own; it is kept up to date,
// so that a run that was stopped is known too.
class OutputDir {
 public:
  // Says whether the command could have written a file of that name. A list is not believed beyond that.
  using MayBeOurs = bool (*)(const std::string& name);

  // Claims the folder for its life. `replace`: files of others may be replaced too. Error{File}, before anything is
  // computed for it: it cannot be written into, or a file is there and not on the list that the command is `certain` to
  // write; where nothing is on a list, also one that it may write.
  OutputDir(std::filesystem::path dir, const std::string& list_name, MayBeOurs may_be_ours, bool replace,
            const std::vector<std::string>& certain);

  // Where `name` is to be written; it is on the list from now on. Error{File} if there is such a file that was not on
  // it, or something that is no file.
  [[nodiscard]] std::filesystem::path claim(const std::string& name);
  void give_up(const std::string& name);  // it was claimed and is not written: one of an earlier run goes
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
