#include "tests/hub_server.h"

#include "tests/support.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>

namespace sparsight::test {

namespace fs = std::filesystem;

namespace {

std::string digest_of(const EVP_MD* method, std::string_view content) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(content.data(), content.size(), digest, &size, method, nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

int listening_socket() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket, 64) != 0)
    throw std::runtime_error("no socket for the hub of the tests");
  return socket;
}

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// A client's line to a port of this machine that asks for nothing. Returns when the server has closed it.
void knock(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no line to the hub of the tests");
  ::shutdown(socket, SHUT_WR);
  char byte = 0;
  while (::recv(socket, &byte, 1, 0) > 0) {
  }
  ::close(socket);
}

std::string read_head(int socket) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n") && head.size() < 65536 && ::recv(socket, &byte, 1, 0) == 1) head += byte;
  return head;
}

HubRequest parsed(const std::string& head, bool elsewhere) {
  std::istringstream lines(head);
  HubRequest request;
  request.elsewhere = elsewhere;
  lines >> request.method >> request.path;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

}  // namespace

std::string sha256_of(std::string_view content) { return digest_of(EVP_sha256(), content); }

std::string git_sha1_of(std::string_view content) {
  std::string blob = fmt::format("blob {}", content.size());
  blob += '\0';
  return digest_of(EVP_sha1(), blob.append(content));
}

std::vector<HubContent> contents_of(const fs::path& folder) {
  std::vector<HubContent> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file()) files.push_back({name, read_file(entry.path()), name.ends_with(".safetensors")});
  }
  return files;
}

// ---- One answer

void HubAnswer::raw(std::string_view bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    closed_ = sent <= 0;
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void HubAnswer::send(int status, const Headers& headers, std::string_view body) {
  std::string head = fmt::format("HTTP/1.1 {} Answer\r\nConnection: close\r\n", status);
  bool length = false;
  for (const auto& [name, value] : headers) {
    head += name + ": " + value + "\r\n";
    length = length || name == "Content-Length";
  }
  if (!length) head += fmt::format("Content-Length: {}\r\n", body.size());
  raw(head + "\r\n");
  raw(body);
}

void HubAnswer::content(const HubRequest& request, std::string_view content, std::string_view hash, std::size_t most) {
  std::size_t begin = 0, end = content.size();
  const std::string range = request.header("range");
  const bool part = server_.ranges && !range.empty() && std::sscanf(range.c_str(), "bytes=%zu-%zu", &begin, &end) == 2;
  end = part ? std::min(end + 1, content.size()) : content.size();
  if (begin >= end && part) return send(416, {}, "");
  Headers headers{{"ETag", fmt::format("\"{}\"", hash)}, {"Content-Length", std::to_string(end - begin)}};
  if (part) headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", begin, end - 1, content.size()));
  send(part ? 206 : 200, headers, "");
  if (request.method == "HEAD") return;
  constexpr std::size_t kPiece = 16 * 1024;
  std::string_view body = content.substr(begin, end - begin);
  for (body = body.substr(0, most); !body.empty() && !closed_; body.remove_prefix(std::min(kPiece, body.size()))) {
    const std::string_view piece = body.substr(0, kPiece);
    if (server_.on_sent) server_.on_sent(server_.sent_ += piece.size());
    raw(piece);
  }
}

// ---- The server

struct HubServer::Impl {
  explicit Impl(HubServer& owner) : server(owner) {
    for (const bool elsewhere : {false, true}) threads.emplace_back([this, elsewhere] { accept_at(elsewhere); });
  }
  ~Impl() {
    stopping = true;
    for (const int socket : listening) ::shutdown(socket, SHUT_RDWR);
    for (std::thread& thread : threads) thread.join();
    {
      const std::lock_guard lock(mutex);
      for (const int line : open) ::shutdown(line, SHUT_RDWR);
    }
    for (std::thread& line : lines) line.join();
    for (const int socket : listening) ::close(socket);
  }

  void accept_at(bool elsewhere) {
    while (!stopping) {
      const int line = ::accept4(listening[elsewhere ? 1 : 0], nullptr, nullptr, SOCK_CLOEXEC);
      if (line < 0) continue;
      const int small = 64 * 1024;
      ::setsockopt(line, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
      const std::lock_guard lock(mutex);
      open.insert(line);
      lines.emplace_back([this, line, elsewhere] { serve(line, elsewhere); });
    }
  }

  void serve(int line, bool elsewhere) {
    if (const std::string head = read_head(line); !head.empty()) {
      const HubRequest request = parsed(head, elsewhere);
      {
        const std::lock_guard lock(mutex);
        requests.push_back(request);
      }
      HubAnswer to(server, line);
      if (!server.on_request || !server.on_request(request, to)) server.answer(request, to);
    }
    const std::lock_guard lock(mutex);
    open.erase(line);
    closed.notify_all();
    ::shutdown(line, SHUT_WR);
    ::close(line);
  }

  HubServer& server;
  const int listening[2] = {listening_socket(), listening_socket()};
  std::atomic<bool> stopping{false};
  std::mutex mutex;  // guards what follows
  std::vector<HubRequest> requests;
  std::set<int> open;
  std::condition_variable closed;  // told when a line leaves `open`
  std::vector<std::thread> lines;
  std::vector<std::thread> threads;
};

HubServer::HubServer() : impl_(std::make_unique<Impl>(*this)) {}
HubServer::~HubServer() = default;

std::string HubServer::endpoint() const { return fmt::format("http://127.0.0.1:{}", port_of(impl_->listening[0])); }
std::string HubServer::elsewhere() const { return fmt::format("http://localhost:{}", port_of(impl_->listening[1])); }

std::vector<HubRequest> HubServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

void HubServer::settle() {
  // Lines are accepted in the order in which they came: after this one, all that came before are in `open`.
  for (const int socket : impl_->listening) knock(port_of(socket));
  std::unique_lock lock(impl_->mutex);
  impl_->closed.wait(lock, [this] { return impl_->open.empty(); });
}

std::string HubServer::about_model() const {
  nlohmann::json listed = nlohmann::json::array();
  for (const HubContent& file : files) {
    nlohmann::json entry{
        {"rfilename", file.name}, {"size", file.content.size()}, {"blobId", git_sha1_of(file.content)}};
    if (file.large) entry["lfs"] = {{"sha256", file.hash()}, {"size", file.content.size()}, {"pointerSize", 134}};
    listed.push_back(entry);
  }
  return fmt::format(R"({{"id": "{}", "sha": "{}", "siblings": {}{}{}}})", id, commit, listed.dump(),
                     facts.empty() ? "" : ", ", facts);
}

void HubServer::answer(const HubRequest& request, HubAnswer& to) {
  if (request.path.starts_with("/api/models/" + id + "/revision/")) return to.send(200, {}, about_model());
  for (const HubContent& file : files) {
    const std::string hash = file.hash();
    if (request.elsewhere && request.path == "/" + hash) return to.content(request, file.content, hash);
    if (request.elsewhere || request.path != fmt::format("/{}/resolve/{}/{}", id, commit, file.name)) continue;
    if (!file.large) return to.content(request, file.content, hash);
    return to.send(302,
                   {{"Location", elsewhere() + "/" + hash},
                    {"X-Linked-Etag", fmt::format("\"{}\"", hash)},
                    {"X-Linked-Size", std::to_string(file.content.size())},
                    {"X-Repo-Commit", commit}},
                   "");
  }
  to.send(404, {}, R"({"error": "not found"})");
}

}  // namespace sparsight::test
