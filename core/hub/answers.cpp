#include "core/hub/answers.h"

#include "core/base/json.h"
#include "core/base/stopwatch.h"
#include "core/hub/recommended.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sparsight {
namespace {

constexpr std::uint64_t kBytesOfProgress = 64 * 1024;
constexpr unsigned kAttemptsToReach = 3;  // the hub, by the first question

std::string name_of(const HubQuestion& about) { return about.file.empty() ? about.id : about.id + "/" + about.file; }

std::string what_happened(const HttpResult& result) {
  return result.lost.empty() ? fmt::format("it answers {}", result.head.status) : shown(result.lost);
}

[[noreturn]] void refuse_unauthorized(const HubQuestion& about, long status) {
  const std::string& hub = about.options.endpoint;
  if (about.options.token.empty())
    fail(ErrorKind::Network,
         "{}: the hub answers {}: there is no such model, or it is private, or its licence must be accepted; look at "
         "{}/{}, accept the licence there, make a token at {}/settings/tokens and set HF_TOKEN to it",
         name_of(about), status, hub, about.id, hub);
  if (status == 401)
    fail(ErrorKind::Network,
         "{}: the hub answers 401: it does not know the token, or there is no such model; make a new token at "
         "{}/settings/tokens and set HF_TOKEN to it",
         name_of(about), hub);
  fail(ErrorKind::Network,
       "{}: the hub answers {}: this token may not read it; accept the model's licence at {}/{} and give the token the "
       "right to read gated models at {}/settings/tokens",
       name_of(about), status, hub, about.id, hub);
}

}  // namespace

bool is_passing(const HttpResult& result) {
  const long s = result.head.status;
  if (result.distrusted) return false;
  return !result.lost.empty() || s == 408 || s == 425 || s == 429 || s >= 500;
}

void refuse(const HttpResult& result, const HubQuestion& about) {
  if (result.distrusted)
    fail(
        ErrorKind::Network,
        "{}: its certificate is not accepted ({}); SSL_CERT_FILE names a file of certificates to trust, if the network "
        "here has its own",
        host_of(result.head.url), shown(result.lost));
  const long status = result.head.status;
  if ((status == 401 || status == 404) && about.file.empty())
    if (const std::string meant = meant_recommended(about.id); !meant.empty() && meant != about.id)
      fail(ErrorKind::Network, "{}: {} answers {}: there is no such model, or it is private; did you mean {}?",
           about.id, about.options.endpoint, status, meant);
  if (status == 401 || status == 403) refuse_unauthorized(about, status);
  if (status == 404 && !about.file.empty())
    fail(ErrorKind::Network, "{}: the hub has no such file in revision {}", name_of(about), about.revision);
  if (status == 404)
    fail(ErrorKind::Network, "{}: {} has no such model, or no revision {} of it; is the name spelled right?", about.id,
         about.options.endpoint, about.revision);
  fail(ErrorKind::Network, "{}: {} answers {}, which is not expected here", name_of(about), host_of(result.head.url),
       status);
}

void Patience::brought(std::uint64_t bytes) {
  if (bytes >= kBytesOfProgress) failures_ = 0;
}

std::chrono::milliseconds Patience::wait_after(const HttpResult& result, const HubQuestion& about) {
  const HubOptions& options = about.options;
  const std::string host = result.head.url.empty() ? options.endpoint : host_of(result.head.url);
  // Where nobody is reached, somebody waits to be told.
  const unsigned most =
      result.unreached && about.file.empty() ? std::min(options.attempts, kAttemptsToReach) : options.attempts;
  if (++failures_ >= most && result.unreached)
    fail(ErrorKind::Network,
         "{}: {} cannot be reached, {} times in a row ({}): is this machine online? HF_ENDPOINT names a mirror, "
         "https_proxy a proxy; what has arrived is kept",
         name_of(about), host, failures_, shown(result.lost));
  if (failures_ >= most)
    fail(ErrorKind::Network,
         "{}: {} cannot be reached or breaks off, {} times in a row; last: {}; what has arrived is "
         "kept, so try again later",
         name_of(about), host, failures_, what_happened(result));
  const std::chrono::milliseconds grown =
      std::min(options.longest_wait, options.first_wait * (1 << std::min(failures_ - 1, 16U)));
  const std::optional<std::chrono::seconds> asked = retry_after(result.head);
  if (asked && *asked > options.longest_retry_after)
    fail(ErrorKind::Network, "{}: {} answers {} and asks to wait {} s; try again then", name_of(about), host,
         result.head.status, asked->count());
  return asked ? std::max<std::chrono::milliseconds>(grown, *asked) : grown;
}

HttpHead ask_hub(HttpSession& session, HttpRequest request, const HubQuestion& about, const std::stop_token& stop,
                 const OnHubWait& on_wait) {
  constexpr std::chrono::milliseconds kOften(1000);
  const HubOptions& options = about.options;
  const Stopwatch clock;
  Stopwatch silence;
  bool heard = false;
  if (request.on_body)
    request.on_body = [&heard, take = std::move(request.on_body)](std::string_view piece) {
      heard = true;
      take(piece);
    };
  std::string last;
  using Ended = std::optional<std::pair<HttpSession::Id, HttpResult>>;
  // Carries on until a transfer has ended, or for `most`.
  const auto wait = [&](std::chrono::milliseconds most) -> Ended {
    const Stopwatch since;
    for (auto left = most; left.count() > 0; left = most - std::chrono::milliseconds(std::lround(since.ms()))) {
      if (Ended ended = session.wait(std::min(left, kOften), stop)) return ended;
      if (std::exchange(heard, false)) silence = {};
      if (about.file.empty() && silence.seconds() >= static_cast<double>(options.first_answer.count()))
        fail(
            ErrorKind::Network,
            "{}: {} did not answer for {} s{}: is this machine online? HF_ENDPOINT names a mirror, https_proxy a proxy",
            name_of(about), options.endpoint, options.first_answer.count(), last.empty() ? "" : "; last: " + last);
      if (on_wait) on_wait(std::chrono::milliseconds(std::lround(clock.ms())), last);
    }
    return std::nullopt;
  };
  Patience patience;
  for (;;) {
    session.begin(request);
    Ended ended;
    while (!ended) ended = wait(std::chrono::hours(1));
    const HttpResult& result = ended->second;
    if (result.lost.empty() && result.head.status >= 200 && result.head.status < 400) return result.head;
    if (!is_passing(result)) refuse(result, about);
    const auto pause = patience.wait_after(result, about);
    last = what_happened(result);
    if (on_wait) on_wait(std::chrono::milliseconds(std::lround(clock.ms())), last);
    if (result.lost.empty()) silence = {};  // it answered, if only that it cannot now
    static_cast<void>(wait(pause));
  }
}

}  // namespace sparsight
