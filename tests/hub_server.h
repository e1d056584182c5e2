// A hub of models on this machine, over real sockets: it answers as huggingface.co does, and fails where a test wants
// it to. Large files lie at another address, to which it redirects.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sparsight::test {

[[nodiscard]] std::string sha256_of(std::string_view content);
[[nodiscard]] std::string git_sha1_of(std::string_view content);  // of a blob

struct HubContent {
  std::string name, content;
  bool large = false;  // kept elsewhere, named by its SHA-256
  [[nodiscard]] std::string hash() const { return large ? sha256_of(content) : git_sha1_of(content); }
};
// The files of a folder, those of weights as large ones.
[[nodiscard]] std::vector<HubContent> contents_of(const std::filesystem::path& folder);

struct HubRequest {
  std::string method, path;
  std::map<std::string, std::string> headers;  // names in lower case
  bool elsewhere = false;                      // came to the address of large files
  [[nodiscard]] std::string header(const std::string& name) const {
    return headers.contains(name) ? headers.at(name) : std::string();
  }
};

// The answer to one request; the line is closed after it.
class HubAnswer {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  // Content-Length is that of `body` unless `headers` has one.
  void send(int status, const Headers& headers, std::string_view body);
  // The content, or the range of it that was asked for; `most`: breaks off after so many bytes of it.
  void content(const HubRequest& request, std::string_view content, std::string_view hash, std::size_t most = SIZE_MAX);
  void raw(std::string_view bytes);  // without a head
  [[nodiscard]] bool closed() const { return closed_; }

 private:
  friend class HubServer;
  HubAnswer(class HubServer& server, int socket) : server_(server), socket_(socket) {}
  HubServer& server_;
  int socket_;
  bool closed_ = false;
};

class HubServer {
 public:
  HubServer();
  ~HubServer();
  HubServer(const HubServer&) = delete;
  HubServer& operator=(const HubServer&) = delete;

  [[nodiscard]] std::string endpoint() const;   // "http://127.0.0.1:PORT"
  [[nodiscard]] std::string elsewhere() const;  // of large files, "http://localhost:PORT"

  // Set these before the first request.
  std::string id = "Some/Model", commit = std::string(40, 'c');
  std::vector<HubContent> files;
  std::string facts = R"("cardData": {"license": "apache-2.0"})";  // JSON of the answer about the model
  bool ranges = true;
  // Answers in place of the hub if it returns true. On the thread of the line.
  std::function<bool(const HubRequest&, HubAnswer&)> on_request;
  // Told how many bytes of contents were sent to all, before more are sent. On the thread of a line.
  std::function<void(std::uint64_t)> on_sent;

  [[nodiscard]] std::vector<HubRequest> requests() const;  // so far, in their order
  // Returns when every line that clients have opened by now is closed. A client that was stopped or killed may have
  // requests under way; wait for them before requests() is counted or a function above is set anew.
  void settle();
  [[nodiscard]] std::string about_model() const;  // the answer of the API

 private:
  friend class HubAnswer;
  struct Impl;
  void answer(const HubRequest& request, HubAnswer& to);
  std::atomic<std::uint64_t> sent_{0};
  std::unique_ptr<Impl> impl_;
};

}  // namespace sparsight::test
