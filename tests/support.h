// Shared by the tests: where data is, and temporary files.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight::test {

inline std::filesystem::path source_dir() { return SPARSIGHT_SOURCE_DIR; }
// A shipped clip.
inline std::filesystem::path demo_clip(std::string_view name = "crossing.mp4") {
  return source_dir() / "resources/clips" / name;
}
// ../shared beside the checkout; may be absent.
inline std::filesystem::path shared_dir() { return source_dir().parent_path() / "shared"; }

// Marks the running test as skipped, with a reason for users; call it before `return`.
void skip(const std::string& why);

// A temporary directory, removed with its content at the end of the scope.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Runs a program without a shell; returns its exit code and its output. Looks up `program` in PATH.
struct Ran {
  int exit_code = 0;
  std::string out;
  std::string err;
};
[[nodiscard]] Ran run(const std::vector<std::string>& command);

// A variable of the environment for the length of a scope; an empty value removes it.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value.empty() ? nullptr : value.c_str());
  }
  ~Environment() { set(before_ ? before_->c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const char* value) const { value != nullptr ? ::setenv(name_, value, 1) : ::unsetenv(name_); }
  const char* name_;
  std::optional<std::string> before_;
};

void write_file(const std::filesystem::path& path, std::string_view content);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace sparsight::test
