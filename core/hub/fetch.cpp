#include "core/hub/fetch.h"

#include "core/base/free_space.h"
#include "core/base/os/os.h"
#include "core/base/replace_file.h"
#include "core/base/stopwatch.h"
#include "core/hub/fetch_file.h"

#include <optional>
#include <span>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

FilePlaces places_of(const fs::path& cache, const std::string& id) {
  const fs::path repository = repository_in(cache, id);
  return {repository / "blobs", cache / ".locks" / repository.filename()};
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    fail(ErrorKind::File, "{}: cannot be created: {}; HF_HUB_CACHE may name another folder for models", folder.string(),
         error.message());
}

// Gives the blob its name in the folder of the model: a relative link as huggingface_hub makes it, or a copy where the
// file system has no links.
void put_into(const fs::path& snapshot, const std::string& name, const std::string& hash, bool symbolic_links) {
  const fs::path file = snapshot / name, target = fs::path("../../blobs") / hash, blob = snapshot / target;
  std::error_code error;
  if (fs::equivalent(file, blob, error)) return;
  if (!symbolic_links && fs::is_regular_file(fs::symlink_status(file, error)) &&
      fs::file_size(file, error) == fs::file_size(blob, error))
    return;
  fs::remove(file, error);
  error = std::make_error_code(std::errc::not_supported);
  if (symbolic_links) fs::create_symlink(target, file, error);
  if (error) fs::create_hard_link(blob, file, error);
  if (error) fs::copy_file(blob, file, error);
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", file.string(), error.message());
}

// Of a small file; empty if there is none, or another one.
std::string text_in(const fs::path& path) {
  std::error_code absent;
  const os::File file(path, os::Access::Read, absent);
  std::string text(absent || !file.is_regular() ? 0 : 64, '\0');
  if (!text.empty()) text.resize(file.read_at(0, std::as_writable_bytes(std::span(text))));
  return text;
}

// Tells the caller not more often than anybody can see.
class Reports {
 public:
  Reports(const Control& control, std::uint64_t total) : control_(control), total_(total) {}
  void show(std::uint64_t done) {
    constexpr double kShownOften = 100;  // ms
    if (done < total_ && last_ && last_->ms() < kShownOften) return;
    last_.emplace();
    if (control_.on_progress) control_.on_progress({Stage::Fetch, done, total_});
  }

 private:
  const Control& control_;
  std::uint64_t total_;
  std::optional<Stopwatch> last_;
};

}  // namespace

std::uint64_t missing_bytes(const HubModel& model, const fs::path& cache) {
  const FilePlaces places = places_of(cache, model.id);
  std::uint64_t sum = 0;
  for (const HubFile& file : model.files) sum += missing_of(places, file.hash, file.bytes);
  return sum;
}

void check_space(const HubModel& model, const fs::path& cache) {
  constexpr std::uint64_t kMB = 1'000'000;
  const std::uint64_t missing = missing_bytes(model, cache);
  if (const auto free = free_space(cache); free && *free < missing)
    fail(
        ErrorKind::File,
        "{}: {} MB of {} are still to be downloaded, only {} MB are free; make room, or let HF_HUB_CACHE name a folder "
        "on another disk",
        cache.string(), (missing + kMB - 1) / kMB, model.id, *free / kMB);
}

fs::path fetch_model(const HubModel& model, const HubOptions& options, const Control& control) {
  check_space(model, options.cache);
  const FilePlaces places = places_of(options.cache, model.id);
  const fs::path repository = repository_in(options.cache, model.id),
                 snapshot = repository / "snapshots" / model.commit;
  const fs::path reference = repository / "refs" / model.revision;
  for (const fs::path& folder : {places.blobs, places.locks, snapshot, reference.parent_path()}) make_folder(folder);
  HttpSession session(options);
  Reports reports(control, model.bytes());
  std::uint64_t done = 0;
  for (const HubFile& file : model.files) {
    stop_here_if_asked(control.stop);
    const HubQuestion about{.options = options, .id = model.id, .revision = model.revision, .file = file.name};
    const std::string hash = fetch_file(
        session, file, model.commit, places, about, [&](std::uint64_t here) { reports.show(done + here); }, control);
    put_into(snapshot, file.name, hash, options.symbolic_links);
    done += file.bytes;
  }
  // Last, so that the revision leads to a whole model at any time.
  if (model.revision != model.commit && text_in(reference) != model.commit) replace_file(reference, model.commit);
  return snapshot;
}

}  // namespace sparsight
