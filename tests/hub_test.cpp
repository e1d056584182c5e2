// What is asked of a hub and what lies in the cache afterwards, against a hub on this machine.
#include "core/hub/fetch.h"

#include <catch2/catch.hpp>

#include "core/base/free_space.h"
#include "core/hub/cache.h"
#include "core/model/model_folder.h"
#include "tests/hub_scene.h"

#include <algorithm>
#include <cinttypes>
#include <mutex>
#include <set>

namespace sparsight::test {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

// Every file and link below a folder, a link as "name -> target".
std::set<std::string> tree_of(const fs::path& folder) {
  std::set<std::string> found;
  for (fs::recursive_directory_iterator at(folder), end; at != end; ++at) {
    const std::string name = at->path().lexically_relative(folder).string();
    if (at->is_symlink())
      found.insert(name + " -> " + fs::read_symlink(at->path()).string());
    else if (at->is_regular_file())
      found.insert(name);
  }
  return found;
}

const HubContent& file_of(const HubServer& server, const std::string& name) {
  return *std::ranges::find(server.files, name, &HubContent::name);
}

std::vector<std::string> names_of(const HubModel& model) {
  std::vector<std::string> names;
  for (const HubFile& file : model.files) names.push_back(file.name);
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("hub: what would be fetched is said first", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server);
  server.facts = R"("gated": "manual", "cardData": {"license": "other", "license_name": "qwen-research",
      "license_link": "https://example.org/LICENSE"}, "config": {"model_type": "smolvlm"},
      "safetensors": {"parameters": {"BF16": 123}, "total": 123})";
  const HubOptions options = options_for(server, temp / "hub");
  const HubModel model = look_up(server.id, "main", options);
  CHECK(names_of(model) == std::vector<std::string>{"config.json", "empty.txt", "model.safetensors", "tokenizer.json"});
  CHECK(model.commit == server.commit);
  CHECK(model.licence == "qwen-research");
  CHECK(model.licence_link == "https://example.org/LICENSE");
  CHECK(model.gated);
  CHECK(model.model_type == "smolvlm");
  CHECK(model.parameters == 123);
  CHECK(model.host == server.endpoint());
  CHECK(model.bytes() == 300'000 + 25 + 2);
  CHECK(missing_bytes(model, options.cache) == model.bytes());
  CHECK_FALSE(fs::exists(temp / "hub"));  // nothing was written
  REQUIRE(free_space(options.cache));
  CHECK(*free_space(options.cache) > 0);
  REQUIRE(server.requests().size() == 1);
  CHECK(server.requests()[0].path == "/api/models/Some/Model/revision/main?blobs=true");
}

TEST_CASE("hub: the licence may stand among the tags, and the revision in a folder", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server);
  server.facts = R"("tags": ["transformers", "license:llama2"], "gated": false)";
  const HubModel model = look_up(server.id, "refs/pr/1", options_for(server, temp / "hub"));
  CHECK(model.licence == "llama2");
  CHECK_FALSE(model.gated);
  CHECK(server.requests().back().path == "/api/models/Some/Model/revision/refs%2Fpr%2F1?blobs=true");
}

TEST_CASE("hub: weights are chosen as transformers chooses them", "[hub]") {
  const TempDir temp;
  HubServer server;
  const HubOptions options = options_for(server, temp / "hub");
  const auto chosen = [&](const std::vector<std::string>& names) {
    server.files.clear();
    for (const std::string& name : names) server.files.push_back({.name = name, .content = "x"});
    return names_of(look_up(server.id, "main", options));
  };
  using Names = std::vector<std::string>;
  CHECK(chosen({"model.safetensors", "model-00001-of-00002.safetensors", "model.safetensors.index.json", "a.json"}) ==
        Names{"a.json", "model.safetensors"});
  const Names shards{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                     "model.safetensors.index.json"};
  Names more = shards;
  more.insert(more.end(),
              {"model.gguf", "pytorch_model.bin", "consolidated.safetensors", "optimizer.bin", "tf_model.h5"});
  CHECK(chosen(more) == shards);
  CHECK(chosen({"pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json", "training_args.bin",
                "tokenizer.model", "merges.txt", "chat_template.jinja", "LICENSE", "video.mp4", "consolidated.pth"}) ==
        Names{"LICENSE", "chat_template.jinja", "merges.txt", "pytorch_model-00001-of-00001.bin",
              "pytorch_model.bin.index.json", "tokenizer.model"});
  server.files = {{.name = "config.json", .content = "{}"}, {.name = "model.gguf", .content = "x"}};
  CHECK_THAT(failure_of(ErrorKind::Network, [&] { static_cast<void>(look_up(server.id, "main", options)); }),
             Contains("no weights here that Sparsight reads"));
}

TEST_CASE("hub: the cache is laid out as huggingface_hub lays it out", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server);
  const HubOptions options = options_for(server, temp / "hub");
  const fs::path snapshot = fetch(server, options);
  const fs::path repository = temp / "hub" / "models--Some--Model";
  CHECK(snapshot == repository / "snapshots" / server.commit);
  std::set<std::string> expected{"refs/main"};
  for (const char* name : {"config.json", "empty.txt", "model.safetensors", "tokenizer.json"}) {
    const HubContent& file = file_of(server, name);
    expected.insert("blobs/" + file.hash());
    expected.insert("snapshots/" + server.commit + "/" + name + " -> ../../blobs/" + file.hash());
    CHECK(read_file(snapshot / name) == file.content);
  }
  CHECK(tree_of(repository) == expected);
  CHECK(read_file(repository / "refs/main") == server.commit);
  CHECK(tree_of(temp / "hub/.locks").empty());
  CHECK(missing_bytes(look_up(server.id, "main", options), options.cache) == 0);

  // Nothing is fetched twice.
  const std::size_t asked = server.requests().size();
  const auto long_ago = fs::last_write_time(repository / "refs/main") - std::chrono::hours(1);
  fs::last_write_time(repository / "refs/main", long_ago);
  CHECK(fetch(server, options) == snapshot);
  CHECK(server.requests().size() == asked + 1);                      // about the model
  CHECK(fs::last_write_time(repository / "refs/main") == long_ago);  // nor written: the disk may be read-only
  CHECK(tree_of(repository) == expected);

  // A new commit shares what did not change.
  server.commit = std::string(40, 'd');
  server.files[2].content = R"({"model_type": "new"})";
  const fs::path newer = fetch(server, options);
  CHECK(read_file(newer / "config.json") == server.files[2].content);
  CHECK(read_file(snapshot / "config.json") != server.files[2].content);
  CHECK(read_file(repository / "refs/main") == server.commit);
  CHECK(fs::equivalent(newer / "model.safetensors", snapshot / "model.safetensors"));
}

TEST_CASE("hub: where there are no links, files are copied", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server);
  HubOptions options = options_for(server, temp / "hub");
  options.symbolic_links = false;
  for (int time = 0; time < 2; ++time) {
    const fs::path snapshot = fetch(server, options);
    CHECK_FALSE(fs::is_symlink(snapshot / "model.safetensors"));
    CHECK(read_file(snapshot / "model.safetensors") == file_of(server, "model.safetensors").content);
  }
}

TEST_CASE("hub: a large file comes in parts, each of its bytes once", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server, 9'000'000);
  HubOptions options = options_for(server, temp / "hub");
  options.token = "hf_secret";
  std::mutex mutex;
  std::uint64_t sent = 0;
  server.on_sent = [&](std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    sent = std::max(sent, bytes);
  };
  std::vector<Progress> seen;
  const fs::path snapshot = fetch(server, options, {[&](const Progress& progress) { seen.push_back(progress); }, {}});
  CHECK(read_file(snapshot / "model.safetensors") == file_of(server, "model.safetensors").content);
  const std::uint64_t all = look_up(server.id, "main", options).bytes();
  CHECK(sent == all);
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (const HubRequest& request : server.requests()) {
    // The token goes to the hub and nowhere else.
    CHECK(request.header("authorization") == (request.elsewhere ? "" : "Bearer hf_secret"));
    std::size_t begin = 0, end = 0;
    if (request.elsewhere && std::sscanf(request.header("range").c_str(), "bytes=%zu-%zu", &begin, &end) == 2)
      ranges.emplace_back(begin, end + 1);
  }
  std::ranges::sort(ranges);
  CHECK(ranges.size() > options.connections);
  std::size_t at = 0;
  for (const auto& [begin, end] : ranges) {
    CHECK(begin == at);
    at = end;
  }
  CHECK(at == 9'000'000);
  // Progress only grows, to the end.
  std::size_t last = 0;
  for (const Progress& progress : seen) {
    if (progress.stage != Stage::Fetch) continue;
    CHECK(progress.done >= last);
    CHECK(progress.total == all);
    last = progress.done;
  }
  CHECK(last == all);
}

TEST_CASE("hub: a server without ranges sends one stream, again from the start after a cut", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server, 3'000'000);
  server.ranges = false;
  int cuts = 2;
  server.on_request = [&](const HubRequest& request, HubAnswer& to) {
    if (!request.elsewhere || !request.header("range").empty() || cuts == 0) return false;
    --cuts;
    const HubContent& file = file_of(server, "model.safetensors");
    to.content(request, file.content, file.hash(), 1'000'000);
    return true;
  };
  const fs::path snapshot = fetch(server, options_for(server, temp / "hub"));
  CHECK(cuts == 0);
  CHECK(read_file(snapshot / "model.safetensors") == file_of(server, "model.safetensors").content);
}

TEST_CASE("hub: a stopped download goes on where it was", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server, 6'000'000);
  const HubOptions options = options_for(server, temp / "hub");
  const HubModel model = look_up(server.id, "main", options);
  std::atomic<std::uint64_t> sent{0};
  for (int time = 0; time < 2; ++time) {
    std::stop_source stop;
    const std::uint64_t before = missing_bytes(model, options.cache), already = sent;
    std::atomic<bool> stopped{false};
    // What is on its way when the stop comes arrives, and no more.
    server.on_sent = [&](std::uint64_t bytes) {
      sent = std::max<std::uint64_t>(sent, bytes);
      if (bytes <= already + 1'500'000) return;
      stop.request_stop();
      stopped.wait(false);
    };
    CHECK_THROWS_AS(fetch_model(model, options, {{}, stop.get_token()}), Cancelled);
    stopped = true;
    stopped.notify_all();
    server.settle();
    server.on_sent = nullptr;
    CHECK(missing_bytes(model, options.cache) < before);
    CHECK(missing_bytes(model, options.cache) > 0);
    CHECK_FALSE(fs::exists(temp / "hub/models--Some--Model/refs/main"));
  }
  const std::uint64_t left = missing_bytes(model, options.cache);
  std::uint64_t asked_for = 0;
  const std::size_t asked = server.requests().size();
  const fs::path snapshot = fetch_model(model, options, {});
  CHECK(read_file(snapshot / "model.safetensors") == file_of(server, "model.safetensors").content);
  const std::vector<HubRequest> requests = server.requests();
  for (std::size_t i = asked; i < requests.size(); ++i) {
    std::uint64_t begin = 0, end = 0;
    if (requests[i].elsewhere &&
        std::sscanf(requests[i].header("range").c_str(), "bytes=%" SCNu64 "-%" SCNu64, &begin, &end) == 2)
      asked_for += end + 1 - begin;
  }
  CHECK(asked_for == left);  // what was missing, and not a byte more
  CHECK(cached_model(options.cache, server.id).unfinished == false);
}

TEST_CASE("hub: another process that fetches the same file is named", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server, 2'000'000);
  const HubOptions options = options_for(server, temp / "hub");
  std::string second, removed;
  std::once_flag once;
  const Control control{[&](const Progress& progress) {
                          if (progress.stage != Stage::Verify || progress.total != 2'000'000) return;
                          std::call_once(once, [&] {
                            second = failure_of(ErrorKind::Usage, [&] { fetch(server, options); });
                            removed = failure_of(ErrorKind::Usage, [&] { remove_model(options.cache, server.id); });
                          });
                        },
                        {}};
  fetch(server, options, control);
  CHECK_THAT(second, Contains("Some/Model/model.safetensors: process") && Contains("is working on it"));
  CHECK_THAT(removed, Contains("is working on it"));
}

TEST_CASE("hub: files are verified by their names, and removed only in the cache", "[hub]") {
  const TempDir temp;
  HubServer server;
  stock(server);
  const HubOptions options = options_for(server, temp / "hub");
  const fs::path snapshot = fetch(server, options);
  const auto state_of = [&](const std::string& name) {
    for (const VerifiedFile& file : verify_model(cached_model(options.cache, server.id), {}))
      if (file.name == server.commit + "/" + name) return file.state;
    FAIL("not listed: " << name);
    return VerifiedFile::State::Good;
  };
  using State = VerifiedFile::State;
  for (const char* name : {"config.json", "empty.txt", "model.safetensors"}) CHECK(state_of(name) == State::Good);
  const fs::path blob = fs::canonical(snapshot / "model.safetensors");
  std::string content = read_file(blob);
  content[content.size() / 2] ^= 1;
  write_file(blob, content);
  CHECK(state_of("model.safetensors") == State::Wrong);
  CHECK(state_of("config.json") == State::Good);
  fs::remove(blob);
  CHECK(state_of("model.safetensors") == State::Missing);
  write_file(snapshot / "mine.json", "{}");
  CHECK(state_of("mine.json") == State::Unnamed);

  const std::vector<CachedModel> models = cached_models(options.cache);
  REQUIRE(models.size() == 1);
  CHECK(models[0].id == server.id);
  write_file(temp / "outside", "stays");
  fs::create_symlink(temp / "outside", snapshot / "link");
  remove_model(options.cache, server.id);
  CHECK_FALSE(fs::exists(models[0].repository));
  CHECK(read_file(temp / "outside") == "stays");
  CHECK(cached_models(options.cache).empty());
  CHECK_THAT(failure_of(ErrorKind::File, [&] { remove_model(options.cache, server.id); }),
             Contains("not in the cache"));
  fs::create_directory(temp / "victim");
  for (const char* id : {"../victim", "..", "a/../../victim", "/etc", "a/b/c", "a--b", "", "a/", ".a/b", "a b/c"})
    CHECK_THAT(failure_of(ErrorKind::Usage, [&] { remove_model(options.cache, id); }), Contains("expected the name"));
  CHECK(fs::exists(temp / "victim"));
  fs::create_directory_symlink(temp / "victim", temp / "hub/models--linked");
  CHECK_THAT(failure_of(ErrorKind::File, [&] { remove_model(options.cache, "linked"); }), Contains("symbolic link"));
}

TEST_CASE("hub: endpoint, token and cache come from where huggingface_hub takes them", "[hub]") {
  const TempDir temp;
  std::vector<std::unique_ptr<Environment>> clean;
  for (const char* name : {"HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME",
                           "HF_HUB_CACHE", "XDG_CACHE_HOME", "HF_HUB_OFFLINE"})
    clean.push_back(std::make_unique<Environment>(name, ""));
  const Environment cache("XDG_CACHE_HOME", (temp / "cache").string());
  CHECK(HubOptions::of_this_user().endpoint == "https://huggingface.co");
  CHECK(HubOptions::of_this_user().cache == temp / "cache/huggingface/hub");
  CHECK(HubOptions::of_this_user().token.empty());
  fs::create_directories(temp / "cache/huggingface");
  write_file(temp / "cache/huggingface/token", "hf_of_the_cache\n");
  CHECK(HubOptions::of_this_user().token == "hf_of_the_cache");
  {
    const Environment home("HF_HOME", (temp / "home").string());
    fs::create_directory(temp / "home");
    write_file(temp / "home/token", " hf_of_home ");
    CHECK(HubOptions::of_this_user().token == "hf_of_home");
    CHECK(HubOptions::of_this_user().cache == temp / "home/hub");
    write_file(temp / "own", "hf_of_path");
    const Environment path("HF_TOKEN_PATH", (temp / "own").string());
    CHECK(HubOptions::of_this_user().token == "hf_of_path");
    const Environment token("HF_TOKEN", "hf_given");
    CHECK(HubOptions::of_this_user().token == "hf_given");
    const Environment bad("HF_TOKEN", "hf\r\nHost: elsewhere");
    CHECK_THAT(failure_of(ErrorKind::Usage, [] { static_cast<void>(HubOptions::of_this_user()); }),
               Contains("HF_TOKEN: expected a token"));
  }
  {
    const Environment bare("HF_ENDPOINT", "huggingface.co");
    CHECK_THAT(failure_of(ErrorKind::Usage, [] { static_cast<void>(HubOptions::of_this_user()); }),
               Contains("HF_ENDPOINT names the hub: huggingface.co: expected an address"));
  }
  const Environment mirror("HF_ENDPOINT", "https://mirror.example/");
  CHECK(HubOptions::of_this_user().endpoint == "https://mirror.example");
  CHECK(HubOptions::of_this_user("http://localhost:8000").endpoint == "http://localhost:8000");
  CHECK(HubOptions::of_this_user("http://[::1]:8000").endpoint == "http://[::1]:8000");
  for (const char* bad :
       {"http://mirror.example", "ftp://mirror.example", "file:///etc", "mirror", "https://",
        "http://localhost.evil.example", "http://127.0.0.1.evil.example", "https://me:pw@mirror.example"})
    CHECK_THAT(failure_of(ErrorKind::Usage, [&] { static_cast<void>(HubOptions::of_this_user(bad)); }),
               Contains("expected an address"));
  const Environment offline("HF_HUB_OFFLINE", "1");
  CHECK_THAT(failure_of(ErrorKind::Usage, [] { static_cast<void>(HubOptions::of_this_user()); }),
             Contains("HF_HUB_OFFLINE"));
}

}  // namespace sparsight::test
