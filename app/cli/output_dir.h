// A folder that a command fills: what it wrote there before it may write again, what is somebody else's it leaves
// alone.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sparsight::cli {

// A file `list_name` in the folder lists what was written, so that the next run knows its own.
class OutputDir {
 public:
  // Makes the folder. `replace`: files of others may be replaced too. Error{File}.
  OutputDir(std::filesystem::path dir, std::string list_name, bool replace);

  // Where `name` is to be written; and it will be on the list. Error{File} if there is such a file that is not on it.
  [[nodiscard]] std::filesystem::path claim(const std::string& name);
  // Removes what the last run wrote and this one did not, and writes the list: `text`, which is JSON with an array
  // "files" of names. Error{File}.
  void finish(const std::string& text);
  [[nodiscard]] const std::vector<std::string>& claimed() const { return claimed_; }

 private:
  std::filesystem::path dir_;
  std::string list_name_;
  bool replace_;
  std::set<std::string> ours_;
  std::vector<std::string> claimed_;
};

}  // namespace sparsight::cli
