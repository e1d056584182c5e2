// A hub of models (huggingface.co or a mirror of it): its address, who asks, and how patiently.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace sparsight {

// How long the hub was waited for, and what became of the last attempt; empty: it is the first.
using OnHubWait = std::function<void(std::chrono::milliseconds waited, const std::string& last)>;

struct HubOptions {
  std::string endpoint = "https://huggingface.co";  // without a slash at its end; plain http only to this machine
  std::string token;                                // empty: none; sent to the endpoint alone
  std::filesystem::path cache;                      // in the layout of huggingface_hub
  std::size_t connections = 4;                      // for one large file
  unsigned attempts = 6;                            // in a row that bring no byte; 1 or more
  std::chrono::milliseconds first_wait{1000};       // after a failed attempt; doubles with each further one
  std::chrono::milliseconds longest_wait{60'000};
  std::chrono::seconds longest_retry_after{300};  // a server that asks for a longer wait is not waited for
  std::chrono::seconds first_answer{60};          // how long the hub is asked about a model until anything comes
  std::chrono::seconds stall{30};                 // a line slower than 1 kB/s for so long is dropped; 1 or more
  bool symbolic_links = true;                     // false: as on a file system without them, copies

  // As huggingface_hub: HF_ENDPOINT; HF_TOKEN, HF_TOKEN_PATH, $HF_HOME/token, the user's cache/huggingface/token; the
  // cache as hugging_face_cache() has it. `endpoint` overrides HF_ENDPOINT if it is not empty. Error{Usage}: an
  // endpoint that is no https address (http is allowed for this machine), HF_HUB_OFFLINE is set; Error{File}.
  [[nodiscard]] static HubOptions of_this_user(const std::string& endpoint = {});
};

// Error{Usage} unless `id` is the name of a model on a hub, "name" or "owner/name": letters, digits, '-', '_', '.'.
void check_hub_id(std::string_view id);
// Error{Usage} unless `revision` may be a branch, a tag or a commit.
void check_hub_revision(std::string_view revision);

// The folder of a model in a cache: "models--owner--name". `id` is a checked one.
[[nodiscard]] std::filesystem::path repository_in(const std::filesystem::path& cache, std::string_view id);

}  // namespace sparsight
