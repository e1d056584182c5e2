#include "core/hub/cache.h"

#include "core/base/file_lock.h"
#include "core/hub/checksum.h"
#include "core/hub/hub.h"
#include "core/hub/recommended.h"
#include "kernels/error.h"

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRepositoryStart = "models--";
constexpr std::size_t kMostEntries = 100'000;

std::vector<fs::path> names_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end && found.size() < kMostEntries;
       at.increment(error))
    found.push_back(at->path());
  std::ranges::sort(found);
  return found;
}

// "owner/name" of "models--owner--name".
std::string id_of(const fs::path& repository) {
  const std::string id = repository.filename().string().substr(kRepositoryStart.size());
  const std::size_t at = id.find("--");
  return at == std::string::npos ? id : id.substr(0, at) + "/" + id.substr(at + 2);
}

CachedModel described(const fs::path& repository) {
  CachedModel model{.id = id_of(repository), .repository = repository};
  std::error_code ignored;
  for (const fs::path& blob : names_in(repository / "blobs")) {
    if (const std::uint64_t bytes = fs::file_size(blob, ignored); !ignored) model.bytes += bytes;
    model.unfinished = model.unfinished || blob.extension() == ".incomplete";
  }
  return model;
}

}  // namespace

std::vector<CachedModel> cached_models(const fs::path& cache) {
  std::vector<CachedModel> models;
  std::error_code absent;
  for (const fs::path& path : names_in(cache))
    if (path.filename().string().starts_with(kRepositoryStart) && fs::is_directory(path, absent))
      models.push_back(described(path));
  return models;
}

CachedModel cached_model(const fs::path& cache, const std::string& id) {
  check_hub_id(id);
  const fs::path repository = repository_in(cache, id);
  std::error_code absent;
  if (fs::is_directory(repository, absent)) return described(repository);
  std::vector<std::string> known;
  for (const CachedModel& model : cached_models(cache)) known.push_back(model.id);
  if (const std::string meant = meant_id(id, known); !meant.empty())
    fail(ErrorKind::File, "{}: not in the cache {}; did you mean {}?", id, cache.string(), meant);
  fail(ErrorKind::File, "{}: not in the cache {}", id, cache.string());
}

std::vector<VerifiedFile> verify_model(const CachedModel& model, const Control& control) {
  struct Entry {
    fs::path path;
    std::string name, hash;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0, done = 0;
  std::error_code error;
  for (const fs::path& snapshot : names_in(model.repository / "snapshots"))
    for (const fs::path& path : names_in(snapshot)) {
      const std::string name = snapshot.filename().string() + "/" + path.filename().string();
      const fs::path target = fs::is_symlink(path, error) ? fs::read_symlink(path, error).filename() : fs::path();
      entries.push_back({path, name, checksum_kind(target.string()) ? target.string() : std::string()});
      if (const std::uint64_t bytes = fs::file_size(path, error); !error && !entries.back().hash.empty())
        total += bytes;
    }
  std::map<std::string, std::string> hashes;  // by blob
  std::vector<VerifiedFile> files;
  for (const Entry& entry : entries) {
    VerifiedFile file{.name = entry.name, .hash = entry.hash};
    if (!fs::is_regular_file(entry.path, error)) {
      if (fs::is_directory(entry.path, error)) continue;
      file.state = VerifiedFile::State::Missing;
    } else if (entry.hash.empty()) {
      file.state = VerifiedFile::State::Unnamed;
    } else {
      std::string& found = hashes[entry.hash];
      if (found.empty())
        found = checksum_of(entry.path, *checksum_kind(entry.hash), [&](std::size_t bytes) {
          done += bytes;
          control.report(Stage::Verify, done, total);
        });
      file.found = found;
      file.state = found == file.hash ? VerifiedFile::State::Good : VerifiedFile::State::Wrong;
    }
    files.push_back(std::move(file));
  }
  return files;
}

void remove_model(const fs::path& cache, const std::string& id) {
  const CachedModel model = cached_model(cache, id);
  std::error_code error;
  if (fs::is_symlink(model.repository, error))
    fail(ErrorKind::File, "{}: a symbolic link; remove what it leads to yourself", model.repository.string());
  const fs::path locks = cache / ".locks" / model.repository.filename();
  {
    std::vector<FileLock> held;
    for (const fs::path& lock : names_in(locks)) held.emplace_back(lock, id);
    fs::remove_all(model.repository, error);
  }
  if (error) fail(ErrorKind::File, "{}: cannot be removed: {}", model.repository.string(), error.message());
  fs::remove_all(locks, error);
}

}  // namespace sparsight
