#include "core/model/model_identity.h"

#include "core/base/file_stamp.h"
#include "core/base/hash.h"
#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/os/os.h"
#include "core/base/progress.h"
#include "core/base/replace_file.h"
#include "core/base/stopwatch.h"
#include "core/model/weights.h"

#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <system_error>

namespace sparsight {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// The other files in a model's folder that the engine reads.
constexpr std::array kSmallFiles{"added_tokens.json",
                                 "chat_template.jinja",
                                 "config.json",
                                 "generation_config.json",
                                 "preprocessor_config.json",
                                 "processor_config.json",
                                 "special_tokens_map.json",
                                 "tokenizer.json",
                                 "tokenizer.model",
                                 "tokenizer_config.json",
                                 "video_preprocessor_config.json"};

constexpr std::size_t kMostKept = 256;  // files in the cache

std::string hash_of(std::span<const std::byte> bytes, const std::stop_token& stop) {
  constexpr std::size_t kAtOnce = std::size_t{16} << 20;
  Digest digest;
  for (std::size_t at = 0; at < bytes.size(); at += kAtOnce) {
    stop_here_if_asked(stop);
    digest.add(bytes.subspan(at, std::min(kAtOnce, bytes.size() - at)));
  }
  return digest.hex();
}

std::string key_of(const fs::path& file) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(file, error);
  return (error ? file : whole).string();
}

json read_cache(const fs::path& file) {
  try {
    if (const std::optional<std::string> text = read_json_file(file)) {
      json found = parse_json(*text, file.string());
      if (found.is_object()) return found;
    }
  } catch (const Error&) {
    // A corrupt cache is replaced.
  }
  return json::object();
}

std::optional<std::string> find(const json& cache, const std::string& key, const FileStamp& stamp) {
  const auto at = cache.find(key);
  if (at == cache.end() || !at->is_object() || at->value("stamp", json()) != stamp.str()) return std::nullopt;
  const auto hash = at->find("hash");
  if (hash == at->end() || !hash->is_string() || hash->get_ref<const std::string&>().size() != 32) return std::nullopt;
  return hash->get<std::string>();
}

void keep(const fs::path& file, const std::string& key, const FileStamp& stamp, const std::string& hash) {
  json cache = read_cache(file);
  for (auto at = cache.begin(); at != cache.end();)
    at = os::stamp_of(fs::path(at.key())) ? std::next(at) : cache.erase(at);
  if (cache.size() >= kMostKept) cache = json::object();
  cache[key] = {{"stamp", stamp.str()}, {"hash", hash}};
  try {
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    replace_file(file, cache.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  } catch (const Error&) {
    // The disk is full or the folder is read-only: hashed again next time.
  }
}

// Two changes within one tick of the file system's clock give the same stamp.
bool is_settled(const FileStamp& stamp) { return now_ms() - stamp.changed_ns / 1'000'000 > 2'000; }

std::string weight_hash(const Weights& weights, const Weights::File& file, const std::stop_token& stop,
                        const HashCache& cache) {
  const bool may_cache = !cache.file.empty() && file.bytes.size() >= cache.from_bytes;
  const std::string key = may_cache ? key_of(file.path) : "";
  if (may_cache && os::stamp_of(file.path) == file.stamp)
    if (std::optional<std::string> known = find(read_cache(cache.file), key, file.stamp)) return *std::move(known);
  std::string hash = hash_of(file.bytes, stop);
  weights.check();
  if (may_cache && os::stamp_of(file.path) == file.stamp && is_settled(file.stamp))
    keep(cache.file, key, file.stamp, hash);
  return hash;
}

}  // namespace

HashCache HashCache::of_this_user() {
  HashCache cache;
  if (const fs::path folder = os::cache_folder(); !folder.empty())
    cache.file = folder / "sparsight" / "model-hashes.json";
  return cache;
}

std::string model_hash(const fs::path& dir, const Weights& weights, const std::stop_token& stop,
                       const HashCache& cache) {
  std::map<std::string, std::string> hashes;  // by name
  for (const Weights::File& file : weights.files())
    hashes[file.path.filename()] = weight_hash(weights, file, stop, cache);
  for (const char* name : kSmallFiles)
    if (const std::optional<MappedFile> file = MappedFile::open_if_present(dir / name)) {
      hashes[name] = hash_of(file->bytes(), stop);
      file->check();
    }
  Digest all;
  for (const auto& [name, hash] : hashes) all.add(name).add("\n").add(hash).add("\n");
  return all.hex();
}

std::string model_hash(const fs::path& dir, const std::stop_token& stop, const HashCache& cache) {
  return model_hash(dir, Weights::open(dir), stop, cache);
}

}  // namespace sparsight
