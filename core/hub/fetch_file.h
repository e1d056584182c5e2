// Brings one file of a hub into the cache's blobs.
#pragma once

#include "core/base/progress.h"
#include "core/hub/answers.h"
#include "core/hub/fetch.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace sparsight {

struct FilePlaces {
  std::filesystem::path blobs, locks;  // folders that exist

  [[nodiscard]] std::filesystem::path blob(const std::string& hash) const { return blobs / hash; }
  [[nodiscard]] std::filesystem::path incomplete(const std::string& hash) const {
    return blobs / (hash + ".sparsight.incomplete");
  }
  [[nodiscard]] std::filesystem::path parts(const std::string& hash) const {
    return blobs / (hash + ".sparsight.parts");
  }
};

// Whether the blob `hash` is there, with `bytes` bytes.
[[nodiscard]] bool has_blob(const FilePlaces& places, const std::string& hash, std::uint64_t bytes);
// Bytes of the blob that are still missing, as its map says.
[[nodiscard]] std::uint64_t missing_of(const FilePlaces& places, const std::string& hash, std::uint64_t bytes);

// Told how many bytes of the file are there.
using OnBytes = std::function<void(std::uint64_t)>;
// Returns the hash by which the blob is named. `about.file` is file.name. Errors as fetch_model().
std::string fetch_file(HttpSession& session, const HubFile& file, const std::string& commit, const FilePlaces& places,
                       const HubQuestion& about, const OnBytes& on_bytes, const Control& control);

}  // namespace sparsight
