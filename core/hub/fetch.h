// Finds a model on a hub and brings it into the cache, where huggingface_hub and transformers find it too.
#pragma once

#include "core/base/progress.h"
#include "core/hub/hub.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sparsight {

struct HubFile {
  std::string name{};  // a plain name: files in folders are of no use to Sparsight
  std::uint64_t bytes = 0;
  std::string hash{};  // SHA-256 (64 digits) or git's SHA-1 (40 digits); empty: the hub does not say it here
};

// What would be fetched. Each text for people is one line.
struct HubModel {
  std::string id{}, revision{};  // as asked for
  std::string commit{};          // that the revision is now, 40 digits
  std::string host{};            // that is asked
  std::string licence{};         // as the hub names it, "apache-2.0"; empty: it names none
  std::string licence_link{};    // of a licence of its own; empty: none
  bool gated = false;            // its licence must be accepted on the hub's page
  std::string model_type{};      // "smolvlm"; empty: the hub does not say it
  std::uint64_t parameters = 0;  // 0: the hub does not say it
  std::vector<HubFile> files{};  // that Sparsight needs, small ones first

  [[nodiscard]] std::uint64_t bytes() const;
};

// Memory for a model's weights by format, in bytes.
struct WeightMemory {
  std::uint64_t f16 = 0, int8 = 0, int4 = 0;
};
[[nodiscard]] WeightMemory weight_memory(std::uint64_t parameters);
// For a model whose parameters the hub does not count, as if its weights had 16 bits.
[[nodiscard]] WeightMemory weight_memory(const HubModel& model);

// Asks the hub, and writes nothing. The files are weights (safetensors, else PyTorch's pickles), configuration,
// tokenizer and chat template; not the same weights in other formats. Error{Usage}: the id or the revision;
// Error{Network}: the hub cannot be reached, refuses, or answers what no hub answers, such as a file outside of the
// model's folder, or there are no weights. Cancelled. Any thread. While nothing has come, `on_wait` is told every
// second and after each failed attempt.
[[nodiscard]] HubModel look_up(const std::string& id, const std::string& revision, const HubOptions& options,
                               const std::stop_token& stop = {}, const OnHubWait& on_wait = {});

// Bytes of `model` that the cache does not hold yet, also of files whose download has begun.
[[nodiscard]] std::uint64_t missing_bytes(const HubModel& model, const std::filesystem::path& cache);

// Error{File}: not enough space is free for what is missing.
void check_space(const HubModel& model, const std::filesystem::path& cache);

// Fetches what is missing and returns the folder of the model. A file is complete and verified before it gets its name;
// until then it lies beside it as HASH.sparsight.incomplete, with a map of its parts, and a stopped or killed download
// goes on from there. Reports Stage::Fetch by bytes of the model, Stage::Verify by bytes of a file. Error{Network}: as
// look_up(), or content with another hash than the hub says, which is thrown away; Error{File}: not enough space,
// before anything is fetched or when the disk is full; Error{Usage}: another process is fetching the file. Cancelled.
// Any thread.
std::filesystem::path fetch_model(const HubModel& model, const HubOptions& options, const Control& control);

}  // namespace sparsight
