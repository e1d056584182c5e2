#include "core/hub/http.h"

#include "core/base/json.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <memory>

namespace sparsight {
namespace {

constexpr std::size_t kLongestUrl = 8192;  // signed addresses are long

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlDeleter>;

// nullptr: no absolute address with a host.
Url parsed(const std::string& text) {
  Url url(curl_url());
  if (!url || text.size() > kLongestUrl) return nullptr;
  const bool good = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  return good ? std::move(url) : nullptr;
}

std::string part_of(const Url& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_this_machine(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

}  // namespace

void check_address(const std::string& text, ErrorKind kind) {
  const Url url = parsed(text);
  if (!url) fail(kind, "{}: expected an address that begins with https://", shown(text));
  const std::string scheme = part_of(url, CURLUPART_SCHEME), host = part_of(url, CURLUPART_HOST);
  const bool safe = scheme == "https" || (scheme == "http" && is_this_machine(host));
  if (!safe) fail(kind, "{}: expected an address that begins with https://; {} is not encrypted", shown(text), scheme);
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty())
    fail(kind, "{}: expected an address without a user's name in it", shown(host));
}

std::string host_of(const std::string& text) {
  const Url url = parsed(text);
  if (!url) fail(ErrorKind::Network, "{}: this is no address of a server", shown(text));
  return part_of(url, CURLUPART_SCHEME) + "://" + part_of(url, CURLUPART_HOST) + ":" +
         part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::string resolved(const std::string& from, const std::string& location) {
  const Url url = parsed(from);
  if (!url || location.size() > kLongestUrl || curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0) != CURLUE_OK)
    fail(ErrorKind::Network, "{}: redirects to {}, which is no address", shown(from), shown(location));
  return part_of(url, CURLUPART_URL);
}

std::string HttpHead::header(const char* name) const {
  const auto at = headers.find(name);
  return at == headers.end() ? std::string() : at->second;
}

std::optional<std::chrono::seconds> retry_after(const HttpHead& head) {
  const std::string text = head.header("retry-after");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size())
    return std::chrono::seconds(std::max<std::int64_t>(seconds, 0));
  const std::time_t date = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return std::chrono::seconds(std::max<std::int64_t>(date - std::time(nullptr), 0));
}

}  // namespace sparsight
