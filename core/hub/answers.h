// What the answers of a hub mean: whether to try again and when, and what to tell people.
#pragma once

#include "core/hub/http.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace sparsight {

// Who is asked about what, for messages.
struct HubQuestion {
  const HubOptions& options;
  std::string id, revision;
  std::string file{};  // empty: the model itself
};

// A lost line, or an answer that may be another one next time: 408, 425, 429, 5xx.
[[nodiscard]] bool is_passing(const HttpResult& result);
// Error{Network} for any answer that is not the expected one.
[[noreturn]] void refuse(const HttpResult& result, const HubQuestion& about);

// How often one thing has been tried in a row, and how long to wait now.
class Patience {
 public:
  void brought(std::uint64_t bytes);  // since the last failure; enough of them, and the count begins anew
  // After a passing failure. Error{Network}: too many attempts, or the server asks for too long a wait.
  [[nodiscard]] std::chrono::milliseconds wait_after(const HttpResult& result, const HubQuestion& about);

 private:
  unsigned failures_ = 0;
};

// Sends a request whose answer is small, again after passing failures, until its status is 200 or a redirect.
// `request` keeps nothing of an earlier attempt. The first question, which is about the model itself, gives up after
// HubOptions::first_answer without a byte. Error{Network}; Cancelled.
[[nodiscard]] HttpHead ask_hub(HttpSession& session, HttpRequest request, const HubQuestion& about,
                               const std::stop_token& stop, const OnHubWait& on_wait = {});

}  // namespace sparsight
