#include "core/hub/hub.h"

#include "core/base/json.h"
#include "core/base/mapped_file.h"
#include "core/base/os/os.h"
#include "core/base/text.h"
#include "core/hub/http.h"
#include "core/model/model_folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <span>

namespace sparsight {
namespace {

namespace fs = std::filesystem;

std::string value_of(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? std::string() : std::string(trimmed(text));
}

bool is_set(const char* variable) {
  std::string text = value_of(variable);
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

// A token goes into a header: printable characters without blanks.
void check_token(const std::string& token, std::string_view where) {
  constexpr std::size_t kLongest = 4096;
  const auto plain = [](char c) { return c > ' ' && c < 0x7F; };
  if (token.size() > kLongest || !std::ranges::all_of(token, plain))
    fail(ErrorKind::Usage, "{}: expected a token of letters and digits, found something else", where);
}

std::string token_in(const fs::path& path) {
  std::error_code absent;
  if (!fs::is_regular_file(path, absent)) return {};
  const std::optional<os::File> file = open_to_read(path);
  if (!file) return {};
  std::array<char, 8192> text{};
  const std::size_t got = file->read_at(0, std::as_writable_bytes(std::span(text)));
  std::string token(trimmed(std::string_view(text.data(), got)));
  check_token(token, path.string());
  return token;
}

std::string users_token() {
  for (const char* variable : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"})
    if (std::string token = value_of(variable); !token.empty()) {
      check_token(token, variable);
      return token;
    }
  if (const std::string path = value_of("HF_TOKEN_PATH"); !path.empty()) return token_in(path);
  if (const std::string home = value_of("HF_HOME"); !home.empty()) return token_in(fs::path(home) / "token");
  const std::string cache = value_of("XDG_CACHE_HOME");
  return token_in((cache.empty() ? os::home_folder() / ".cache" : fs::path(cache)) / "huggingface" / "token");
}

bool is_plain(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.'; }

bool is_plain_part(std::string_view part) {
  return !part.empty() && part.size() <= 96 && std::ranges::all_of(part, is_plain) && part.front() != '.' &&
         part.front() != '-' && part.back() != '.' && part.find("..") == std::string_view::npos;
}

}  // namespace

HubOptions HubOptions::of_this_user(const std::string& endpoint) {
  if (is_set("HF_HUB_OFFLINE"))
    fail(ErrorKind::Usage, "HF_HUB_OFFLINE is set, so no hub is asked; unset it to download a model");
  HubOptions options;
  const std::string named = value_of("HF_ENDPOINT");
  if (!named.empty()) options.endpoint = named;
  if (!endpoint.empty()) options.endpoint = endpoint;
  while (options.endpoint.ends_with('/')) options.endpoint.pop_back();
  try {
    check_address(options.endpoint, ErrorKind::Usage);
  } catch (const Error& error) {
    if (!endpoint.empty()) throw;
    fail(ErrorKind::Usage, "HF_ENDPOINT names the hub: {}", error.what());
  }
  options.token = users_token();
  options.cache = hugging_face_cache();
  return options;
}

void check_hub_id(std::string_view id) {
  const std::size_t slash = id.find('/');
  const std::string_view owner = id.substr(0, slash);
  const bool named = slash == std::string_view::npos || is_plain_part(id.substr(slash + 1));
  if (!is_plain_part(owner) || !named || id.find("--") != std::string_view::npos)
    fail(ErrorKind::Usage, "{}: expected the name of a model on the hub, such as {}", shown(id),
         "HuggingFaceTB/SmolVLM2-500M-Video-Instruct");
}

void check_hub_revision(std::string_view revision) {
  bool good = !revision.empty() && revision.size() <= 200;
  for (std::size_t at = 0; good && at <= revision.size();) {
    const std::size_t end = std::min(revision.find('/', at), revision.size());
    good = is_plain_part(revision.substr(at, end - at));
    at = end + 1;
  }
  if (!good) fail(ErrorKind::Usage, "{}: expected a branch, a tag or a commit, such as main", shown(revision));
}

fs::path repository_in(const fs::path& cache, std::string_view id) {
  std::string name = "models--";
  for (const char c : id) name += c == '/' ? std::string("--") : std::string(1, c);
  return cache / name;
}

}  // namespace sparsight
