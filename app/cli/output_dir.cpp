#include "app/cli/output_dir.h"

#include "kernels/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <system_error>

namespace sparsight::cli {
namespace {

namespace fs = std::filesystem;

// The names on a list that may come from anywhere: files of that very folder, nothing else.
std::set<std::string> read_list(const fs::path& file) {
  constexpr std::uintmax_t kMost = 16 << 20;
  std::set<std::string> names;
  std::error_code error;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > kMost || error) return names;
  std::ifstream in(file, std::ios::binary);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object() || !json.contains("files") || !json["files"].is_array()) return names;
  for (const auto& name : json["files"]) {
    if (!name.is_string()) continue;
    const fs::path path = name.get<std::string>();
    if (path.has_filename() && path == path.filename() && path != "." && path != "..") names.insert(path.string());
  }
  return names;
}

}  // namespace

OutputDir::OutputDir(fs::path dir, std::string list_name, bool replace)
    : dir_(std::move(dir)), list_name_(std::move(list_name)), replace_(replace) {
  std::error_code error;
  fs::create_directories(dir_, error);
  if (error) fail(ErrorKind::File, "{}: cannot be made: {}", dir_.string(), error.message());
  ours_ = read_list(dir_ / list_name_);
  const fs::path list = dir_ / list_name_;
  if (ours_.empty() && !replace_ && fs::exists(list, error))
    fail(ErrorKind::File, "{}: is there already and is not ours; choose another folder, or --replace", list.string());
}

fs::path OutputDir::claim(const std::string& name) {
  const fs::path file = dir_ / name;
  std::error_code error;
  const auto status = fs::symlink_status(file, error);
  if (fs::exists(status)) {
    if (fs::is_directory(status))
      fail(ErrorKind::File, "{}: expected a file or nothing, found a folder", file.string());
    if (!replace_ && !ours_.contains(name))
      fail(ErrorKind::File, "{}: is there already and is not ours; choose another folder, or --replace", file.string());
  }
  claimed_.push_back(name);
  return file;
}

void OutputDir::finish(const std::string& text) {
  std::error_code error;
  for (const std::string& name : ours_)
    if (std::ranges::find(claimed_, name) == claimed_.end() && fs::is_regular_file(fs::symlink_status(dir_ / name)))
      fs::remove(dir_ / name, error);
  const fs::path list = dir_ / list_name_;
  std::ofstream out(list, std::ios::binary | std::ios::trunc);
  out << text << '\n';
  out.close();
  if (!out) fail(ErrorKind::File, "{}: could not be written", list.string());
}

}  // namespace sparsight::cli
