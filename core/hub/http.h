// HTTP over libcurl: several transfers at a time on the caller's thread, redirects followed one by one, every size
// bounded. Knows nothing of hubs but where the token may go.
#pragma once

#include "core/hub/hub.h"
#include "kernels/error.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sparsight {

// Error of `kind` unless `url` is an https address with a host, or an http one of this machine (localhost, 127.0.0.1,
// [::1]), without a user's name in it.
void check_address(const std::string& url, ErrorKind kind);
// "host:port", and the whole address that `location` means, seen from `url`. Error{Network}: it is no address.
[[nodiscard]] std::string host_of(const std::string& url);
[[nodiscard]] std::string resolved(const std::string& url, const std::string& location);

struct HttpHead {
  long status = 0;
  std::string url{};                                         // that answered, after redirects
  std::map<std::string, std::string> headers{};              // names in lower case
  [[nodiscard]] std::string header(const char* name) const;  // "" if there is none
};

// What a Retry-After header asks for, in seconds or as a date; nullopt: nothing that can be read.
[[nodiscard]] std::optional<std::chrono::seconds> retry_after(const HttpHead& head);

struct ByteRange {
  std::uint64_t begin = 0, end = 0;  // end is not included
  [[nodiscard]] std::uint64_t bytes() const { return end - begin; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

struct HttpRequest {
  std::string url{};
  bool head = false;  // only the head; a redirect to another host is not followed, its head is the result
  std::optional<ByteRange> range{};
  // The last head, before the body; then the body in pieces. What they throw ends the transfer and the wait().
  std::function<void(const HttpHead&)> on_head{};
  std::function<void(std::string_view)> on_body{};
};

struct HttpResult {
  HttpHead head{};          // status 0: no answer came
  std::string lost{};       // why the line was lost before all had arrived; empty: it was not
  bool unreached = false;   // because there is no way to the server: no such host, or nobody listens there
  bool distrusted = false;  // because the server's certificate is not accepted
};

// One thread, but for the stop token.
class HttpSession {
 public:
  explicit HttpSession(const HubOptions& options);
  ~HttpSession();
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  using Id = std::uint64_t;
  Id begin(HttpRequest request);
  void drop(Id id);  // as if it had not begun
  // Carries the transfers on until one has ended, or for `most`. Error{Network}: too many redirects, one to a forbidden
  // address, headers without end. Cancelled.
  [[nodiscard]] std::optional<std::pair<Id, HttpResult>> wait(std::chrono::milliseconds most,
                                                              const std::stop_token& stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight
