// A hub that fails, lies or is slow, and a download that is killed.
#include "core/hub/fetch.h"

#include <catch2/catch.hpp>

#include "tests/hub_scene.h"

#include <sys/mount.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <deque>
#include <mutex>
#include <thread>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

bool is_api(const HubRequest& request) { return request.path.starts_with("/api/"); }

// A hub whose answers to `which` requests are `answers`, in turn, and then as usual.
class FaultyHub {
 public:
  using Answer = std::function<void(const HubRequest&, HubAnswer&)>;
  using Which = std::function<bool(const HubRequest&)>;

  explicit FaultyHub(std::size_t weight_bytes = 300'000) {
    stock(server, weight_bytes);
    server.on_request = [this](const HubRequest& request, HubAnswer& to) {
      Answer answer;
      {
        const std::lock_guard lock(mutex_);
        if (answers_.empty() || !which_(request)) return false;
        answer = answers_.front();
        if (!for_ever_) answers_.pop_front();
      }
      answer(request, to);
      return true;
    };
  }
  void faults(Which which, std::deque<Answer> answers, bool for_ever = false) {
    const std::lock_guard lock(mutex_);
    which_ = std::move(which);
    answers_ = std::move(answers);
    for_ever_ = for_ever;
  }
  [[nodiscard]] bool all_seen() {
    const std::lock_guard lock(mutex_);
    return answers_.empty();
  }
  [[nodiscard]] const HubContent& weights() const { return server.files.at(4); }
  [[nodiscard]] HubOptions options() const { return options_for(server, temp / "hub"); }
  [[nodiscard]] std::string failure(ErrorKind kind = ErrorKind::Network) const {
    return failure_of(kind, [&] { fetch(server, options()); });
  }
  [[nodiscard]] bool fetches() const {
    return read_file(fetch(server, options()) / "model.safetensors") == weights().content;
  }

  TempDir temp;

 private:
  std::mutex mutex_;
  Which which_;
  std::deque<Answer> answers_;
  bool for_ever_ = false;

 public:
  HubServer server;  // last: its threads use all of the above
};

FaultyHub::Answer status(int code, HubAnswer::Headers headers = {}) {
  return [code, headers](const HubRequest&, HubAnswer& to) { to.send(code, headers, "an error"); };
}

bool any(const HubRequest&) { return true; }
bool of_content(const HubRequest& request) { return request.elsewhere; }

std::string in_http(std::time_t time) {
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&time));
  return text;
}

}  // namespace

TEST_CASE("hub faults: refusals say what to do", "[hub]") {
  FaultyHub hub;
  hub.faults(any, {status(401)}, true);
  CHECK_THAT(hub.failure(), Contains("accept the licence there") && Contains("/settings/tokens") &&
                                Contains("HF_TOKEN") && Contains(hub.server.endpoint() + "/Some/Model"));
  HubOptions options = hub.options();
  options.token = "hf_x";
  const auto with_token = [&] {
    return failure_of(ErrorKind::Network, [&] { static_cast<void>(look_up("Some/Model", "main", options)); });
  };
  CHECK_THAT(with_token(), Contains("does not know the token"));
  hub.faults(any, {status(403)}, true);
  CHECK_THAT(with_token(), Contains("may not read it") && Contains("accept the model's licence"));
  CHECK_THAT(with_token(), !Contains("hf_x"));
  hub.faults(any, {status(404)}, true);
  CHECK_THAT(hub.failure(), Contains("no such model") && Contains("main"));
  for (const int answer : {401, 404}) {
    hub.faults(any, {status(answer)}, true);
    CHECK_THAT(
        failure_of(ErrorKind::Network,
                   [&] { static_cast<void>(look_up("HuggingFaceTB/SmolVLM2-500M-Vido-Instruct", "main", options)); }),
        Contains("did you mean HuggingFaceTB/SmolVLM2-500M-Video-Instruct?"));
  }
  hub.faults([](const HubRequest& request) { return request.method == "HEAD"; }, {status(404)}, true);
  CHECK_THAT(hub.failure(), Contains("has no such file"));
  hub.faults(any, {status(418)}, true);
  CHECK_THAT(hub.failure(), Contains("answers 418"));
  for (const char* id : {"../x", "a b", "x/y/z"})
    CHECK_THAT(failure_of(ErrorKind::Usage, [&] { static_cast<void>(look_up(id, "main", options)); }),
               Contains("expected the name"));
  for (const char* revision : {"../x", "", "a b", "/x", "x\r\nHost: y", "a//b"})
    CHECK_THAT(failure_of(ErrorKind::Usage, [&] { static_cast<void>(look_up("a/b", revision, options)); }),
               Contains("expected a branch"));
}

TEST_CASE("hub faults: passing failures are waited for", "[hub]") {
  FaultyHub hub;
  hub.faults(is_api,
             {status(503), status(429, {{"Retry-After", "0"}}),
              status(429, {{"Retry-After", in_http(std::time(nullptr) - 10)}}), status(500),
              [](const HubRequest&, HubAnswer& to) { to.raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"); }});
  CHECK(hub.fetches());
  CHECK(hub.all_seen());
  // A wait that nobody would sit through, in seconds and as a date.
  hub.faults(is_api, {status(429, {{"Retry-After", "86400"}})}, true);
  CHECK_THAT(hub.failure(), Contains("answers 429 and asks to wait 86400 s"));
  hub.faults(is_api, {status(503, {{"Retry-After", in_http(std::time(nullptr) + 100'000)}})}, true);
  CHECK_THAT(hub.failure(), Contains("asks to wait"));
  // For ever.
  hub.faults(is_api, {status(502)}, true);
  CHECK_THAT(hub.failure(), Contains("6 times in a row") && Contains("it answers 502"));
  hub.faults(is_api, {[](const HubRequest&, HubAnswer&) {}}, true);
  CHECK_THAT(hub.failure(), Contains("6 times in a row"));
}

TEST_CASE("hub faults: a hub that nobody runs", "[hub]") {
  const TempDir temp;
  HubOptions options;
  {
    const HubServer server;
    options = options_for(server, temp / "hub");
  }
  CHECK_THAT(failure_of(ErrorKind::Network, [&] { static_cast<void>(look_up("a/b", "main", options)); }),
             Contains("cannot be reached, 3 times in a row") && Contains(options.endpoint) &&
                 Contains("HF_ENDPOINT names a mirror"));
}

TEST_CASE("hub faults: cut lines are taken up where they broke", "[hub]") {
  FaultyHub hub(5'000'000);
  std::deque<FaultyHub::Answer> cuts;
  for (int i = 0; i < 12; ++i)
    cuts.push_back([&hub, i](const HubRequest& request, HubAnswer& to) {
      to.content(request, hub.weights().content, hub.weights().hash(), static_cast<std::size_t>(i) * 50'001);
    });
  hub.faults(of_content, cuts);
  CHECK(hub.fetches());
  CHECK(hub.all_seen());
  // A line that breaks every time before a byte came.
  hub.server.commit = std::string(40, 'e');
  hub.server.files[4].content = noise(400'000, 9);
  hub.faults(of_content, {[&hub](const HubRequest& request, HubAnswer& to) {
               to.content(request, hub.weights().content, hub.weights().hash(), 0);
             }},
             true);
  CHECK_THAT(hub.failure(), Contains("model.safetensors") && Contains("times in a row") && Contains("is kept"));
}

TEST_CASE("hub faults: a hub that never answers is given up, and said meanwhile", "[hub]") {
  FaultyHub hub;
  std::atomic<bool> over{false};
  hub.faults(any, {[&](const HubRequest&, HubAnswer& to) {
               while (!to.closed() && !over) std::this_thread::sleep_for(std::chrono::milliseconds(5));
             }},
             true);
  HubOptions options = hub.options();
  options.first_answer = std::chrono::seconds(2);
  options.attempts = 1000;
  std::vector<std::chrono::milliseconds> waited;
  const std::string message = failure_of(ErrorKind::Network, [&] {
    static_cast<void>(look_up("Some/Model", "main", options, {},
                              [&](std::chrono::milliseconds time, const std::string&) { waited.push_back(time); }));
  });
  CHECK_THAT(message, Contains("Some/Model: " + hub.server.endpoint() + " did not answer for 2 s"));
  REQUIRE_FALSE(waited.empty());
  CHECK(std::ranges::is_sorted(waited));
  // Also if each attempt ends early, with a line that is lost.
  options.stall = std::chrono::seconds(1);
  waited.clear();
  std::string last;
  CHECK_THAT(failure_of(ErrorKind::Network,
                        [&] {
                          static_cast<void>(look_up("Some/Model", "main", options, {},
                                                    [&](std::chrono::milliseconds, const std::string& why) {
                                                      if (!why.empty()) last = why;
                                                    }));
                        }),
             Contains("did not answer for 2 s") && Contains("last: "));
  CHECK_FALSE(last.empty());
  over = true;
}

TEST_CASE("hub faults: a line that drips is dropped and taken up", "[hub]") {
  FaultyHub hub;
  std::atomic<bool> dripped{false}, over{false};
  hub.faults(of_content, {[&](const HubRequest& request, HubAnswer& to) {
               to.content(request, hub.weights().content, hub.weights().hash(), 100'000);
               dripped = true;
               // A byte now and then, until the other side has gone.
               for (std::size_t at = 100'000; !to.closed() && at < hub.weights().content.size() && !over; ++at) {
                 to.raw(hub.weights().content.substr(at, 1));
                 std::this_thread::sleep_for(std::chrono::milliseconds(20));
               }
             }});
  HubOptions options = hub.options();
  options.stall = std::chrono::seconds(1);
  const fs::path snapshot = fetch(hub.server, options);
  over = true;
  CHECK(dripped);
  CHECK(read_file(snapshot / "model.safetensors") == hub.weights().content);
}

TEST_CASE("hub faults: wrong content is thrown away", "[hub]") {
  FaultyHub hub;
  const std::string other = noise(300'000, 77);
  hub.faults(of_content, {[&](const HubRequest& request, HubAnswer& to) { to.content(request, other, "x"); }}, true);
  CHECK_THAT(hub.failure(), Contains("expected the hash " + hub.weights().hash() + ", found " + sha256_of(other)) &&
                                Contains("thrown away"));
  for (const auto& blob : fs::directory_iterator(hub.temp / "hub/models--Some--Model/blobs"))
    CHECK(blob.path().extension().empty());  // nothing unfinished
  CHECK_FALSE(fs::exists(hub.temp / "hub/models--Some--Model/blobs" / hub.weights().hash()));
  hub.faults(any, {});
  CHECK(hub.fetches());
}

TEST_CASE("hub faults: maps of an unfinished download that say something wrong", "[hub]") {
  FaultyHub hub;
  const fs::path blobs = hub.temp / "hub/models--Some--Model/blobs";
  const std::string hash = hub.weights().hash(), title = fmt::format("sparsight parts 1 {} 300000\n", hash);
  const fs::path data = blobs / (hash + ".sparsight.incomplete"), map = blobs / (hash + ".sparsight.parts");
  // More than is on the disk, of other content, no numbers, half a line: as if nothing, or the rest, were there.
  for (const std::string& text :
       {title + "0 300000\n", std::string("sparsight parts 1 ") + std::string(64, 'a') + " 300000\n0 1000\n",
        title + "0 99999999999999999999999\n", title + "5 5\n", title + "-1 4\n", title + "0 10",
        title + std::string(9, '\0'), std::string(), std::string("\xff\xfe garbage")}) {
    fs::remove_all(hub.temp / "hub");
    fs::create_directories(blobs);
    write_file(data, hub.weights().content.substr(0, 1000));
    write_file(map, text);
    CAPTURE(text);
    CHECK(hub.fetches());
    CHECK_FALSE(fs::exists(map));
    CHECK_FALSE(fs::exists(data));
  }
  // Bytes that are not what they should be are found by the hash.
  fs::remove_all(hub.temp / "hub");
  fs::create_directories(blobs);
  write_file(data, std::string(1000, 'x'));
  write_file(map, title + "0 1000\n");
  CHECK_THAT(hub.failure(), Contains("thrown away"));
  CHECK(hub.fetches());
  // A link where the unfinished file should be is not followed.
  fs::remove_all(hub.temp / "hub");
  fs::create_directories(blobs);
  write_file(hub.temp / "victim", "stays");
  fs::create_symlink(hub.temp / "victim", data);
  CHECK_THAT(hub.failure(ErrorKind::File), Contains("cannot be written"));
  CHECK(read_file(hub.temp / "victim") == "stays");
}

TEST_CASE("hub faults: sizes and ranges that lie", "[hub]") {
  FaultyHub hub(2'000'000);
  const std::string& content = hub.weights().content;
  const auto lies = [&](HubAnswer::Headers headers, const std::string& body, int code = 206) {
    hub.faults(of_content, {[=](const HubRequest&, HubAnswer& to) { to.send(code, headers, body); }}, true);
    return hub.failure();
  };
  CHECK_THAT(lies({{"Content-Range", "bytes 0-1999999/3000000"}}, content), Contains("the server sends \"bytes 0-"));
  CHECK_THAT(lies({{"Content-Range", "bytes 1-2000000/2000000"}}, content), Contains("asked for bytes"));
  CHECK_THAT(lies({}, content), Contains("asked for bytes"));
  CHECK_THAT(lies({{"Content-Range", "bytes 0-1048575/2000000"}}, content), Contains("the server sends more"));
  // Without ranges.
  CHECK_THAT(lies({}, content + "more", 200), Contains("the server announces 2000004"));
  CHECK_THAT(lies({}, content.substr(9), 200), Contains("the server announces 1999991"));
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1E8484\r\n" + content + "more!\r\n0\r\n\r\n";
  hub.faults(of_content, {[=](const HubRequest&, HubAnswer& to) { to.raw(chunked); }}, true);
  CHECK_THAT(hub.failure(), Contains("the server sends more"));
  // What the hub says about the file differs from what it lists.
  const auto heads = [&](HubAnswer::Headers headers) {
    hub.faults([](const HubRequest& request) { return request.path.ends_with("/model.safetensors"); },
               {status(302, headers)}, true);
    return hub.failure();
  };
  const std::pair<std::string, std::string> to{"Location", hub.server.elsewhere() + "/x"},
      tag{"X-Linked-Etag", "\"" + hub.weights().hash() + "\""};
  CHECK_THAT(heads({to, tag, {"X-Linked-Size", "5"}}), Contains("with 2000000 bytes, but offers 5"));
  CHECK_THAT(heads({to, tag, {"X-Repo-Commit", "main"}}), Contains("expected commit cccc"));
  CHECK_THAT(heads({to, {"X-Linked-Etag", "\"" + std::string(64, 'a') + "\""}}), Contains("but offers aaaa"));
  for (const char* bad : {"\"../../../x\"", "", "W/\"abc\"", "\"AAAA\""})
    CHECK_THAT(heads({to, {"X-Linked-Etag", bad}}), Contains("as the file's ETag"));
}

TEST_CASE("hub faults: redirects", "[hub]") {
  FaultyHub hub;
  const auto redirects = [&](const std::string& location) {
    hub.faults(is_api, {status(307, {{"Location", location}})}, true);
    return hub.failure();
  };
  CHECK_THAT(redirects("/api/models/Some/Model/again"), Contains("more than 8 redirects"));
  CHECK_THAT(redirects("http://example.org/x"), Contains("is not encrypted"));
  CHECK_THAT(redirects("file:///etc/passwd"), Contains("expected an address"));
  CHECK_THAT(redirects("https://user:secret@example.org/"), Contains("without a user's name"));
  CHECK_THAT(redirects("http://"), Contains("which is no address"));
  // A renamed model: the hub leads to its new name, on the same host.
  hub.faults([](const HubRequest& request) { return request.path.starts_with("/api/models/Old"); },
             {status(307, {{"Location", "/api/models/Some/Model/revision/main?blobs=true"}})}, true);
  CHECK(look_up("Old/Name", "main", hub.options()).files.size() == 4);
  // The hub's token does not go along to another host.
  HubOptions options = hub.options();
  options.token = "hf_secret";
  hub.faults([](const HubRequest& request) { return is_api(request) && !request.elsewhere; },
             {status(302, {{"Location", hub.server.elsewhere() + "/api/stolen"}})}, true);
  CHECK_THAT(failure_of(ErrorKind::Network, [&] { static_cast<void>(look_up("Some/Model", "main", options)); }),
             Contains("404") || Contains("no such model"));
  const HubRequest last = hub.server.requests().back();
  CHECK(last.elsewhere);
  CHECK(last.header("authorization").empty());
}

TEST_CASE("hub faults: answers that no hub gives", "[hub]") {
  FaultyHub hub;
  const auto says = [&](const std::string& body) {
    hub.faults(is_api, {[=](const HubRequest&, HubAnswer& to) { to.send(200, {}, body); }}, true);
    return hub.failure();
  };
  const auto lists = [&](const std::string& entries) {
    return says(R"({"sha": ")" + std::string(40, 'a') + R"(", "siblings": )" + entries + "}");
  };
  CHECK_THAT(says("not JSON"), Contains("Some/Model"));
  CHECK_THAT(says("[]"), Contains("Some/Model"));
  CHECK_THAT(says("{}"), Contains("sha"));
  CHECK_THAT(says(R"({"sha": "main"})"), Contains("a commit of 40 digits"));
  CHECK_THAT(lists("7"), Contains("expected a list of files"));
  CHECK_THAT(lists(std::string(100'000, '[')), Contains("Some/Model"));
  CHECK_THAT(says(std::string(20 << 20, ' ')), Contains("more than 16 MB"));
  for (const char* name : {"../evil.json", "/etc/evil.json", "a/../../evil.json", "a\\\\..\\\\evil.json",
                           "C:/evil.json", "a//evil.json", "./evil.json", "evil\\u0000.json", "evil\\n.json", ".."})
    CHECK_THAT(lists(fmt::format(R"([{{"rfilename": "{}", "size": 1}}])", name)),
               Contains("would be written outside of the model's folder"));
  for (const char* name : {"nul.json", "COM1.json", "ab:c.json", "what?.json"})
    CHECK_THAT(lists(fmt::format(
                   R"([{{"rfilename": "{}", "size": 1}}, {{"rfilename": "model.safetensors", "size": 1}}])", name)),
               Contains("is no name of a file"));
  CHECK_THAT(lists(R"([{"rfilename": "model.safetensors", "size": -1}])"), Contains("number of bytes"));
  CHECK_THAT(lists(R"([{"rfilename": "model.safetensors"}])"), Contains("number of bytes"));
  CHECK_THAT(lists(R"([{"rfilename": "model.safetensors", "size": 1e300}])"), Contains("size"));
  CHECK_THAT(lists(R"([{"rfilename": "model.safetensors", "size": 1, "blobId": "../../x"}])"), Contains("SHA"));
  CHECK_THAT(lists(R"([{"rfilename": "model.safetensors", "size": 1}, {"rfilename": "model.safetensors", "size": 1}])"),
             Contains("stands there twice"));
  hub.faults(is_api, {[](const HubRequest&, HubAnswer& to) {
               std::string head = "HTTP/1.1 200 OK\r\n";
               for (int i = 0; i < 20'000; ++i) head += "X-Header: some more of them\r\n";
               to.raw(head);
             }},
             true);
  CHECK_THAT(hub.failure(), Contains("headers without end"));
  for (const auto& entry : fs::directory_iterator(hub.temp.path())) FAIL_CHECK(entry.path().string());  // nothing came
}

TEST_CASE("hub faults: a disk that is too small, and one that becomes full", "[hub]") {
  FaultyHub hub(3'000'000);
  HubModel huge = look_up("Some/Model", "main", hub.options());
  huge.files.back().bytes = std::uint64_t{1} << 43;
  CHECK_THAT(failure_of(ErrorKind::File, [&] { fetch_model(huge, hub.options(), {}); }),
             Contains("still to be downloaded, only") && Contains("make room, or let HF_HUB_CACHE name"));
  CHECK_FALSE(fs::exists(hub.temp / "hub"));

  const fs::path disk = hub.temp / "disk";
  fs::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4m") != 0) return skip("no file system can be mounted here");
  HubOptions options = hub.options();
  options.cache = disk;
  // Another program fills the disk after the download has begun.
  std::once_flag once;
  hub.server.on_sent = [&](std::uint64_t bytes) {
    if (bytes > 500'000) std::call_once(once, [&] { write_file(disk / "other", std::string(3'000'000, 'x')); });
  };
  const std::string message = failure_of(ErrorKind::File, [&] { fetch(hub.server, options); });
  fs::remove(disk / "other");
  hub.server.settle();
  hub.server.on_sent = nullptr;
  const bool went_on = failure_of(ErrorKind::File, [&] { fetch(hub.server, options); }) == "nothing";
  ::umount2(disk.c_str(), MNT_DETACH);
  CHECK_THAT(message, Contains("the disk is full") && Contains("is kept"));
  CHECK(went_on);
}

}  // namespace sparsight::test
