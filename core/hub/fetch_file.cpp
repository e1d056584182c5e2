#include "core/hub/fetch_file.h"

#include "core/base/file_lock.h"
#include "core/base/json.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/hub/checksum.h"
#include "core/hub/part_map.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr double kOften = 1000, kFlushMs = 5000;  // ms

// Thrown out of a transfer whose server sends the whole file where a part was asked for.
struct RangesRefused {};

// "bytes 0-99/1234" of a part.
bool is_content_range(const std::string& text, const ByteRange& asked, std::uint64_t bytes) {
  return text == fmt::format("bytes {}-{}/{}", asked.begin, asked.end - 1, bytes);
}

// One file that is being downloaded into its incomplete blob, in parts over several connections.
class Download {
 public:
  Download(HttpSession& session, const HubFile& file, std::string url, const FilePlaces& places,
           const HubQuestion& about, const OnBytes& on_bytes)
      : session_(session),
        file_(file),
        url_(std::move(url)),
        path_(places.incomplete(file.hash)),
        about_(about),
        on_bytes_(on_bytes),
        data_(opened(path_)),
        map_(places.parts(file.hash), file.hash, file.bytes, on_disk()),
        unit_(std::clamp(file.bytes / 64, kMiB / 4, 32 * kMiB)) {}

  void run(const std::stop_token& stop);
  void finish();  // brings all of it to the disk

 private:
  struct Part {
    ByteRange range;
    std::uint64_t at = 0, flushed = 0, since_failure = 0;
    Patience patience{};
    double not_before_ms = 0;  // by clock_
  };

  static os::File opened(const fs::path& path) {
    std::error_code error;
    os::File file(path, os::Access::Change, error);
    if (error) fail(ErrorKind::File, "{}: cannot be written: {}", path.string(), error.message());
    return file;
  }
  [[nodiscard]] std::uint64_t on_disk() const {
    std::error_code ignored;
    return data_.size(ignored);
  }
  void plan();
  void start_due();
  void begin(Part part);
  void take_head(const Part& part, const HttpHead& head) const;
  void take_body(Part& part, std::string_view bytes);
  void ended(Part part, const HttpResult& result);
  void flush(Part* ended = nullptr);
  void drop_all();
  void as_one_stream();

  HttpSession& session_;
  const HubFile& file_;
  std::string url_;
  fs::path path_;
  const HubQuestion& about_;
  const OnBytes& on_bytes_;
  os::File data_;
  PartMap map_;
  std::uint64_t unit_;  // bytes that are flushed together
  std::deque<Part> todo_;
  std::map<HttpSession::Id, std::shared_ptr<Part>> running_;
  std::uint64_t here_ = 0, unflushed_ = 0;  // bytes
  Stopwatch clock_, since_flush_;
  bool ranges_ = false;      // the server has sent a part
  bool one_stream_ = false;  // it sends whole files only
};

// The missing bytes in parts that keep all connections busy until the end.
void Download::plan() {
  const std::uint64_t missing = map_.missing_bytes();
  const std::uint64_t most = std::clamp(missing / (4 * about_.options.connections), kMiB, 64 * kMiB);
  for (const ByteRange& gap : map_.missing())
    for (std::uint64_t at = gap.begin; at < gap.end; at += most) {
      const std::uint64_t end = std::min(gap.end, at + most);
      todo_.push_back({.range = {at, end}, .at = at, .flushed = at});
    }
  here_ = file_.bytes - missing;
  on_bytes_(here_);
}

void Download::run(const std::stop_token& stop) {
  plan();
  try {
    while (!todo_.empty() || !running_.empty()) {
      start_due();
      double next_ms = kOften;
      for (const Part& part : todo_)
        if (part.not_before_ms != 0) next_ms = std::min(next_ms, part.not_before_ms - clock_.ms());
      const std::chrono::milliseconds most(static_cast<int>(std::max(1.0, std::ceil(next_ms))));
      try {
        if (const auto result = session_.wait(most, stop)) {
          const auto at = running_.find(result->first);
          if (at == running_.end()) continue;
          const std::shared_ptr<Part> part = at->second;
          running_.erase(at);
          ended(*part, result->second);
        }
      } catch (const RangesRefused&) {
        as_one_stream();
      }
      if (since_flush_.ms() > kFlushMs) flush();
    }
    flush();
  } catch (...) {
    // What has arrived is kept, unless that is what failed.
    try {
      flush();
    } catch (const Error&) {
    }
    drop_all();
    throw;
  }
}

void Download::start_due() {
  const std::size_t most = ranges_ && !one_stream_ ? std::max<std::size_t>(about_.options.connections, 1) : 1;
  for (std::size_t tried = todo_.size(); tried > 0 && running_.size() < most; --tried) {
    Part part = std::move(todo_.front());
    todo_.pop_front();
    if (part.not_before_ms > clock_.ms())
      todo_.push_back(std::move(part));
    else
      begin(std::move(part));
  }
}

void Download::begin(Part given) {
  const auto part = std::make_shared<Part>(std::move(given));
  HttpRequest request{.url = url_};
  if (!one_stream_) request.range = ByteRange{part->at, part->range.end};
  part->range.begin = part->at;
  // Only the body of a file is written.
  const auto good = std::make_shared<bool>(false);
  request.on_head = [this, part, good](const HttpHead& head) {
    take_head(*part, head);
    *good = head.status == (one_stream_ ? 200 : 206);
  };
  request.on_body = [this, part, good](std::string_view bytes) {
    if (*good) take_body(*part, bytes);
  };
  running_[session_.begin(std::move(request))] = part;
}

void Download::take_head(const Part& part, const HttpHead& head) const {
  if (head.status == 200 && !one_stream_) throw RangesRefused{};
  if (head.status == 206 && !is_content_range(head.header("content-range"), part.range, file_.bytes))
    fail(ErrorKind::Network, "{}/{}: asked for bytes {} to {} of {}, the server sends \"{}\"", about_.id, file_.name,
         part.range.begin, part.range.end - 1, file_.bytes, shown(head.header("content-range")));
  const std::string length = head.header("content-length");
  if (head.status == 200 && !length.empty() && length != std::to_string(file_.bytes))
    fail(ErrorKind::Network, "{}/{}: expected {} bytes as the hub says, the server announces {}", about_.id, file_.name,
         file_.bytes, shown(length));
}

void Download::take_body(Part& part, std::string_view bytes) {
  if (bytes.size() > part.range.end - part.at)
    fail(ErrorKind::Network, "{}/{}: expected {} bytes as the hub says, the server sends more", about_.id, file_.name,
         file_.bytes);
  std::error_code error;
  data_.write_at(part.at, bytes, error);
  if (error == std::errc::no_space_on_device)
    fail(ErrorKind::File, "{}: the disk is full; make room and try again, what has arrived is kept", path_.string());
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", path_.string(), error.message());
  part.at += bytes.size();
  part.since_failure += bytes.size();
  here_ += bytes.size();
  unflushed_ += bytes.size();
  on_bytes_(here_);
  if (unflushed_ >= unit_) flush();
}

void Download::ended(Part part, const HttpResult& result) {
  const bool good = result.lost.empty() && result.head.status == (one_stream_ ? 200 : 206);
  ranges_ = ranges_ || result.head.status == 206;
  flush(&part);
  if (part.at == part.range.end) return;
  if (!good && !is_passing(result)) refuse(result, about_);
  part.patience.brought(std::exchange(part.since_failure, 0));
  HttpResult short_one = result;
  if (good) short_one.lost = fmt::format("{} of {} bytes came", part.at - part.range.begin, part.range.bytes());
  part.not_before_ms = clock_.ms() + static_cast<double>(part.patience.wait_after(short_one, about_).count());
  if (one_stream_) {
    here_ = 0;
    part.at = part.flushed = part.range.begin = 0;
  }
  todo_.push_front(std::move(part));
}

// Brings what has arrived to the disk, of the running parts and of the one that has just `ended`, and then into the
// map. A stream that cannot go on in the middle leaves nothing that a map could claim.
void Download::flush(Part* ended) {
  since_flush_ = Stopwatch();
  unflushed_ = 0;
  if (one_stream_) return;
  std::vector<Part*> parts;
  for (const auto& [id, part] : running_) parts.push_back(part.get());
  if (ended != nullptr) parts.push_back(ended);
  std::vector<ByteRange> fresh;
  for (const Part* part : parts)
    if (part->at > part->flushed) fresh.push_back({part->flushed, part->at});
  if (fresh.empty()) return;
  std::error_code error;
  data_.sync(error);
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", path_.string(), error.message());
  map_.add(fresh);
  for (Part* part : parts) part->flushed = part->at;
}

void Download::finish() {
  std::error_code error;
  data_.sync(error);
  if (!error) error = data_.close();
  if (error) fail(ErrorKind::File, "{}: cannot be written: {}", path_.string(), error.message());
}

void Download::drop_all() {
  for (const auto& [id, part] : running_) session_.drop(id);
  running_.clear();
}

void Download::as_one_stream() {
  drop_all();
  map_.forget();
  todo_.clear();
  one_stream_ = true;
  here_ = 0;
  todo_.push_back({.range = {0, file_.bytes}});
}

// ---- What the hub says about the file

// The hash in an ETag header: without the mark of a weak one and without quotes.
std::string bare(std::string tag) {
  if (tag.starts_with("W/")) tag.erase(0, 2);
  return std::string(trimmed(tag, "\""));
}

HubFile asked(HttpSession& session, const HubFile& listed, const std::string& url, const std::string& commit,
              const HubQuestion& about, const std::stop_token& stop) {
  const HttpHead head = ask_hub(session, {.url = url, .head = true}, about, stop);
  const auto first_of = [&](const char* linked, const char* plain) {
    const std::string text = head.header(linked);
    return text.empty() ? head.header(plain) : text;
  };
  HubFile file = listed;
  file.hash = bare(first_of("x-linked-etag", "etag"));
  if (!checksum_kind(file.hash))
    fail(ErrorKind::Network, "{}/{}: expected a SHA-256 or SHA-1 as the file's ETag, found \"{}\"", about.id,
         listed.name, shown(file.hash));
  if (!listed.hash.empty() && file.hash != listed.hash)
    fail(ErrorKind::Network, "{}/{}: the hub lists it with the hash {}, but offers {}; try again later", about.id,
         listed.name, listed.hash, file.hash);
  // The length of a redirect is its own.
  const std::string size = first_of("x-linked-size", head.status == 200 ? "content-length" : "x-linked-size");
  if (!size.empty() && size != std::to_string(listed.bytes))
    fail(ErrorKind::Network, "{}/{}: the hub lists it with {} bytes, but offers {}; try again later", about.id,
         listed.name, listed.bytes, shown(size));
  if (const std::string found = head.header("x-repo-commit"); !found.empty() && found != commit)
    fail(ErrorKind::Network, "{}/{}: expected commit {}, the hub offers {}; try again later", about.id, listed.name,
         commit, shown(found));
  return file;
}

void verify(const fs::path& data, const HubFile& file, const FilePlaces& places, const HubQuestion& about,
            const Control& control) {
  std::uint64_t read = 0;
  const std::string found = checksum_of(data, *checksum_kind(file.hash), [&](std::size_t bytes) {
    read += bytes;
    control.report(Stage::Verify, read, file.bytes);
  });
  if (found == file.hash) return;
  std::error_code ignored;
  fs::remove(data, ignored);
  fs::remove(places.parts(file.hash), ignored);
  fail(ErrorKind::Network,
       "{}/{}: what arrived is not what the hub names: expected the hash {}, found {}; it was thrown "
       "away, so try again",
       about.id, file.name, file.hash, found);
}

}  // namespace

bool has_blob(const FilePlaces& places, const std::string& hash, std::uint64_t bytes) {
  std::error_code absent;
  const fs::path blob = places.blob(hash);
  return fs::is_regular_file(fs::symlink_status(blob, absent)) && fs::file_size(blob, absent) == bytes;
}

std::uint64_t missing_of(const FilePlaces& places, const std::string& hash, std::uint64_t bytes) {
  if (hash.empty()) return bytes;
  if (has_blob(places, hash, bytes)) return 0;
  std::error_code absent;
  const std::uint64_t on_disk = fs::file_size(places.incomplete(hash), absent);
  return absent ? bytes : missing_by_map(places.parts(hash), hash, bytes, on_disk);
}

std::string fetch_file(HttpSession& session, const HubFile& listed, const std::string& commit, const FilePlaces& places,
                       const HubQuestion& about, const OnBytes& on_bytes, const Control& control) {
  if (!listed.hash.empty() && has_blob(places, listed.hash, listed.bytes)) {
    on_bytes(listed.bytes);
    return listed.hash;
  }
  const std::string url = fmt::format("{}/{}/resolve/{}/{}", about.options.endpoint, about.id, commit,
                                      escaped(listed.name, Format::UriPath));
  const HubFile file = asked(session, listed, url, commit, about, control.stop);
  const FileLock lock(places.locks / (file.hash + ".lock"), fmt::format("{}/{}", about.id, file.name));
  if (!has_blob(places, file.hash, file.bytes)) {
    const fs::path data = places.incomplete(file.hash);
    Download download(session, file, url, places, about, on_bytes);
    download.run(control.stop);
    download.finish();
    verify(data, file, places, about, control);
    std::error_code error;
    os::replace(data, places.blob(file.hash), error);
    if (error) fail(ErrorKind::File, "{}: cannot be written: {}", places.blob(file.hash).string(), error.message());
    fs::remove(places.parts(file.hash), error);
  }
  on_bytes(file.bytes);
  return file.hash;
}

}  // namespace sparsight
