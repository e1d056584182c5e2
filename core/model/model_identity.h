// A hash that identifies a model by content, independent of its folder and name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace sparsight {

class Weights;

// A cache of the hashes of large weight files, by path and FileStamp, so that they are not read again at every start.
struct HashCache {
  std::filesystem::path file;                           // JSON; empty: no cache
  std::uint64_t from_bytes = std::uint64_t{256} << 20;  // smaller files are hashed every time

  // $XDG_CACHE_HOME, else ~/.cache, in sparsight/model-hashes.json.
  [[nodiscard]] static HashCache of_this_user();
};

// XXH3-128 in hex of everything that a model's answers depend on: names and content (header and weights) of its weight
// files, and the small files beside them (configuration, preprocessing, tokenizer). Hashes what `weights`, opened from
// `dir`, map. Does not cache a file that changed within the last two seconds, and ignores a cache that cannot be read
// or written. Any thread. Error{File}; Cancelled.
[[nodiscard]] std::string model_hash(const std::filesystem::path& dir, const Weights& weights,
                                     const std::stop_token& stop = {},
                                     const HashCache& cache = HashCache::of_this_user());
// The same for a model that is not loaded. Error{File, Model}; Cancelled.
[[nodiscard]] std::string model_hash(const std::filesystem::path& dir, const std::stop_token& stop = {},
                                     const HashCache& cache = HashCache::of_this_user());

}  // namespace sparsight
