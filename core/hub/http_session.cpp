#include "core/base/json.h"
#include "core/base/progress.h"
#include "core/base/stopwatch.h"
#include "core/base/text.h"
#include "core/hub/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <new>
#include <utility>

namespace sparsight {
namespace {

constexpr int kMostRedirects = 8;
constexpr std::size_t kMostHeaderBytes = 64 * 1024;  // of one answer
constexpr long kConnectSeconds = 30;
constexpr long kSlowBytes = 1000;  // a second
constexpr double kLongestPollMs = 1000;

struct Transfer {
  HttpSession::Id id = 0;
  HttpRequest request;
  HttpHead head;
  CURL* easy = nullptr;
  curl_slist* lines = nullptr;  // of the request
  std::size_t header_bytes = 0;
  int redirects = 0;
  bool head_given = false;
  std::exception_ptr thrown;

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    curl_easy_cleanup(easy);
    curl_slist_free_all(lines);
  }

  [[nodiscard]] bool redirected() const {
    const long s = head.status;
    return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) && head.headers.contains("location");
  }
  void give_head() {
    if (head_given || redirected()) return;
    head_given = true;
    if (request.on_head) request.on_head(head);
  }
};

// Runs what may throw inside libcurl, which is C.
template <typename Work>
std::size_t guarded(Transfer& transfer, std::size_t bytes, Work work) {
  try {
    work();
    return bytes;
  } catch (...) {
    transfer.thrown = std::current_exception();
    return bytes == 0 ? 1 : 0;  // any other number ends the transfer
  }
}

std::size_t on_header(char* text, std::size_t size, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  return guarded(transfer, size * count, [&] {
    const std::string_view line(text, size * count);
    transfer.header_bytes += line.size();
    if (transfer.header_bytes > kMostHeaderBytes)
      fail(ErrorKind::Network, "{}: the server sends headers without end", host_of(transfer.head.url));
    if (line.starts_with("HTTP/")) {  // of a further answer, after "100 Continue" or a proxy's
      transfer.head.headers.clear();
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    transfer.head.headers[name] = trimmed(line.substr(colon + 1));
  });
}

std::size_t on_body(char* text, std::size_t size, std::size_t count, void* to) {
  auto& transfer = *static_cast<Transfer*>(to);
  return guarded(transfer, size * count, [&] {
    curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &transfer.head.status);
    if (transfer.redirected()) return;
    transfer.give_head();
    if (transfer.request.on_body) transfer.request.on_body({text, size * count});
  });
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct HttpSession::Impl {
  explicit Impl(const HubOptions& given) : options(given) {
    start_curl();
    multi = curl_multi_init();
    if (multi == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);  // each transfer has a line of its own
  }
  ~Impl() {
    for (const auto& transfer : transfers) curl_multi_remove_handle(multi, transfer->easy);
    transfers.clear();
    curl_multi_cleanup(multi);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void send(Transfer& transfer, const std::string& url);
  std::optional<std::pair<Id, HttpResult>> ended();
  void forget(Transfer& transfer) {
    curl_multi_remove_handle(multi, transfer.easy);
    std::erase_if(transfers, [&](const auto& other) { return other.get() == &transfer; });
  }

  HubOptions options;
  CURLM* multi = nullptr;
  std::vector<std::unique_ptr<Transfer>> transfers;
  Id last = 0;
};

// Sends the request to `url`, the first or where a redirect leads.
void HttpSession::Impl::send(Transfer& transfer, const std::string& url) {
  check_address(url, ErrorKind::Network);
  transfer.head = {.url = url};
  transfer.header_bytes = 0;
  CURL* easy = transfer.easy;
  curl_easy_reset(easy);
  curl_slist_free_all(std::exchange(transfer.lines, nullptr));
  const auto add_line = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(transfer.lines, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    transfer.lines = longer;
  };
  add_line("Accept-Encoding: identity");  // the sizes and ranges are those of the file
  const std::string host = host_of(url), hub = host_of(options.endpoint);
  if (host.starts_with("http://") && !hub.starts_with("http://"))
    fail(ErrorKind::Network, "{}: redirects to {}, which is not encrypted", hub, host);
  if (!options.token.empty() && host == hub) add_line("Authorization: Bearer " + options.token);
  if (transfer.request.range)
    add_line(fmt::format("Range: bytes={}-{}", transfer.request.range->begin, transfer.request.range->end - 1));

  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.lines);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "sparsight");
  curl_easy_setopt(easy, CURLOPT_NOBODY, transfer.request.head ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall.count()));
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024);
  if (host.starts_with("http://")) curl_easy_setopt(easy, CURLOPT_PROXY, "");  // this machine is asked directly
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (const char* file = std::getenv(variable); file != nullptr && *file != '\0')
      curl_easy_setopt(easy, CURLOPT_CAINFO, file);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  curl_multi_add_handle(multi, easy);
}

std::optional<std::pair<HttpSession::Id, HttpResult>> HttpSession::Impl::ended() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->head.status);
    if (transfer->thrown) std::rethrow_exception(transfer->thrown);
    if (code == CURLE_OK && transfer->redirected()) {
      const std::string from = transfer->head.url, to = resolved(from, transfer->head.header("location"));
      const bool elsewhere = host_of(from) != host_of(to);
      if (!transfer->request.head || !elsewhere) {
        if (++transfer->redirects > kMostRedirects)
          fail(ErrorKind::Network, "{}: more than {} redirects", host_of(from), kMostRedirects);
        curl_multi_remove_handle(multi, transfer->easy);
        send(*transfer, to);
        continue;
      }
      transfer->head_given = true;
      if (transfer->request.on_head) transfer->request.on_head(transfer->head);
    }
    if (code == CURLE_OK) transfer->give_head();
    std::pair<Id, HttpResult> result{transfer->id, {std::move(transfer->head), {}}};
    if (code != CURLE_OK) result.second.lost = curl_easy_strerror(code);
    result.second.unreached =
        code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_COULDNT_CONNECT;
    result.second.distrusted = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    forget(*transfer);
    return result;
  }
  return std::nullopt;
}

HttpSession::HttpSession(const HubOptions& options) : impl_(std::make_unique<Impl>(options)) {}
HttpSession::~HttpSession() = default;

HttpSession::Id HttpSession::begin(HttpRequest request) {
  auto transfer = std::make_unique<Transfer>();
  transfer->easy = curl_easy_init();
  if (transfer->easy == nullptr) throw std::bad_alloc();
  transfer->id = ++impl_->last;
  transfer->request = std::move(request);
  impl_->send(*transfer, transfer->request.url);
  impl_->transfers.push_back(std::move(transfer));
  return impl_->last;
}

void HttpSession::drop(Id id) {
  for (const auto& transfer : impl_->transfers)
    if (transfer->id == id) return impl_->forget(*transfer);
}

std::optional<std::pair<HttpSession::Id, HttpResult>> HttpSession::wait(std::chrono::milliseconds most,
                                                                        const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(impl_->multi); });
  const Stopwatch waited;
  for (;;) {
    stop_here_if_asked(stop);
    int running = 0;
    curl_multi_perform(impl_->multi, &running);
    if (auto result = impl_->ended()) return result;
    const double left_ms = static_cast<double>(most.count()) - waited.ms();
    if (left_ms <= 0) return std::nullopt;
    curl_multi_poll(impl_->multi, nullptr, 0, static_cast<int>(std::min(std::ceil(left_ms), kLongestPollMs)), nullptr);
  }
}

}  // namespace sparsight
