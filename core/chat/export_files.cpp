// Many sessions as one file or one folder.
#include "core/base/os/os.h"
#include "core/base/progress.h"
#include "core/base/replace_file.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/chat/export.h"
#include "core/chat/export_session.h"
#include "core/chat/text.h"
#include "kernels/error.h"

#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

// A folder that is removed with this object unless keep() was called.
class UnfinishedFolder {
 public:
  explicit UnfinishedFolder(fs::path folder) : path_(std::move(folder)) {
    std::error_code error;
    if (!fs::create_directory(path_, error) || error)
      fail(ErrorKind::File, "{}: {}", path_.string(), error ? error.message() : "is there already");
  }
  ~UnfinishedFolder() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  UnfinishedFolder(const UnfinishedFolder&) = delete;
  UnfinishedFolder& operator=(const UnfinishedFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep(const fs::path& name) {
    std::error_code error;
    fs::rename(path_, name, error);
    if (error) fail(ErrorKind::File, "{}: {}", name.string(), error.message());
    kept_ = true;
  }

 private:
  fs::path path_;
  bool kept_ = false;
};

// `name`, or the first of "name-2", "name-3", ... that is not there.
fs::path unused(const fs::path& folder, const std::string& name) {
  fs::path path = folder / name;
  std::error_code ignored;
  for (int n = 2; fs::exists(fs::symlink_status(path, ignored)); ++n) path = folder / fmt::format("{}-{}", name, n);
  return path;
}

// A file's name of a title: nothing in it means something to a shell, a path or another system.
std::string file_name(const Session& session) {
  std::string name = one_line(session.title, 80, "");
  for (char& c : name)
    if (std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos) c = '_';
  const std::string_view kept = trimmed(name, " .");
  return fmt::format("{} {}{}{}.md", local_time(session.created_ms).substr(0, 10), kept, kept.empty() ? "" : " ",
                     session.id);
}

void report(const ExportControl& control, std::size_t done, std::size_t total) {
  stop_here_if_asked(control.stop);
  if (control.on_progress) control.on_progress(done, total);
}

// An element of the list, indented as dump() does for the whole. Strings in JSON have no line breaks.
std::string element(const ordered_json& session) {
  constexpr std::string_view kIndent = "\n    ";
  std::string out(kIndent);
  for (const char c : session.dump(2, ' ', false, ordered_json::error_handler_t::replace)) {
    if (c == '\n')
      out += kIndent;
    else
      out += c;
  }
  return out;
}

}  // namespace

void export_json_file(const ChatStore& store, const std::vector<SessionId>& sessions, const fs::path& file,
                      const ExportControl& control) {
  constexpr std::size_t kPart = std::size_t{1} << 20;
  UnfinishedFile out(file);
  std::string part = fmt::format("{{\n  \"format\": \"{}\",\n  \"version\": {},\n  \"sessions\": [", chat_text::kFormat,
                                 chat_text::kVersion);
  std::uintmax_t bytes = 0;
  bool first = true;
  const auto flush = [&] {
    bytes += part.size();
    if (bytes > kMostImport)
      fail(ErrorKind::Usage,
           "{}: the export would have more than {} bytes, which no import takes: choose fewer sessions", file.string(),
           kMostImport);
    out.write(part);
    part.clear();
  };
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    report(control, i, sessions.size());
    if (!store.session(sessions[i])) continue;
    if (!std::exchange(first, false)) part += ',';
    part += element(session_json(store, sessions[i]));
    if (part.size() >= kPart) flush();
  }
  part += first ? "]\n}\n" : "\n  ]\n}\n";
  flush();
  stop_here_if_asked(control.stop);
  out.keep();
}

fs::path export_markdown_folder(const ChatStore& store, const std::vector<SessionId>& sessions, const fs::path& parent,
                                const ExportControl& control) {
  const std::string name = "sparsight-" + local_time(now_ms()).substr(0, 10);
  UnfinishedFolder folder(unused(parent, fmt::format(".{}-{}.part", name, os::process_id())));
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    report(control, i, sessions.size());
    const auto session = store.session(sessions[i]);
    if (session) replace_file(folder.path() / file_name(*session), export_markdown(store, session->id));
  }
  stop_here_if_asked(control.stop);
  const fs::path kept = unused(parent, name);
  folder.keep(kept);
  return kept;
}

}  // namespace sparsight
