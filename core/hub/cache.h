// The models of hubs that lie in a cache: verified against their names, removed.
#pragma once

#include "core/base/progress.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sparsight {

struct CachedModel {
  std::string id{};                    // "owner/name"
  std::filesystem::path repository{};  // its folder in the cache
  std::uint64_t bytes = 0;             // on the disk, with what is unfinished
  bool unfinished = false;             // parts of a download lie there
};
// In the order of their ids. Empty if there is no cache. Any thread.
[[nodiscard]] std::vector<CachedModel> cached_models(const std::filesystem::path& cache);
// Error{Usage} unless `id` is a name; Error{File}: the cache does not have the model.
[[nodiscard]] CachedModel cached_model(const std::filesystem::path& cache, const std::string& id);

struct VerifiedFile {
  enum class State {
    Good,
    Wrong,    // its content has another hash than its name says
    Missing,  // a link that leads nowhere: not downloaded completely
    Unnamed,  // its name is no hash: another program put it there, and nothing says what it should be
  };
  std::string name{};   // in the model's folder, with the commit: "COMMIT/config.json"
  std::string hash{};   // that its name says; empty if Unnamed
  std::string found{};  // of its content; empty unless it is Good or Wrong
  State state = State::Good;
};
// Reads every file of the model; each blob once. Reports Stage::Verify by bytes. Error{File}; Cancelled.
[[nodiscard]] std::vector<VerifiedFile> verify_model(const CachedModel& model, const Control& control);

// Removes the model's folder in the cache and its locks, and nothing that a link leads to. Error{Usage}: a download is
// going on; Error{File}: it is not in the cache, or cannot be removed.
void remove_model(const std::filesystem::path& cache, const std::string& id);

}  // namespace sparsight
