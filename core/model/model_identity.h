// What tells two models apart, wherever their folders lie and whatever they are called.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace sparsight {

class Weights;

// Hashes of large weight files, by path and FileStamp, so that they are read for this once and not at every start.
struct HashCache {
  std::filesystem::path file;                           // JSON; empty: none
  std::uint64_t from_bytes = std::uint64_t{256} << 20;  // smaller files are hashed anew each time

  // $XDG_CACHE_HOME, else ~/.cache, in sparsight/model-hashes.json.
  [[nodiscard]] static HashCache of_this_user();
};

// XXH3-128 in hex of all that a model's answers depend on: names and content (header and weights) of its weight files,
// and the small files beside them (configuration, preprocessing, tokenizer). `weights` are the folder's, or those that
// were loaded from it: what is hashed is what they map. A file that changed within the last two seconds is not cached,
// and a cache that cannot be read or written is none. Any thread. Error{File}; Cancelled.
[[nodiscard]] std::string model_hash(const std::filesystem::path& dir, const Weights& weights,
                                     const std::stop_token& stop = {},
                                     const HashCache& cache = HashCache::of_this_user());
// Of a model that is not loaded. Error{File, Model}; Cancelled.
[[nodiscard]] std::string model_hash(const std::filesystem::path& dir, const std::stop_token& stop = {},
                                     const HashCache& cache = HashCache::of_this_user());

}  // namespace sparsight
