#include "app/cli/output_dir.h"

#include "core/base/os/os.h"
#include "core/base/replace_file.h"
#include "kernels/error.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <system_error>

namespace sparsight::cli {
namespace {

namespace fs = std::filesystem;

// The names on a list, which may come from anywhere.
std::set<std::string> read_list(const fs::path& file, OutputDir::MayBeOurs may_be_ours) {
  constexpr std::uintmax_t kMost = 16 << 20;
  std::set<std::string> names;
  std::error_code error;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > kMost || error) return names;
  std::ifstream in(file, std::ios::binary);
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object() || !json.contains("files") || !json["files"].is_array()) return names;
  for (const auto& name : json["files"])
    if (name.is_string() && may_be_ours(name.get<std::string>())) names.insert(name.get<std::string>());
  return names;
}

[[noreturn]] void not_ours(const fs::path& file) {
  fail(ErrorKind::File,
       "{}: already exists and was not written by sparsight-cli; choose another folder, or use --replace",
       file.string());
}

}  // namespace

void expect_place_for(const fs::path& file) {
  std::error_code error;
  const auto status = fs::status(file, error);
  if (fs::is_directory(status)) fail(ErrorKind::File, "{}: expected the name of a file, found a folder", file.string());
  const fs::path dir = file.has_parent_path() ? file.parent_path() : ".";
  if (!fs::is_directory(dir, error)) fail(ErrorKind::File, "{}: there is no folder {}", file.string(), dir.string());
  if (const std::error_code not_allowed = os::may_write(fs::exists(status) ? file : dir))
    fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), not_allowed.message());
}

FileLock claim_folder(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) fail(ErrorKind::File, "{}: cannot be made: {}", dir.string(), error.message());
  if (const std::error_code not_allowed = os::may_write(dir))
    fail(ErrorKind::File, "{}: cannot be written to: {}", dir.string(), not_allowed.message());
  return {dir / ".sparsight.lock", dir.string()};
}

OutputDir::OutputDir(fs::path dir, const std::string& list_name, MayBeOurs may_be_ours, bool replace,
                     const std::vector<std::string>& certain)
    : dir_(std::move(dir)), list_(dir_ / list_name), lock_(claim_folder(dir_)), replace_(replace) {
  std::error_code error;
  ours_ = read_list(list_, may_be_ours);
  if (ours_.empty() && !replace_ && fs::exists(fs::symlink_status(list_, error))) not_ours(list_);
  for (fs::directory_iterator entry(dir_, error), end; !error && entry != end; entry.increment(error))
    if (ours_.empty() && may_be_ours(entry->path().filename().string())) expect_free(entry->path());
  if (error) fail(ErrorKind::File, "{}: cannot be read: {}", dir_.string(), error.message());
  for (const std::string& name : certain) expect_free(dir_ / name);
}

void OutputDir::expect_free(const fs::path& file) const {
  std::error_code error;
  const auto status = fs::symlink_status(file, error);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status))
    fail(ErrorKind::File, "{}: expected a file or nothing, found something else", file.string());
  if (!replace_ && !ours_.contains(file.filename().string())) not_ours(file);
}

void OutputDir::write_list(const std::set<std::string>& names) const {
  replace_file(list_, nlohmann::ordered_json{{"program", "sparsight-cli"}, {"files", names}}.dump(2) + "\n");
}

fs::path OutputDir::claim(const std::string& name) {
  const fs::path file = dir_ / name;
  if (!claimed_.contains(name)) expect_free(file);
  claimed_.insert(name);
  std::set<std::string> all = ours_;
  all.insert(claimed_.begin(), claimed_.end());
  write_list(all);
  return file;
}

void OutputDir::give_up(const std::string& name) { claimed_.erase(name); }

void OutputDir::finish() {
  std::error_code error;
  for (const std::string& name : ours_)
    if (!claimed_.contains(name) && fs::is_regular_file(fs::symlink_status(dir_ / name, error)))
      fs::remove(dir_ / name, error);
  write_list(claimed_);
}

}  // namespace sparsight::cli
